import type { Presence, Typing, User, UserPresence } from "@/api/types";
import type { State } from "./state";

/** The higher version is kept. A presence that comes along fills a gap only: streams know better. */
export function putUser(state: State, user: User, presence?: Presence): State {
  let next = state;
  const held = state.users[user.id];
  if (!held || user.version > held.version)
    next = { ...next, users: { ...next.users, [user.id]: bare(user) } };
  if (next.me?.id === user.id && user.version > next.me.version) next = { ...next, me: bare(user) };
  if (presence && !next.presence[user.id]) {
    next = { ...next, presence: { ...next.presence, [user.id]: presence } };
  }
  return next;
}

/** Who is online, all of them: whoever is not in it is offline. */
export function putOnline(state: State, items: UserPresence[]): State {
  const presence: Record<string, Presence> = {};
  for (const [id, held] of Object.entries(state.presence)) presence[id] = { ...held, status: "offline" };
  for (const { user_id, status, last_seen_at } of items) presence[user_id] = { status, last_seen_at };
  return { ...state, presence };
}

export function movePresence(state: State, items: UserPresence[]): State {
  const presence = { ...state.presence };
  for (const { user_id, status, last_seen_at } of items) presence[user_id] = { status, last_seen_at };
  return { ...state, presence };
}

/** The contract's 15 s, and a little for the way. */
const TYPING_MS = 16_000;

export function putTyping(state: State, items: Typing[], now: number): State {
  let next: State = { ...state, typing: {} };
  for (const item of items) next = startTyping(next, item, now);
  return next;
}

export function startTyping(state: State, item: Typing, now: number): State {
  if (item.user_id === state.me?.id) return state;
  const key = item.parent_id ?? item.channel_id;
  const typists = { ...state.typing[key], [item.user_id]: now + TYPING_MS };
  return { ...state, typing: { ...state.typing, [key]: typists } };
}

export function stopTyping(state: State, key: string, userId: string): State {
  const held = state.typing[key];
  if (!held || !(userId in held)) return state;
  const { [userId]: _, ...rest } = held;
  return { ...state, typing: { ...state.typing, [key]: rest } };
}

/** Drops what has lasted too long; the same state if nothing has. */
export function expireTyping(state: State, now: number): State {
  let next = state;
  for (const [key, typists] of Object.entries(state.typing)) {
    for (const [userId, until] of Object.entries(typists)) {
      if (until <= now) next = stopTyping(next, key, userId);
    }
  }
  return next;
}

function bare({ id, username, display_name, avatar_color, version }: User): User {
  return { id, username, display_name, avatar_color, version };
}
