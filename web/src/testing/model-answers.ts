import type { ChannelView, Member, StateData, StreamEvent } from "@/api/types";
import { found } from "./found";
import { ME, type ModelServer } from "./model-server";

/** What `GET /v1/channels` answers the reader now. */
export function list(server: ModelServer): { items: ChannelView[]; state_seq: number } {
  const mine = [...server.channels.keys()].filter((id) => server.members(id).has(ME));
  return { items: mine.map((id) => view(server, id)), state_seq: server.head };
}

/** What `GET …/members` answers, on one page. */
export function members(server: ModelServer, id: string): { items: Member[]; next: null; state_seq: number } {
  const items = [...server.members(id)].map(([user_id, { role }]) => {
    const presence = found(server.presence.get(user_id));
    return { user: { ...server.user(user_id), presence }, role, joined_at: "2026-01-01T00:00:00.000Z" };
  });
  return { items, next: null, state_seq: server.head };
}

/** What `GET …/read-marks` answers. */
export function marks(server: ModelServer, id: string) {
  return [...server.members(id)].map(([user_id, { mark, mark_id, joined_seq }]) => ({
    user_id,
    message_id: mark_id,
    last_read_seq: mark,
    joined_seq,
    read_at: null,
  }));
}

/** What a stream says of everything at once. */
export function snapshot(server: ModelServer): StateData {
  const { items: channels, state_seq } = list(server);
  const presence = [...server.presence]
    .map(([user_id, held]) => ({ user_id, ...held }))
    .filter(({ status }) => status === "online");
  return { channels, state_seq, presence, typing: server.typing() };
}

/** The first event of a stream that begins now. */
export function ready(server: ModelServer, resumed: boolean): StreamEvent {
  const user = { ...server.user(ME), presence: found(server.presence.get(ME)) };
  const about = { connection_id: "c", log_id: "l", resumed, cursor: 0, user };
  const heartbeat = { interval_ms: 30_000, timeout_ms: 60_000 };
  return { type: "ready", data: { ...about, ...snapshot(server), heartbeat } };
}

function view(server: ModelServer, id: string): ChannelView {
  const standing = server.members(id).get(ME);
  return {
    ...server.channel(id),
    member_count: server.members(id).size,
    last_message_at: server.messages.timeline(id).at(-1)?.created_at ?? null,
    role: standing?.role ?? "member",
    unread_count: server.unread(id),
    last_read_seq: standing?.mark ?? 0,
    last_read_message_id: standing?.mark_id ?? null,
  };
}
