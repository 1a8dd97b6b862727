import type { ChannelView, StreamEvent } from "@/api/types";
import { ME, type ModelServer } from "./model-server";

/** What `GET /v1/channels` answers the reader now. */
export function list(server: ModelServer): { items: ChannelView[]; state_seq: number } {
  const mine = [...server.channels.values()].filter((channel) => channel.members.has(ME));
  return { items: mine.map((channel) => view(server, channel.id)), state_seq: server.head };
}

/** The first event of a stream that begins now. */
export function ready(server: ModelServer): StreamEvent {
  const { items: channels, state_seq } = list(server);
  const user = { ...server.user(ME), presence: { status: "online" as const, last_seen_at: null } };
  const about = { connection_id: "c", log_id: "l", resumed: true, cursor: 0, presence: [], typing: [] };
  const heartbeat = { interval_ms: 30_000, timeout_ms: 60_000 };
  return { type: "ready", data: { ...about, user, channels, state_seq, heartbeat } };
}

function view(server: ModelServer, id: string): ChannelView {
  const { members } = server.channel(id);
  const standing = members.get(ME);
  return {
    ...server.channelOf(id),
    member_count: members.size,
    last_message_at: server.timeline(id).at(-1)?.created_at ?? null,
    role: standing?.role ?? "member",
    unread_count: server.unread(id),
    last_read_seq: standing?.mark ?? 0,
    last_read_message_id: standing?.mark_id ?? null,
  };
}
