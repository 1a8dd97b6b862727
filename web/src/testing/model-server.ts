import type { Channel, Message, Presence, StreamEvent, Typing, User } from "@/api/types";
import { found } from "./found";
import { ModelLog } from "./model-log";
import { ModelMessages } from "./model-messages";

export type Standing = { role: "owner" | "member"; joined_seq: number; mark: number; mark_id: string | null };
type ModelChannel = { channel: Channel; members: Map<string, Standing> };

export const ME = "me";
const AT = "2026-01-01T00:00:00.000Z";

/** A small server in memory that keeps the contract's promises: the one that a fresh fetch is asked from. */
export class ModelServer {
  readonly log = new ModelLog();
  readonly messages = new ModelMessages(this.log);
  readonly users = new Map<string, User>();
  readonly channels = new Map<string, ModelChannel>();
  readonly presence = new Map<string, Presence>();
  private typists: Typing[] = [];

  constructor(people: string[]) {
    for (const id of people) {
      this.users.set(id, { id, username: id, display_name: id, avatar_color: "#123456", version: 0 });
      this.presence.set(id, { status: "online", last_seen_at: null });
    }
  }

  get head(): number {
    return this.log.head;
  }

  create(id: string, kind: Channel["kind"], members: string[]): void {
    const seq = this.head + 1;
    const role = (index: number) => (index === 0 && kind !== "dm" ? "owner" : "member");
    const standings = members.map((user, index): [string, Standing] => [
      user,
      { role: role(index), joined_seq: seq, mark: seq, mark_id: null },
    ]);
    const channel: Channel = {
      id,
      kind,
      name: kind === "dm" ? null : id,
      description: "",
      created_by: members[0] ?? null,
      created_at: AT,
      archived_at: null,
      version: seq,
      ...(kind === "dm" && { user_ids: members }),
    };
    this.channels.set(id, { channel, members: new Map(standings) });
    this.log.append({ channel_id: id }, () => ({
      type: "channel.created",
      seq,
      data: { channel: this.channel(id), user_ids: members },
    }));
  }

  rename(id: string): void {
    this.change(id, { name: `${id}${this.head}` }, "channel.updated");
  }

  /** Archives it, or opens it again. */
  archive(id: string): void {
    const isOpen = this.channel(id).archived_at === null;
    this.change(id, { archived_at: isOpen ? AT : null }, isOpen ? "channel.archived" : "channel.updated");
  }

  join(id: string, user: string): void {
    const members = this.members(id);
    if (members.has(user)) return;
    const seq = this.head + 1;
    members.set(user, { role: "member", joined_seq: seq, mark: seq, mark_id: null });
    if (user === ME) this.typists = this.typists.filter(({ channel_id }) => channel_id !== id);
    this.tellMember("member.joined", id, user);
    this.passOwnership(id);
  }

  leave(id: string, user: string): void {
    if (!this.members(id).delete(user)) return;
    this.stopTyping(id, user);
    this.tellMember("member.left", id, user);
    this.passOwnership(id);
  }

  send(id: string, sender: string, parent: string | null = null): Message | null {
    if (!this.members(id).has(sender)) return null;
    if (parent === null) this.stopTyping(id, sender);
    return this.messages.send(id, sender, parent);
  }

  changeUser(id: string): void {
    const seq = this.head + 1;
    this.users.set(id, { ...this.user(id), display_name: `${id} ${seq}`, version: seq });
    this.log.append({ channel_id: null }, () => ({
      type: "user.updated",
      seq,
      data: { user: this.user(id) },
    }));
  }

  /** Marks the newest message read, and tells whom it concerns. */
  read(id: string, reader: string): StreamEvent | null {
    const standing = this.members(id).get(reader);
    const newest = this.messages.timeline(id).at(-1);
    if (!standing || !newest || newest.seq <= standing.mark) return null;
    Object.assign(standing, { mark: newest.seq, mark_id: newest.id });
    const { mark: last_read_seq, joined_seq } = standing;
    const items = [{ user_id: reader, message_id: newest.id, last_read_seq, joined_seq }];
    const own = { unread_count: this.unread(id), state_seq: this.head };
    return { type: "read.updated", data: { channel_id: id, items, ...(reader === ME && own) } };
  }

  type(id: string, user: string): StreamEvent | null {
    if (!this.members(id).has(user)) return null;
    const data = { channel_id: id, user_id: user, parent_id: null };
    const isTyping = this.typists.some((held) => held.channel_id === id && held.user_id === user);
    this.stopTyping(id, user);
    if (!isTyping) this.typists.push(data);
    return { type: isTyping ? "typing.stopped" : "typing.started", data };
  }

  stopTyping(id: string, user: string): void {
    this.typists = this.typists.filter((held) => held.channel_id !== id || held.user_id !== user);
  }

  /** In the reader's channels, by others. */
  typing = (): Typing[] =>
    this.typists.filter((held) => held.user_id !== ME && this.members(held.channel_id).has(ME));

  comeOrGo(user: string): StreamEvent {
    const isOnline = this.presence.get(user)?.status === "online";
    const presence: Presence = { status: isOnline ? "offline" : "online", last_seen_at: AT };
    this.presence.set(user, presence);
    return { type: "presence.updated", data: { items: [{ user_id: user, ...presence }] } };
  }

  unread(id: string): number {
    const mark = this.members(id).get(ME)?.mark ?? 0;
    return this.messages
      .timeline(id)
      .filter((held) => held.seq > mark && held.sender_id !== ME && held.deleted_at === null).length;
  }

  joinedSeq = (id: string): number | undefined => this.members(id).get(ME)?.joined_seq;
  channel = (id: string): Channel => found(this.channels.get(id)).channel;
  members = (id: string): Map<string, Standing> => found(this.channels.get(id)).members;
  user = (id: string): User => found(this.users.get(id));

  private change(id: string, fields: Partial<Channel>, type: "channel.updated" | "channel.archived"): void {
    const seq = this.head + 1;
    const held = found(this.channels.get(id));
    held.channel = { ...held.channel, ...fields, version: seq };
    this.log.append({ channel_id: id }, () => ({ type, seq, data: { channel: this.channel(id) } }));
  }

  private tellMember(type: "member.joined" | "member.left", channel_id: string, user_id: string): void {
    const seq = this.head + 1;
    this.log.append({ channel_id, user_id }, () => ({
      type,
      seq,
      data: { channel_id, user: this.user(user_id) },
    }));
  }

  /** A channel with members has an owner: the longest-standing one, if none is left. */
  private passOwnership(channel_id: string): void {
    const all = [...this.members(channel_id)];
    const [heir] = all;
    if (!heir || all.some(([, { role }]) => role === "owner")) return;
    const [user_id, standing] = heir;
    standing.role = "owner";
    const seq = this.head + 1;
    const data = { channel_id, user_id, role: "owner" as const };
    this.log.append({ channel_id, user_id }, () => ({ type: "member.updated", seq, data }));
  }
}
