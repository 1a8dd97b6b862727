import { useEffect } from "react";
import { api, ask } from "@/api/client";
import { moveMarks } from "@/cache/marks";
import { change } from "@/cache/store";
import { onEvent, useConnection } from "@/realtime/live";

/**
 * Others' read marks of the open channel: fetched on opening, after every reconnection and with every fresh state, which
 * over long-poll is all that tells of them; then moved by events.
 */
export function useMarks(channelId: string, isMember: boolean): void {
  const isLive = useConnection((status) => status.phase === "live");
  useEffect(() => {
    if (!isLive || !isMember) return;
    let isCurrent = true;
    const read = async () => {
      let after: string | null = null;
      do {
        const query: { limit: number; after?: string } = { limit: 100, ...(after !== null && { after }) };
        const page = await ask(
          api.GET("/v1/channels/{channel_id}/read-marks", {
            params: { path: { channel_id: channelId }, query },
          }),
        );
        if (!isCurrent) return;
        change((state) => moveMarks(state, channelId, page.items));
        after = page.next;
      } while (after !== null);
    };
    const reread = () => void read().catch(() => {});
    reread();
    const forget = onEvent((event) => event.type === "state" && reread());
    return () => {
      isCurrent = false;
      forget();
    };
  }, [channelId, isMember, isLive]);
}
