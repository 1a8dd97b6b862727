import { useEffect } from "react";
import { current } from "@/cache/store";
import { isHidden } from "@/lib/visibility";
import { onEvent, useConnection } from "@/realtime/live";
import { notify } from "./notify";
import { armSound, playSound } from "./sound";

/** What was sent longer ago is history that a reconnection brought: it makes no noise. */
const FRESH_MS = 60_000;

/** A sound for what others say; a notification too while the tab is hidden. */
export function useNotifications(openChannelId: string | null): void {
  useEffect(armSound, []);
  useEffect(
    () =>
      onEvent((event) => {
        if (event.type !== "message.created" || useConnection.getState().phase !== "live") return;
        const { message } = event.data;
        const { me, channels } = current();
        if (message.sender_id === me?.id || message.deleted_at !== null || !channels[message.channel_id])
          return;
        if (Date.now() - Date.parse(message.created_at) > FRESH_MS) return;
        const isSeen = !isHidden() && message.channel_id === openChannelId;
        if (isHidden()) notify(message);
        if (!isSeen) playSound(Date.now());
      }),
    [openChannelId],
  );
}
