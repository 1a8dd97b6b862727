import { api, ask } from "@/api/client";
import type { ReadyData } from "@/api/types";

/** What `ready` says, read over REST: for a page that has no stream of its own. */
export async function readSnapshot(cursor: number | null, logId: string | null): Promise<ReadyData> {
  const [user, channels, presence] = await Promise.all([
    ask(api.GET("/v1/me")),
    ask(api.GET("/v1/channels")),
    ask(api.GET("/v1/presence")),
  ]);
  const log_id = logId ?? (await ask(api.GET("/v1/events"))).log_id;
  return {
    connection_id: "",
    user,
    log_id,
    resumed: cursor !== null,
    cursor: cursor ?? channels.state_seq,
    state_seq: channels.state_seq,
    channels: channels.items,
    presence: presence.items.filter((item) => item.status === "online"),
    typing: [],
    heartbeat: { interval_ms: 30_000, timeout_ms: 60_000 },
  };
}
