import type { Message, StreamEvent } from "@/api/types";
import { found } from "./found";
import type { ModelLog } from "./model-log";

const AT = "2026-01-01T00:00:00.000Z";

/** The messages of a model server, and their threads. */
export class ModelMessages {
  private readonly all = new Map<string, Message>();

  constructor(private readonly log: ModelLog) {}

  send(channel_id: string, sender_id: string, parent_id: string | null): Message | null {
    const root = parent_id === null ? null : this.find(parent_id);
    if (root?.deleted_at || root?.parent_id) return null;
    const seq = this.log.head + 1;
    const message: Message = {
      id: `m${seq}`,
      seq,
      version: seq,
      channel_id,
      sender_id,
      parent_id,
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
    this.all.set(message.id, message);
    this.tell("message.created", message.id);
    if (parent_id !== null) this.countReplies(parent_id);
    return this.find(message.id);
  }

  edit(id: string): void {
    const { text } = this.find(id);
    this.change(id, { text: `${text}!`, edited_at: AT });
    this.tell("message.updated", id);
  }

  remove(id: string): void {
    this.change(id, { text: "", deleted_at: AT });
    this.tell("message.deleted", id);
    const { parent_id } = this.find(id);
    if (parent_id !== null) this.countReplies(parent_id);
  }

  find = (id: string): Message => found(this.all.get(id));

  /** One that is not deleted, by a number of any size. */
  pick(which: number): Message | null {
    const all = [...this.all.values()].filter((message) => message.deleted_at === null);
    return all[which % Math.max(1, all.length)] ?? null;
  }

  timeline(channelId: string): Message[] {
    return [...this.all.values()].filter((held) => held.channel_id === channelId && held.parent_id === null);
  }

  replies(rootId: string): Message[] {
    return [...this.all.values()].filter((held) => held.parent_id === rootId);
  }

  private change(id: string, fields: Partial<Message>): void {
    this.all.set(id, { ...this.find(id), ...fields, version: this.log.head + 1 });
  }

  private tell(type: "message.created" | "message.updated" | "message.deleted", id: string): void {
    const { channel_id, parent_id } = this.find(id);
    const seq = this.log.head + 1;
    const thread = parent_id === null ? undefined : this.find(parent_id);
    this.log.append(
      { channel_id, ...(thread && { thread: { root_id: thread.id, author_id: thread.sender_id } }) },
      () => ({ type, seq, data: { message: this.find(id) } }) as StreamEvent,
    );
  }

  private countReplies(rootId: string): void {
    const seq = this.log.head + 1;
    const live = this.replies(rootId).filter(({ deleted_at }) => deleted_at === null);
    const root = {
      ...this.find(rootId),
      reply_count: live.length,
      last_reply_at: live.at(-1)?.created_at ?? null,
      reply_user_ids: [...new Set(live.map((reply) => reply.sender_id))].slice(-5),
      replies_version: seq,
    };
    this.all.set(rootId, root);
    this.log.append({ channel_id: root.channel_id }, () => {
      const { channel_id, reply_count, last_reply_at, reply_user_ids, replies_version } = this.find(rootId);
      const data = {
        channel_id,
        message_id: rootId,
        reply_count,
        last_reply_at,
        reply_user_ids,
        replies_version,
      };
      return { type: "thread.updated", seq, data };
    });
  }
}
