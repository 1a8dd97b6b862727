/** What the page knows of the server. Plain data, changed only by the pure functions of this folder. */
import type { Channel, ChannelView, Member, Message, Presence, Role, User } from "@/api/types";

/** What moves a channel's counts, kept until a newer snapshot has counted it. */
export type Counted =
  | { kind: "created"; seq: number; message_seq: number; sender_id: string; at: string; is_deleted: boolean }
  | { kind: "deleted"; seq: number; message_seq: number; sender_id: string }
  | { kind: "joined" | "left"; seq: number }
  | { kind: "role"; seq: number; role: Role };

export type Counts = { member_count: number; last_message_at: string | null; role: Role | undefined };
export type Unread = { unread_count: number; last_read_seq: number; last_read_message_id: string | null };

/** One channel of the caller: two snapshots, each with its `seq`, and what happened since. */
export type ChannelEntry = {
  channel: Channel;
  counts: Counts;
  counts_seq: number;
  unread: Unread;
  unread_seq: number;
  tail: Counted[];
  /** All of it together, as a fresh fetch would show it. */
  view: ChannelView;
};

/** A stretch of a channel's timeline, or of a thread's replies, without holes. */
export type Timeline = {
  ids: string[];
  has_before: boolean;
  has_after: boolean;
  /** Sent meanwhile, while the stretch does not reach the end. */
  beyond: string[];
  is_loaded: boolean;
};

export type Replies = Pick<Message, "reply_count" | "last_reply_at" | "reply_user_ids" | "replies_version">;

export type Mark = { last_read_seq: number; joined_seq: number };

export type MemberList = {
  items: Record<string, Member>;
  /** Each person's last `member.*` event: an older answer does not undo it. */
  seqs: Record<string, { seq: number; is_member: boolean; role?: Role }>;
};

/** A message that this browser sent, until the server's own takes its place. */
export type Pending = {
  nonce: string;
  channel_id: string;
  parent_id: string | null;
  text: string;
  created_at: string;
  status: "queued" | "sending" | "waiting" | "failed";
  reason: string | null;
};

export type State = {
  me: User | null;
  users: Record<string, User>;
  presence: Record<string, Presence>;
  channels: Record<string, ChannelEntry>;
  /** An event up to this `seq` was about a channel that is not in the list: only a list that counts it tells. 0 if none. */
  stale_seq: number;
  /** Whether a first list has come. */
  is_ready: boolean;
  messages: Record<string, Message>;
  /** Counters that came before their message. */
  early_replies: Record<string, Replies>;
  /** Channels that the caller left, with the `seq` of it: an older list does not bring them back. */
  left: Record<string, number>;
  /** By channel, and for threads by root. */
  timelines: Record<string, Timeline>;
  marks: Record<string, Record<string, Mark>>;
  members: Record<string, MemberList>;
  /** By channel or root, then by user: until when, by this browser's clock. */
  typing: Record<string, Record<string, number>>;
  outbox: Pending[];
};

export function emptyState(): State {
  return {
    me: null,
    users: {},
    presence: {},
    channels: {},
    stale_seq: 0,
    is_ready: false,
    messages: {},
    early_replies: {},
    left: {},
    timelines: {},
    marks: {},
    members: {},
    typing: {},
    outbox: [],
  };
}
