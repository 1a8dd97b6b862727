import type { Message, StreamEvent } from "@/api/types";
import {
  count,
  dropChannel,
  missChannel,
  putChannel,
  putChannelList,
  putChannelView,
  putReadState,
} from "@/cache/channels";
import { dropMark, moveMarks } from "@/cache/marks";
import { changeRole, joinMember, leaveMember } from "@/cache/members";
import type { Counted, State } from "@/cache/state";
import {
  addMessage,
  dropTimeline,
  dropTimelines,
  putMessages,
  putReplies,
  timelineKey,
} from "@/cache/timelines";
import { movePresence, putOnline, putTyping, putUser, startTyping, stopTyping } from "@/cache/users";

type EventOf<T extends StreamEvent["type"]> = Extract<StreamEvent, { type: T }>;

/** The only writer of server state from events. Replays and duplicates change nothing that is newer already. */
export function applyEvent(state: State, event: StreamEvent, now: number): State {
  switch (event.type) {
    case "ready": {
      const { user, channels, state_seq, presence, typing } = event.data;
      const mine = putUser({ ...state, me: state.me ?? user }, user);
      return putTyping(putOnline(putChannelList(mine, channels, state_seq), presence), typing, now);
    }
    case "state": {
      const { channels, state_seq, presence, typing } = event.data;
      return putTyping(putOnline(putChannelList(state, channels, state_seq), presence), typing, now);
    }
    case "reset":
      return dropTimelines(state);
    case "message.created":
      return messageCreated(state, event);
    case "message.updated":
      return putMessages(state, [event.data.message]);
    case "message.deleted":
      return counted(putMessages(state, [event.data.message]), event.data.message, "deleted", event.seq);
    case "thread.updated":
      return putReplies(state, event.data.message_id, event.data);
    case "channel.created":
      return channelCreated(state, event);
    case "channel.updated":
    case "channel.archived":
      return putChannel(state, event.data.channel);
    case "member.joined":
      return memberJoined(state, event);
    case "member.left":
      return memberLeft(state, event);
    case "member.updated":
      return memberUpdated(state, event);
    case "user.updated":
      return putUser(state, event.data.user);
    case "read.updated":
      return readUpdated(state, event);
    case "typing.started":
      return startTyping(state, event.data, now);
    case "typing.stopped":
      return stopTyping(state, event.data.parent_id ?? event.data.channel_id, event.data.user_id);
    case "presence.updated":
      return movePresence(state, event.data.items);
    case "pong":
    case "closing":
    case "ack":
    case "error":
      return state; // The connection's own business.
    default:
      return event satisfies never;
  }
}

function messageCreated(state: State, { data: { message }, seq }: EventOf<"message.created">): State {
  const next = stopTyping(addMessage(state, message), timelineKey(message), message.sender_id);
  if (message.parent_id !== null) return next;
  return counted(next, message, "created", seq);
}

/** Replies count nowhere: threads have counters of their own. */
function counted(state: State, message: Message, kind: "created" | "deleted", seq: number): State {
  if (message.parent_id !== null) return state;
  const { sender_id, created_at: at } = message;
  const about = { seq, message_seq: message.seq, sender_id };
  const entry: Counted =
    kind === "created" ? { kind, ...about, at, is_deleted: message.deleted_at !== null } : { kind, ...about };
  return count(state, message.channel_id, entry);
}

function channelCreated(
  state: State,
  { data: { channel, user_ids }, seq }: EventOf<"channel.created">,
): State {
  if (!state.me || !user_ids.includes(state.me.id)) return state;
  if (state.channels[channel.id]) return putChannel(state, channel);
  const role = channel.kind !== "dm" && channel.created_by === state.me.id ? "owner" : "member";
  const standing = { unread_count: 0, last_read_seq: seq, last_read_message_id: null };
  const view = {
    ...channel,
    ...standing,
    role,
    member_count: user_ids.length,
    last_message_at: null,
  } as const;
  return putChannelView(state, view, seq);
}

function memberJoined(state: State, { data, seq }: EventOf<"member.joined">): State {
  const { channel_id, user } = data;
  if (user.id === state.me?.id) {
    const held = state.channels[channel_id];
    return held && held.counts_seq >= seq
      ? state
      : missChannel(dropTimeline(state, channel_id), channel_id, seq);
  }
  return count(joinMember(state, channel_id, user, seq), channel_id, { kind: "joined", seq });
}

function memberLeft(state: State, { data, seq }: EventOf<"member.left">): State {
  const { channel_id, user } = data;
  if (user.id === state.me?.id) {
    const held = state.channels[channel_id];
    return held && held.counts_seq >= seq ? state : dropChannel(state, channel_id, seq);
  }
  const next = stopTyping(leaveMember(state, channel_id, user.id, seq), channel_id, user.id);
  return count(dropMark(next, channel_id, user.id, seq), channel_id, { kind: "left", seq });
}

function memberUpdated(state: State, { data, seq }: EventOf<"member.updated">): State {
  const next = changeRole(state, data.channel_id, data.user_id, data.role, seq);
  if (data.user_id !== state.me?.id) return next;
  return count(next, data.channel_id, { kind: "role", seq, role: data.role });
}

function readUpdated(state: State, { data }: EventOf<"read.updated">): State {
  const next = moveMarks(state, data.channel_id, data.items);
  const own = data.items.find((item) => item.user_id === state.me?.id);
  if (!own || data.unread_count === undefined || data.state_seq === undefined) return next;
  return putReadState(next, data.channel_id, {
    unread_count: data.unread_count,
    last_read_message_id: own.message_id,
    last_read_seq: own.last_read_seq,
    state_seq: data.state_seq,
  });
}
