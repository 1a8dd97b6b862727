import type { Message, StreamEvent, User } from "@/api/types";

type Standing = { role: "owner" | "member"; joined_seq: number; mark: number; mark_id: string | null };
type ModelChannel = {
  id: string;
  name: string;
  version: number;
  members: Map<string, Standing>;
  counts: number;
};
type Entry = {
  seq: number;
  channel_id: string | null;
  user_id: string | null;
  live: StreamEvent;
  now: () => StreamEvent;
};

export const ME = "me";
const AT = "2026-01-01T00:00:00.000Z";

/** A small server in memory that keeps the contract's promises: the one that a fresh fetch is asked from. */
export class ModelServer {
  head = 0;
  readonly users = new Map<string, User>();
  readonly channels = new Map<string, ModelChannel>();
  readonly messages = new Map<string, Message>();
  private readonly log: Entry[] = [];

  constructor(people: string[]) {
    for (const id of people) {
      this.users.set(id, { id, username: id, display_name: id, avatar_color: "#123456", version: 0 });
    }
  }

  createChannel(id: string, members: string[]): void {
    const seq = this.head + 1;
    const standing = (index: number): Standing => ({
      role: index === 0 ? "owner" : "member",
      joined_seq: seq,
      mark: seq,
      mark_id: null,
    });
    this.channels.set(id, {
      id,
      name: id,
      version: seq,
      counts: 0,
      members: new Map(members.map((user, index) => [user, standing(index)])),
    });
    this.append(id, null, () => ({
      type: "channel.created",
      seq,
      data: { channel: this.channelOf(id), user_ids: members },
    }));
  }

  rename(id: string, name: string): void {
    const channel = this.channel(id);
    const seq = this.head + 1;
    Object.assign(channel, { name, version: seq });
    this.append(id, null, () => ({ type: "channel.updated", seq, data: { channel: this.channelOf(id) } }));
  }

  join(id: string, user: string): void {
    const { members } = this.channel(id);
    if (members.has(user)) return;
    const seq = this.head + 1;
    members.set(user, { role: "member", joined_seq: seq, mark: seq, mark_id: null });
    this.append(id, user, () => ({
      type: "member.joined",
      seq,
      data: { channel_id: id, user: this.user(user) },
    }));
  }

  leave(id: string, user: string): void {
    const { members } = this.channel(id);
    if (!members.has(user)) return;
    const seq = this.head + 1;
    members.delete(user);
    this.append(id, user, () => ({
      type: "member.left",
      seq,
      data: { channel_id: id, user: this.user(user) },
    }));
  }

  send(id: string, sender: string, parent: string | null = null): void {
    if (!this.channel(id).members.has(sender)) return;
    const root = parent === null ? null : this.messages.get(parent);
    if (root === undefined || root?.deleted_at || root?.parent_id) return;
    const seq = this.head + 1;
    const message: Message = {
      id: `m${seq}`,
      seq,
      version: seq,
      channel_id: id,
      sender_id: sender,
      parent_id: parent,
      text: `text ${seq}`,
      nonce: `n${seq}`,
      created_at: `2026-01-01T00:00:00.${String(seq).padStart(3, "0")}Z`,
      edited_at: null,
      deleted_at: null,
      reply_count: 0,
      last_reply_at: null,
      reply_user_ids: [],
      replies_version: 0,
    };
    this.messages.set(message.id, message);
    this.append(id, null, () => ({
      type: "message.created",
      seq,
      data: { message: this.message(message.id) },
    }));
    if (parent !== null) this.countReplies(parent);
  }

  edit(messageId: string): void {
    const message = this.messages.get(messageId);
    if (!message || message.deleted_at) return;
    const seq = this.head + 1;
    this.messages.set(messageId, { ...message, text: `${message.text}!`, edited_at: AT, version: seq });
    this.append(message.channel_id, null, () => ({
      type: "message.updated",
      seq,
      data: { message: this.message(messageId) },
    }));
  }

  remove(messageId: string): void {
    const message = this.messages.get(messageId);
    if (!message || message.deleted_at) return;
    const seq = this.head + 1;
    this.messages.set(messageId, { ...message, text: "", deleted_at: AT, version: seq });
    this.append(message.channel_id, null, () => ({
      type: "message.deleted",
      seq,
      data: { message: this.message(messageId) },
    }));
    if (message.parent_id !== null) this.countReplies(message.parent_id);
  }

  changeUser(id: string): void {
    const seq = this.head + 1;
    this.users.set(id, { ...this.user(id), display_name: `${id} ${seq}`, version: seq });
    this.append(null, id, () => ({ type: "user.updated", seq, data: { user: this.user(id) } }));
  }

  /** Marks the newest message read; what comes back is the answer of `PUT …/read`. */
  read(id: string): StreamEvent | null {
    const standing = this.channel(id).members.get(ME);
    const newest = this.timeline(id).at(-1);
    if (!standing || !newest || newest.seq <= standing.mark) return null;
    Object.assign(standing, { mark: newest.seq, mark_id: newest.id });
    const item = {
      user_id: ME,
      message_id: newest.id,
      last_read_seq: newest.seq,
      joined_seq: standing.joined_seq,
    };
    const data = { channel_id: id, items: [item], unread_count: this.unread(id), state_seq: this.head };
    return { type: "read.updated", data };
  }

  /** What a stream of the reader's replays after `cursor`: objects as they are now, or live: as they were. */
  events(cursor: number, isLive: boolean): StreamEvent[] {
    const isFor = ({ seq, channel_id, user_id }: Entry) => {
      if (user_id === ME) return true;
      if (channel_id === null) return true;
      const joined = this.channels.get(channel_id)?.members.get(ME)?.joined_seq;
      return joined !== undefined && (isLive || seq >= joined);
    };
    return this.log
      .filter((entry) => entry.seq > cursor && isFor(entry))
      .map((entry) => (isLive ? entry.live : entry.now()));
  }

  timeline(id: string): Message[] {
    return [...this.messages.values()].filter(
      (message) => message.channel_id === id && message.parent_id === null,
    );
  }

  unread(id: string): number {
    const mark = this.channel(id).members.get(ME)?.mark ?? 0;
    return this.timeline(id).filter(
      (message) => message.seq > mark && message.sender_id !== ME && !message.deleted_at,
    ).length;
  }

  private countReplies(root: string): void {
    const seq = this.head + 1;
    const live = [...this.messages.values()].filter(
      ({ parent_id, deleted_at }) => parent_id === root && !deleted_at,
    );
    const counters = {
      reply_count: live.length,
      last_reply_at: live.at(-1)?.created_at ?? null,
      reply_user_ids: [...new Set(live.map((reply) => reply.sender_id))].slice(-5),
      replies_version: seq,
    };
    const message = this.message(root);
    this.messages.set(root, { ...message, ...counters });
    this.append(message.channel_id, null, () => {
      const { reply_count, last_reply_at, reply_user_ids, replies_version } = this.message(root);
      return {
        type: "thread.updated",
        seq,
        data: {
          channel_id: message.channel_id,
          message_id: root,
          reply_count,
          last_reply_at,
          reply_user_ids,
          replies_version,
        },
      };
    });
  }

  private append(channel_id: string | null, user_id: string | null, now: () => StreamEvent): void {
    this.head += 1;
    this.log.push({ seq: this.head, channel_id, user_id, live: now(), now });
  }

  channelOf(id: string) {
    const { name, version } = this.channel(id);
    return {
      id,
      kind: "public" as const,
      name,
      description: "",
      created_by: null,
      created_at: AT,
      archived_at: null,
      version,
    };
  }

  channel = (id: string): ModelChannel => found(this.channels.get(id));
  user = (id: string): User => found(this.users.get(id));
  private message = (id: string): Message => found(this.messages.get(id));
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the model has no such thing");
  return value;
}
