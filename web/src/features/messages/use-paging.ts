import type { Virtualizer } from "@tanstack/react-virtual";
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { asFailure, sentence } from "@/api/problem";
import { current } from "@/cache/store";
import {
  loadAfter,
  loadAround,
  loadBefore,
  loadEnd,
  loadNewest,
  type Place,
  placeKey,
} from "@/realtime/pages";
import { channelPath, go } from "@/view/paths";
import { toast } from "@/view/view";
import type { NewAfter, Row } from "./rows";

type Input = {
  place: Place;
  virtualizer: Virtualizer<HTMLDivElement, Element>;
  scroller: RefObject<HTMLDivElement | null>;
  rows: Row[];
  waiting_count: number;
  is_loaded: boolean;
  has_before: boolean;
  has_after: boolean;
  target: string | null;
  indexOf: (id: string | null) => number;
};

/** A link may lead to a message that nobody knows: then it leads to the channel. */
async function loadTarget(place: Place, id: string): Promise<void> {
  try {
    await loadAround(place, id);
  } catch (error) {
    if (asFailure(error).isTransient) throw error;
    toast("There is no such message here.", true);
    go(channelPath(place.channel_id), { replace: true });
  }
}

/** A page is asked for this long before the reader would see its place empty. */
const NEAR_PX = 1_000;

/** Where the list stands and what it loads: the first page, older and newer ones, a message that was asked for. */
export function usePaging({
  place,
  virtualizer,
  scroller,
  rows,
  waiting_count,
  is_loaded,
  has_before,
  has_after,
  target,
  indexOf,
}: Input) {
  const [trouble, setTrouble] = useState<string | null>(null);
  const [isLoading, setIsLoading] = useState(false);
  const [shown, setShown] = useState<string | null>(null);
  const isPlaced = useRef(false);
  const isArmed = useRef(false);
  const toShow = useRef<string | null>(target);
  const lastTarget = useRef<string | null>(target);
  const { channel_id, root_id } = place;

  const run = useCallback(async (work: Promise<void>) => {
    setIsLoading(true);
    try {
      await work;
      setTrouble(null);
    } catch (error) {
      setTrouble(sentence(error));
    } finally {
      setIsLoading(false);
    }
  }, []);

  const loadFirst = useCallback(() => {
    const at = { channel_id, root_id };
    toShow.current = target;
    setShown(null);
    void run(target === null ? loadNewest(at) : loadTarget(at, target));
  }, [channel_id, root_id, target, run]);

  const showMessage = useCallback(
    (id: string) => {
      const index = indexOf(id);
      if (index < 0) return false;
      virtualizer.scrollToIndex(index, { align: "center" });
      setShown(id);
      return true;
    },
    [indexOf, virtualizer],
  );

  // Also after a reset, when what was loaded is forgotten; and for another target in what is loaded.
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows that come later are no reason to go back to the target.
  useEffect(() => {
    if (!is_loaded) isPlaced.current = false;
    const isAnother = target !== lastTarget.current;
    lastTarget.current = target;
    if (!is_loaded || (target !== null && indexOf(target) < 0)) loadFirst();
    else if (isAnother && target !== null) showMessage(target);
  }, [is_loaded, target, loadFirst]);

  useLayoutEffect(() => {
    if (rows.length === 0 || !is_loaded) return;
    if (toShow.current !== null) {
      if (showMessage(toShow.current)) toShow.current = null;
      else if (isPlaced.current) return;
    } else if (!isPlaced.current) virtualizer.scrollToEnd();
    if (isPlaced.current) return;
    isPlaced.current = true;
    requestAnimationFrame(() => requestAnimationFrame(() => (isArmed.current = true)));
  }, [rows, is_loaded, virtualizer, showMessage]);

  // A smaller window, a keyboard that opens: whoever was at the end stays there.
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    let wasAtEnd = true;
    const measure = () => {
      wasAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight <= 40;
    };
    const observer = new ResizeObserver(() => {
      if (wasAtEnd && isPlaced.current) virtualizer.scrollToEnd();
      measure();
    });
    observer.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, [scroller, virtualizer]);

  const loadIfNear = useCallback(() => {
    const element = scroller.current;
    if (!element || !isArmed.current || isLoading || trouble) return;
    if (has_before && element.scrollTop < NEAR_PX) return void run(loadBefore({ channel_id, root_id }));
    const below = element.scrollHeight - element.scrollTop - element.clientHeight;
    if (has_after && below < NEAR_PX) void run(loadAfter({ channel_id, root_id }));
  }, [scroller, channel_id, root_id, has_before, has_after, isLoading, trouble, run]);

  const toEnd = useCallback(async () => {
    const at = { channel_id, root_id };
    if (current().timelines[placeKey(at)]?.has_after) {
      isPlaced.current = false;
      await run(loadEnd(at));
    }
    virtualizer.scrollToEnd();
  }, [channel_id, root_id, virtualizer, run]);

  // Whoever sends wants to see it.
  const waitingBefore = useRef(waiting_count);
  useLayoutEffect(() => {
    if (waiting_count > waitingBefore.current) void toEnd();
    waitingBefore.current = waiting_count;
  }, [waiting_count, toEnd]);

  const toFirstNew = useCallback(
    (index: number, mark: NewAfter | null) => {
      if (index > 0 || mark?.message_id == null) {
        // Below as much of what was read as makes up for rows that are measured on the way.
        const startPx = virtualizer.measurementsCache[Math.max(0, index)]?.start ?? 0;
        return virtualizer.scrollToOffset(startPx - virtualizer.options.scrollMargin);
      }
      toShow.current = mark.message_id;
      void run(loadAround({ channel_id, root_id }, mark.message_id));
    },
    [virtualizer, channel_id, root_id, run],
  );

  const retry = useCallback(() => {
    setTrouble(null);
    loadFirst();
  }, [loadFirst]);

  return { trouble, isLoading, shown, loadIfNear, toEnd, toFirstNew, retry };
}
