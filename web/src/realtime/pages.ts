import { api, ask } from "@/api/client";
import type { MessagePage } from "@/api/types";
import type { State } from "@/cache/state";
import { change, current } from "@/cache/store";
import { addPage, type Direction, openTimeline, resetTimeline } from "@/cache/timelines";

/** A list of messages: a channel's timeline, or the replies of a root. */
export type Place = { channel_id: string; root_id: string | null };

export const placeKey = (place: Place): string => place.root_id ?? place.channel_id;

const PAGE = 50;
const inFlight = new Map<string, Promise<void>>();

type Cursor = { before?: string; after?: string; around?: string };

/** The newest page, unless the place is loaded already. */
export function loadNewest(place: Place): Promise<void> {
  if (current().timelines[placeKey(place)]?.is_loaded) return Promise.resolve();
  return load(place, "newest", {});
}

export function loadBefore(place: Place): Promise<void> {
  const timeline = current().timelines[placeKey(place)];
  const first = timeline?.ids[0];
  if (!timeline?.has_before || first === undefined) return Promise.resolve();
  return load(place, "before", { before: first });
}

export function loadAfter(place: Place): Promise<void> {
  const timeline = current().timelines[placeKey(place)];
  const last = timeline?.ids.at(-1);
  if (!timeline?.has_after || last === undefined) return Promise.resolve();
  return load(place, "after", { after: last });
}

/** Another stretch, around a message, in place of what is loaded. */
export function loadAround(place: Place, around: string): Promise<void> {
  return replace(place, { around }, "around");
}

/** Back to the end of the list. */
export function loadEnd(place: Place): Promise<void> {
  if (!current().timelines[placeKey(place)]?.has_after) return Promise.resolve();
  return replace(place, {}, "newest");
}

/** One page of a place at a time. */
function load(place: Place, direction: Direction, cursor: Cursor): Promise<void> {
  const key = placeKey(place);
  const running = inFlight.get(key);
  if (running) return running;
  change((state) => openTimeline(state, key));
  return track(key, () => fetchInto(place, cursor, (state, page) => addPage(state, key, page, direction)));
}

async function replace(place: Place, cursor: Cursor, direction: Direction): Promise<void> {
  const key = placeKey(place);
  await inFlight.get(key)?.catch(() => {});
  change((state) => openTimeline(state, key));
  const before = new Set(idsOf(key));
  return track(key, () =>
    fetchInto(place, cursor, (state, page) => {
      const arrived = idsOf(key).filter((id) => !before.has(id));
      return addPage(resetTimeline(state, key, arrived), key, page, direction);
    }),
  );
}

/** A place that was forgotten meanwhile, after a reset or on joining, takes no page of before that: it begins anew. */
async function fetchInto(
  place: Place,
  cursor: Cursor,
  put: (state: State, page: MessagePage) => State,
): Promise<void> {
  const key = placeKey(place);
  const page = await fetchPage(place, cursor);
  if (current().timelines[key]) return change((state) => put(state, page));
  change((state) => openTimeline(state, key));
  await fetchInto(place, {}, (state, newest) => addPage(state, key, newest, "newest"));
}

function idsOf(key: string): string[] {
  const timeline = current().timelines[key];
  return [...(timeline?.ids ?? []), ...(timeline?.beyond ?? [])];
}

function track(key: string, work: () => Promise<void>): Promise<void> {
  const run = work().finally(() => inFlight.delete(key));
  inFlight.set(key, run);
  return run;
}

function fetchPage({ channel_id, root_id }: Place, cursor: Cursor): Promise<MessagePage> {
  const query = { ...cursor, limit: PAGE };
  if (root_id !== null) {
    const params = { path: { message_id: root_id }, query };
    return ask(api.GET("/v1/messages/{message_id}/replies", { params }));
  }
  return ask(api.GET("/v1/channels/{channel_id}/messages", { params: { path: { channel_id }, query } }));
}
