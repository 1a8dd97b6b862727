import type { Message, MessagePage } from "@/api/types";
import type { Replies, State, Timeline } from "./state";

/** Where a message stands: in its channel, or in its thread. */
export const timelineKey = (message: Pick<Message, "channel_id" | "parent_id">): string =>
  message.parent_id ?? message.channel_id;

const unloaded: Timeline = { ids: [], has_before: true, has_after: false, beyond: [], is_loaded: false };

/** Keeps what comes in while the first page is on its way. */
export function openTimeline(state: State, key: string): State {
  return state.timelines[key] ? state : putTimeline(state, key, unloaded);
}

/** Forgets the stretch, not the messages: another one takes its place. `beyond` came while that one was on its way. */
export function resetTimeline(state: State, key: string, beyond: string[] = []): State {
  return putTimeline(state, key, { ...unloaded, beyond });
}

/** What was read without being a member was not kept up to date. */
export function dropTimeline(state: State, key: string): State {
  const { [key]: _, ...timelines } = state.timelines;
  return { ...state, timelines };
}

/** What the log does not tell any more: it is all read anew. */
export function dropTimelines(state: State): State {
  return { ...state, timelines: {}, marks: {}, members: {}, users: {} };
}

/** Replaces the message, and separately its reply counters, by higher versions of each; equal ones are the same. */
export function putMessages(state: State, fresh: Message[]): State {
  const changed: State["messages"] = {};
  for (const message of fresh) {
    const held = changed[message.id] ?? state.messages[message.id];
    const early = state.early_replies[message.id];
    let merged = held ? merge(held, message) : message;
    if (early) merged = withReplies(merged, early);
    if (merged !== held) changed[message.id] = merged;
  }
  if (Object.keys(changed).length === 0) return state;
  return { ...state, messages: { ...state.messages, ...changed } };
}

/** A root's counters, of `thread.updated`; they may come before the root itself. */
export function putReplies(state: State, messageId: string, replies: Replies): State {
  const held = state.messages[messageId];
  if (held) return putMessages(state, [withReplies(held, replies)]);
  const early = state.early_replies[messageId];
  if (early && early.replies_version >= replies.replies_version) return state;
  return { ...state, early_replies: { ...state.early_replies, [messageId]: replies } };
}

function withReplies(message: Message, replies: Replies): Message {
  if (replies.replies_version <= message.replies_version) return message;
  const { reply_count, last_reply_at, reply_user_ids, replies_version } = replies;
  return { ...message, reply_count, last_reply_at, reply_user_ids, replies_version };
}

export function merge(held: Message, fresh: Message): Message {
  const body = fresh.version > held.version ? fresh : held;
  const replies = fresh.replies_version > held.replies_version ? fresh : held;
  if (body === held && replies === held) return held;
  const { reply_count, last_reply_at, reply_user_ids, replies_version } = replies;
  return { ...body, reply_count, last_reply_at, reply_user_ids, replies_version };
}

/** A message that was just sent, by whomever: it takes its place, and takes the outbox's row with it. */
export function addMessage(state: State, message: Message): State {
  const next = settle(putMessages(state, [message]), message);
  const key = timelineKey(message);
  const timeline = next.timelines[key];
  if (!timeline || timeline.ids.includes(message.id) || timeline.beyond.includes(message.id)) return next;
  const field = timeline.has_after && !isInside(next, timeline, message) ? "beyond" : "ids";
  return putTimeline(next, key, { ...timeline, [field]: inOrder(next, [...timeline[field], message.id]) });
}

export type Direction = "newest" | "before" | "after" | "around";

/** One page of history, joined to the stretch that is there. */
export function addPage(state: State, key: string, page: MessagePage, direction: Direction): State {
  let next = putMessages(state, page.items);
  for (const message of page.items) next = settle(next, message);
  const held = next.timelines[key] ?? unloaded;
  const fresh = page.items.map((message) => message.id);
  const reachesEnd = direction === "before" ? !held.has_after : !page.has_after;
  const last = page.items.at(-1)?.seq ?? 0;
  const beyond = held.beyond.filter((id) => (next.messages[id]?.seq ?? 0) > last);
  return putTimeline(next, key, {
    ids: inOrder(next, [...held.ids, ...fresh, ...(reachesEnd ? beyond : [])]),
    has_before: direction === "after" ? held.has_before : page.has_before,
    has_after: !reachesEnd,
    beyond: reachesEnd ? [] : held.beyond,
    is_loaded: true,
  });
}

function isInside(state: State, timeline: Timeline, message: Message): boolean {
  const last = timeline.ids.at(-1);
  return last !== undefined && message.seq < (state.messages[last]?.seq ?? 0);
}

/** Left behind, a list keeps its newest end only: coming back is quick however far somebody had scrolled. */
export function trimTimeline(state: State, key: string, most: number): State {
  const held = state.timelines[key];
  if (!held?.is_loaded || held.has_after || held.ids.length <= most) return state;
  const dropped = new Set(held.ids.slice(0, -most));
  const messages = Object.fromEntries(Object.entries(state.messages).filter(([id]) => !dropped.has(id)));
  return putTimeline({ ...state, messages }, key, { ...held, ids: held.ids.slice(-most), has_before: true });
}

function inOrder(state: State, ids: string[]): string[] {
  const seq = (id: string) => state.messages[id]?.seq ?? 0;
  // Most often the last one is the newest, and the others are in order already.
  if (ids.length < 2 || isRising(ids, seq)) return ids;
  return [...new Set(ids)].sort((a, b) => seq(a) - seq(b));
}

function isRising(ids: string[], seq: (id: string) => number): boolean {
  let last = -1;
  for (const id of ids) {
    const next = seq(id);
    if (next <= last) return false;
    last = next;
  }
  return true;
}

function settle(state: State, message: Message): State {
  if (message.sender_id !== state.me?.id || message.nonce === null) return state;
  const outbox = state.outbox.filter((pending) => pending.nonce !== message.nonce);
  return outbox.length === state.outbox.length ? state : { ...state, outbox };
}

function putTimeline(state: State, key: string, timeline: Timeline): State {
  return { ...state, timelines: { ...state.timelines, [key]: timeline } };
}
