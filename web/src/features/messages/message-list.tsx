import { defaultRangeExtractor, type Range, useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useStore } from "@/cache/store";
import type { Place } from "@/realtime/pages";
import { cn } from "@/ui/cn";
import { Spinner, Trouble } from "@/ui/states";
import { useView } from "@/view/view";
import { JumpButtons } from "./jump-buttons";
import { keepsBelow } from "./keeps-below";
import { ListRow } from "./list-row";
import { MessageMenu } from "./message-menu";
import type { NewAfter, Row } from "./rows";
import { useListKeys } from "./use-list-keys";
import { usePaging } from "./use-paging";
import { useRows } from "./use-rows";

type Props = {
  place: Place;
  label: string;
  /** What stands above the very first message. */
  start: ReactNode;
  empty: ReactNode;
  /** A message to show, of a permalink. */
  target: string | null;
  /** The reader's mark when the place was opened; null where nothing was unread. */
  newAfter: NewAfter | null;
  /** Whether the reader sees the newest message, each time that changes. */
  onAtEnd: (isAtEnd: boolean) => void;
};

/** Above the rows: the spinner, or the start of the channel. Its height is fixed, so that nothing moves when it changes. */
const HEAD_PX = { channel: 88, thread: 40 };
const NEAR_END_PX = 40;

/** The scrolling list: it follows at the end, and stays where it is anywhere else. */
export function MessageList({ place, label, start, empty, target, newAfter, onAtEnd }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const isThread = place.root_id !== null;
  const headPx = isThread ? HEAD_PX.thread : HEAD_PX.channel;
  const { rows, is_loaded, has_before, has_after, beyond_count } = useRows(place, newAfter?.seq ?? null);
  const me = useStore((state) => state.me?.id ?? "");
  const editing = useView((view) => view.editing);
  const [menuFor, setMenuFor] = useState<string | null>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const [isAtEnd, setIsAtEnd] = useState(true);
  const [lastSeen, setLastSeen] = useState(0);
  const [isNewLineAbove, setIsNewLineAbove] = useState(false);

  const indexOf = useCallback(
    (id: string | null) => rows.findIndex((row) => row.kind === "message" && row.message.id === id),
    [rows],
  );
  const kept = [rows.findIndex((row) => row.key === focused), indexOf(editing)].filter((index) => index >= 0);

  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 52,
    getItemKey: (index) => rows[index]?.key ?? index,
    anchorTo: "end",
    followOnAppend: !has_after,
    scrollEndThreshold: NEAR_END_PX,
    overscan: 6,
    scrollMargin: headPx,
    paddingEnd: 10,
    directDomUpdates: true,
    // What has the focus, or is being edited, stays mounted wherever the reader scrolls.
    rangeExtractor: (range: Range) =>
      [...new Set([...defaultRangeExtractor(range), ...kept])].sort((a, b) => a - b),
  });
  virtualizer.shouldAdjustScrollPositionOnItemSizeChange = keepsBelow;

  const paging = usePaging({
    place,
    virtualizer,
    scroller,
    rows,
    is_loaded,
    has_before,
    has_after,
    target,
    indexOf,
  });
  const firstNew = rows.findIndex((row) => row.is_first_unread);

  const look = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    const distance = element.scrollHeight - element.scrollTop - element.clientHeight;
    setIsAtEnd(distance <= NEAR_END_PX && !has_after);
    const line = firstNew < 0 ? undefined : virtualizer.measurementsCache[firstNew];
    setIsNewLineAbove(line !== undefined && line.start < element.scrollTop);
    paging.loadIfNear();
  }, [has_after, firstNew, virtualizer, paging.loadIfNear]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: new rows are what there is to look at.
  useLayoutEffect(look, [rows, look]);
  useEffect(() => onAtEnd(isAtEnd && is_loaded), [onAtEnd, isAtEnd, is_loaded]);

  const newest = rows.findLast((row) => row.kind === "message");
  const newestSeq = newest?.kind === "message" ? newest.message.seq : 0;
  useEffect(() => {
    if (isAtEnd) setLastSeen(newestSeq);
  }, [isAtEnd, newestSeq]);
  const arrived = rows.filter(
    (row) => row.kind === "message" && row.message.seq > lastSeen && row.message.sender_id !== me,
  );
  const newCount = isAtEnd || lastSeen === 0 ? 0 : (has_after ? 0 : arrived.length) + beyond_count;

  const keys = useListKeys({ virtualizer, rows, scroller, focused, setFocused, toEnd: paging.toEnd });

  return (
    <div className="relative min-h-0 flex-1">
      <MessageMenu messageId={menuFor} isInThread={isThread} onOpen={setMenuFor}>
        <div
          ref={scroller}
          role="log"
          aria-live="off"
          aria-label={label}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable by keyboard.
          tabIndex={0}
          data-message-list
          onScroll={look}
          onKeyDown={keys.onKeyDown}
          onFocus={keys.onFocus}
          className="flex h-full flex-col overflow-y-auto overflow-x-hidden overscroll-contain outline-offset-[-2px] [overflow-anchor:none]"
        >
          {!isThread && <div className="min-h-0 flex-1" />}
          <div className="flex shrink-0 items-end justify-center px-4 pb-3" style={{ height: headPx }}>
            {paging.trouble ? (
              <button type="button" className="text-sm underline" onClick={paging.retry}>
                {paging.trouble} Try again
              </button>
            ) : has_before ? (
              paging.isLoading && <Spinner label="Loading messages" />
            ) : (
              rows.length > 0 && <div className="w-full">{start}</div>
            )}
          </div>
          {/* Clipped: a row that is higher than it was taken for would make the list longer until it is measured. */}
          <div ref={virtualizer.containerRef} className="relative w-full shrink-0 overflow-y-clip">
            {virtualizer.getVirtualItems().map((item) => {
              const row = rows[item.index];
              if (!row) return null;
              const isTarget = row.kind === "message" && row.message.id === paging.shown;
              return (
                <div
                  key={item.key}
                  ref={virtualizer.measureElement}
                  data-index={item.index}
                  className={cn("absolute top-0 left-0 w-full px-4 max-md:px-3", isTarget && "flash")}
                >
                  <ListRow row={row} next={rows[item.index + 1]} me={me} isInThread={isThread} />
                </div>
              );
            })}
          </div>
        </div>
      </MessageMenu>
      {rows.length === 0 && (
        <div className="pointer-events-none absolute inset-0 flex items-center justify-center">
          <div className="pointer-events-auto">
            {is_loaded ? (
              empty
            ) : paging.trouble ? (
              <Trouble message={paging.trouble} onRetry={paging.retry} />
            ) : (
              <Spinner label="Loading messages" />
            )}
          </div>
        </div>
      )}
      <JumpButtons
        isAtEnd={isAtEnd}
        isEmpty={rows.length === 0}
        newCount={newCount}
        onEnd={paging.toEnd}
        hasNewAbove={isNewLineAbove || isUnreadBefore(rows, firstNew, newAfter, has_before)}
        onFirstNew={() => paging.toFirstNew(firstNew, newAfter)}
      />
    </div>
  );
}

/** Whether the first unread message is older than everything that is loaded. */
function isUnreadBefore(
  rows: Row[],
  firstNew: number,
  newAfter: NewAfter | null,
  has_before: boolean,
): boolean {
  const first = rows[0];
  if (!newAfter || !has_before || first?.kind !== "message") return false;
  return firstNew <= 0 && first.message.seq > newAfter.seq;
}
