import type { Channel, ChannelView, ReadState } from "@/api/types";
import type { ChannelEntry, Counted, Counts, State, Unread } from "./state";
import { putUser } from "./users";

/** Past this, the oldest changes are folded into the snapshot. */
const LONGEST_TAIL = 500;

/** A whole list (`ready`, `state`, `GET /v1/channels`): what is not in it is not the caller's any more. */
export function putChannelList(state: State, views: ChannelView[], seq: number): State {
  const stale_seq = seq >= state.stale_seq ? 0 : state.stale_seq;
  let next: State = { ...state, channels: {}, stale_seq, is_ready: true };
  for (const [id, entry] of Object.entries(state.channels)) {
    const isListed = views.some((view) => view.id === id);
    // Younger than the list: the list could not know it.
    if (isListed || entry.counts_seq > seq) next.channels[id] = entry;
  }
  for (const view of views) next = putChannelView(next, view, seq);
  return next;
}

/** One channel as REST shows it to a member, with the `seq` up to which events are counted in it. */
export function putChannelView(state: State, view: ChannelView, seq: number): State {
  if ((state.left[view.id] ?? 0) > seq) return state;
  const held = state.channels[view.id];
  const isNewer = !held || seq >= held.counts_seq;
  const isUnreadNewer = !held || seq >= held.unread_seq;
  const entry = derived(
    {
      channel: newer(held?.channel, channelOf(view)),
      counts: isNewer ? countsOf(view) : held.counts,
      counts_seq: isNewer ? seq : held.counts_seq,
      unread: isUnreadNewer ? unreadOf(view) : held.unread,
      unread_seq: isUnreadNewer ? seq : held.unread_seq,
      tail: held?.tail ?? [],
    },
    state.me?.id,
  );
  const next = { ...state, channels: { ...state.channels, [view.id]: entry } };
  return view.peer ? putUser(next, view.peer, view.peer.presence) : next;
}

/** The channel object itself, of an event: the higher version is kept. */
export function putChannel(state: State, channel: Channel): State {
  const held = state.channels[channel.id];
  if (!held) return missChannel(state, channel.id, channel.version);
  if (channel.version < held.channel.version) return state;
  return put(state, { ...held, channel: channelOf(channel) });
}

/** Something that moves counts. Whatever a snapshot has counted already is left out. */
export function count(state: State, channelId: string, counted: Counted): State {
  const held = state.channels[channelId];
  if (!held) return missChannel(state, channelId, counted.seq);
  if (counted.seq <= Math.min(held.counts_seq, held.unread_seq)) return state;
  if (held.tail.some((known) => known.seq === counted.seq && known.kind === counted.kind)) return state;
  return put(state, { ...held, tail: [...held.tail, counted].sort((a, b) => a.seq - b.seq) });
}

/** An event about a channel that is not here: it may be on its way, in a list that is older than the event. */
export function missChannel(state: State, channelId: string, seq: number): State {
  if ((state.left[channelId] ?? 0) >= seq || state.stale_seq >= seq) return state;
  return { ...state, stale_seq: seq };
}

/** The caller's own standing after a mark: its answer, or `read.updated` of one's own. */
export function putReadState(state: State, channelId: string, read: ReadState): State {
  const held = state.channels[channelId];
  if (!held || read.state_seq < held.unread_seq || read.last_read_seq < held.unread.last_read_seq)
    return state;
  const { unread_count, last_read_seq, last_read_message_id } = read;
  return put(state, {
    ...held,
    unread: { unread_count, last_read_seq, last_read_message_id },
    unread_seq: read.state_seq,
  });
}

/** On the own `member.left` everything of the channel is forgotten. */
export function dropChannel(state: State, channelId: string, seq: number): State {
  const without = <T>(items: Record<string, T>): Record<string, T> => {
    const { [channelId]: _, ...rest } = items;
    return rest;
  };
  return {
    ...state,
    left: { ...state.left, [channelId]: seq },
    channels: without(state.channels),
    timelines: without(state.timelines),
    marks: without(state.marks),
    members: without(state.members),
    typing: without(state.typing),
  };
}

function put(state: State, entry: Omit<ChannelEntry, "view">): State {
  return { ...state, channels: { ...state.channels, [entry.channel.id]: derived(entry, state.me?.id) } };
}

/** The snapshots with the tail applied. */
function derived(entry: Omit<ChannelEntry, "view">, me: string | undefined): ChannelEntry {
  const kept = entry.tail.filter((counted) => counted.seq > Math.min(entry.counts_seq, entry.unread_seq));
  const base = kept.length > LONGEST_TAIL ? folded(entry, kept, me) : { ...entry, tail: kept };
  return {
    ...base,
    view: { ...base.channel, ...countsNow(base, base.tail), ...unreadNow(base, base.tail, me) },
  };
}

function folded(
  entry: Omit<ChannelEntry, "view">,
  tail: Counted[],
  me: string | undefined,
): Omit<ChannelEntry, "view"> {
  const old = tail.slice(0, tail.length / 2);
  const seq = old.at(-1)?.seq ?? 0;
  return {
    channel: entry.channel,
    counts: countsNow(entry, old),
    counts_seq: Math.max(entry.counts_seq, seq),
    unread: unreadNow(entry, old, me),
    unread_seq: Math.max(entry.unread_seq, seq),
    tail: tail.slice(old.length),
  };
}

function countsNow(entry: Omit<ChannelEntry, "view">, tail: Counted[]): Counts {
  let { member_count, last_message_at, role } = entry.counts;
  for (const counted of tail) {
    if (counted.seq <= entry.counts_seq) continue;
    if (counted.kind === "joined") member_count += 1;
    else if (counted.kind === "left") member_count -= 1;
    else if (counted.kind === "role") role = counted.role;
    else if (counted.kind === "created" && counted.at > (last_message_at ?? "")) last_message_at = counted.at;
  }
  return { member_count, last_message_at, role };
}

/** By the contract: a created message counts unless it is deleted, one's own or read; its deletion takes back what counted. */
function unreadNow(entry: Omit<ChannelEntry, "view">, tail: Counted[], me: string | undefined): Unread {
  const { unread, unread_seq } = entry;
  let { unread_count } = unread;
  const added = new Set<number>();
  for (const counted of tail) {
    if (counted.seq <= unread_seq) continue;
    if (counted.kind !== "created" && counted.kind !== "deleted") continue;
    if (counted.sender_id === me || counted.message_seq <= unread.last_read_seq) continue;
    if (counted.kind === "created") {
      if (counted.is_deleted) continue;
      added.add(counted.message_seq);
      unread_count += 1;
    } else if (counted.message_seq <= unread_seq || added.has(counted.message_seq)) {
      unread_count -= 1;
    }
  }
  return { ...unread, unread_count: Math.max(0, unread_count) };
}

function newer(held: Channel | undefined, fresh: Channel): Channel {
  return held && held.version > fresh.version ? held : fresh;
}

function channelOf(view: Channel): Channel {
  const { id, kind, name, description, created_by, created_at, archived_at, version, user_ids } = view;
  return {
    id,
    kind,
    name,
    description,
    created_by,
    created_at,
    archived_at,
    version,
    ...(user_ids && { user_ids }),
  };
}

function countsOf(view: ChannelView): Counts {
  return { member_count: view.member_count, last_message_at: view.last_message_at, role: view.role };
}

function unreadOf(view: ChannelView): Unread {
  const { unread_count = 0, last_read_seq = 0, last_read_message_id = null } = view;
  return { unread_count, last_read_seq, last_read_message_id };
}
