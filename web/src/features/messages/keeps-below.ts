import type { VirtualItem, Virtualizer } from "@tanstack/react-virtual";

/**
 * Whether what stands below a row keeps its place when the row turns out higher or lower than it was taken for. Above
 * the first row there is room, into which older rows come while the reader is at the very top: those count as above.
 */
export function keepsBelow(
  row: VirtualItem,
  _deltaPx: number,
  list: Virtualizer<HTMLDivElement, Element>,
): boolean {
  const offset = list.scrollOffset ?? 0;
  if (!list.itemSizeCache.has(row.key)) return row.start < offset + list.options.scrollMargin;
  return row.end <= offset && list.scrollDirection !== "backward";
}
