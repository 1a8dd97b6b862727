import { defaultRangeExtractor, type Range, useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useStore } from "@/cache/store";
import type { Place } from "@/realtime/pages";
import { cn } from "@/ui/cn";
import { Spinner, Trouble } from "@/ui/states";
import { useView } from "@/view/view";
import { JumpButtons } from "./jump-buttons";
import { keepsBelow } from "./keeps-below";
import { recallList, rememberList } from "./list-memory";
import { ListRow } from "./list-row";
import { promptScroll } from "./prompt-scroll";
import type { NewAfter, Row } from "./rows";
import { useListKeys } from "./use-list-keys";
import { useMenu } from "./use-menu";
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
  const { rows, first_new, waiting_count, is_loaded, has_before, has_after, beyond_count } = useRows(
    place,
    newAfter?.seq ?? null,
  );
  const me = useStore((state) => state.me?.id ?? "");
  const editing = useView((view) => view.editing);
  const { handlers, menu } = useMenu(isThread);
  const [focused, setFocused] = useState<string | null>(null);
  const [isAtEnd, setIsAtEnd] = useState(true);
  const [lastSeen, setLastSeen] = useState(0);
  const [isNewLineAbove, setIsNewLineAbove] = useState(false);

  const indexOf = useCallback(
    (id: string | null) =>
      id === null ? -1 : rows.findIndex((row) => row.kind === "message" && row.message.id === id),
    [rows],
  );
  const kept = useMemo(() => {
    const inFocus = focused === null ? -1 : rows.findIndex((row) => row.key === focused);
    return [inFocus, indexOf(editing)].filter((index) => index >= 0);
  }, [rows, indexOf, focused, editing]);
  const [memory] = useState(() => recallList(place));
  const [scroll] = useState(promptScroll);

  const virtualizer = useVirtualizer({
    ...scroll,
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 52,
    // With another function, it would look at every row again.
    getItemKey: useCallback((index: number) => rows[index]?.key ?? index, [rows]),
    initialRect: target === null ? memory.rect : undefined,
    initialOffset: (): number =>
      Math.max(0, headPx + virtualizer.getTotalSize() - (memory.rect?.height ?? 0)),
    initialMeasurementsCache: memory.items,
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

  useLayoutEffect(
    () => () => {
      if (virtualizer.scrollRect) rememberList(place, virtualizer.scrollRect, virtualizer.takeSnapshot());
    },
    [virtualizer, place],
  );

  const paging = usePaging({
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
  });

  const follows = useRef(false);
  const look = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    const distance = element.scrollHeight - element.scrollTop - element.clientHeight;
    follows.current = distance <= NEAR_END_PX && !has_after;
    setIsAtEnd(follows.current);
    const line = first_new < 0 ? undefined : virtualizer.measurementsCache[first_new];
    setIsNewLineAbove(line !== undefined && line.start < element.scrollTop);
    paging.loadIfNear();
  }, [has_after, first_new, virtualizer, paging.loadIfNear]);

  // What comes above a row that waits to be sent is no new end, and is followed all the same.
  const rowCount = useRef(rows.length);
  useLayoutEffect(() => {
    const isBelow = rows.at(-1)?.kind === "pending" && rows.length > rowCount.current;
    if (isBelow && follows.current && !has_after) virtualizer.scrollToEnd();
    rowCount.current = rows.length;
    look();
  }, [rows, has_after, virtualizer, look]);
  useEffect(() => onAtEnd(isAtEnd && is_loaded), [onAtEnd, isAtEnd, is_loaded]);

  const newest = rows.findLast((row) => row.kind === "message");
  const newestSeq = newest?.kind === "message" ? newest.message.seq : 0;
  useEffect(() => {
    if (isAtEnd) setLastSeen(newestSeq);
  }, [isAtEnd, newestSeq]);
  const newCount =
    isAtEnd || lastSeen === 0 ? 0 : (has_after ? 0 : arrivedCount(rows, lastSeen, me)) + beyond_count;

  const keys = useListKeys({ virtualizer, rows, scroller, focused, setFocused, toEnd: paging.toEnd });

  return (
    <div className="relative min-h-0 flex-1">
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
        {...handlers}
        className="flex h-full flex-col overflow-y-auto overflow-x-hidden overscroll-contain pointer-coarse:select-none [-webkit-touch-callout:none] outline-offset-[-2px] [overflow-anchor:none]"
      >
        {!isThread && <div className="min-h-0 flex-1" />}
        <div className="flex shrink-0 items-end justify-center px-4 pb-3" style={{ height: headPx }}>
          {rows.length === 0 ? null : paging.trouble ? (
            <button type="button" className="text-sm underline" onClick={paging.retry}>
              {paging.trouble} Try again
            </button>
          ) : has_before ? (
            paging.isLoading && <Spinner label="Loading messages" />
          ) : (
            <div className="w-full">{start}</div>
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
      {menu}
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
        hasNewAbove={isNewLineAbove || isUnreadBefore(rows, first_new, newAfter, has_before)}
        onFirstNew={() => paging.toFirstNew(first_new, newAfter)}
      />
    </div>
  );
}

/** How many messages of others are newer than the last one that was seen. */
function arrivedCount(rows: Row[], lastSeen: number, me: string): number {
  const isSeen = (row: Row) => row.kind === "message" && row.message.seq <= lastSeen;
  const arrived = rows.slice(rows.findLastIndex(isSeen) + 1);
  return arrived.filter((row) => row.kind === "message" && row.message.sender_id !== me).length;
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
