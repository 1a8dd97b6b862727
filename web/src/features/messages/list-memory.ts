import type { Rect, VirtualItem } from "@tanstack/react-virtual";
import type { Place } from "@/realtime/pages";
import { placeKey } from "@/realtime/pages";

type Memory = { rect: Rect; items: VirtualItem[] };

const MOST_PLACES = 50;
const memories = new Map<string, Memory>();
const rects: { channel?: Rect; thread?: Rect } = {};
const kindOf = (place: Place) => (place.root_id === null ? "channel" : "thread");

/** How large a list was, and its rows: opened again, it is drawn in its place at once and not measured first. */
export function recallList(place: Place): { rect: Rect | undefined; items: VirtualItem[] } {
  const rect = rects[kindOf(place)];
  const held = memories.get(placeKey(place));
  // In another width, every row may have another height.
  return { rect, items: held && held.rect.width === rect?.width ? held.items : [] };
}

export function rememberList(place: Place, rect: Rect, items: VirtualItem[]): void {
  const key = placeKey(place);
  rects[kindOf(place)] = rect;
  memories.delete(key);
  memories.set(key, { rect, items });
  const oldest = memories.keys().next().value;
  if (memories.size > MOST_PLACES && oldest !== undefined) memories.delete(oldest);
}
