import { elementScroll, observeElementOffset, type VirtualizerOptions } from "@tanstack/react-virtual";

type Scroll = Pick<VirtualizerOptions<HTMLDivElement, Element>, "observeElementOffset" | "scrollToFn">;

/**
 * How the list moves, and learns that it has moved. The browser reports a new position with the next frame; where the
 * list went by itself it knows at once, since more rows may come before that frame, and follow from there.
 */
export function promptScroll(): Scroll {
  let report: ((offsetPx: number, isScrolling: boolean) => void) | null = null;
  return {
    observeElementOffset(list, callback) {
      report = callback;
      return observeElementOffset(list, callback);
    },
    scrollToFn(offsetPx, options, list) {
      elementScroll(offsetPx, options, list);
      // Making up for a row that grew, the list counts on the room that its element gets right after this.
      if (options.adjustments !== undefined || !list.scrollElement) return;
      report?.(list.scrollElement.scrollTop, list.isScrolling);
    },
  };
}
