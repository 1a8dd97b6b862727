import { useEffect } from "react";
import { useStore } from "@/cache/store";
import { useNotifications } from "@/features/notifications/use-notifications";
import { myId, onEvent, useConnection } from "@/realtime/live";
import { flushAll, forgetSend } from "@/realtime/outbox";
import type { Spot } from "@/view/paths";
import { useShortcuts } from "./shortcuts";

/** What the page does without being looked at: its title, its outbox, its keys. */
export function useEffects(spot: Spot): void {
  useTitle(spot.channel_id);
  useOutbox();
  useNotifications(spot.channel_id);
  useShortcuts(spot);
}

/** "(3) #general – Hubbub": everything unread, and where one is. */
function useTitle(channelId: string | null): void {
  const unread = useStore((state) =>
    Object.values(state.channels).reduce((sum, entry) => sum + (entry.view.unread_count ?? 0), 0),
  );
  const name = useStore((state) => {
    const channel = channelId === null ? undefined : state.channels[channelId]?.channel;
    if (!channel) return "";
    if (channel.kind !== "dm") return `#${channel.name}`;
    const peer = channel.user_ids?.find((id) => id !== state.me?.id);
    return (peer && state.users[peer]?.display_name) ?? "";
  });
  useEffect(() => {
    document.title = `${unread > 0 ? `(${unread}) ` : ""}${name ? `${name} – ` : ""}Hubbub`;
  }, [unread, name]);
}

function useOutbox(): void {
  const isLive = useConnection((status) => status.phase === "live");
  useEffect(() => {
    if (isLive) flushAll();
  }, [isLive]);
  useEffect(
    () =>
      onEvent((event) => {
        if (event.type !== "message.created") return;
        const { sender_id, nonce } = event.data.message;
        if (sender_id === myId() && nonce !== null) forgetSend(nonce);
      }),
    [],
  );
}
