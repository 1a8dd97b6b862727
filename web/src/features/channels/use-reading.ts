import { useEffect, useSyncExternalStore } from "react";
import { api, ask } from "@/api/client";
import { putReadState } from "@/cache/channels";
import { change, current, useStore } from "@/cache/store";
import { isHidden, onVisibility } from "@/lib/visibility";

const EVERY_MS = 1_000;
const markedAt = new Map<string, number>();
const timers = new Map<string, ReturnType<typeof setTimeout>>();

/** Marks what the reader sees as read: never in a hidden tab, and at most once a second a channel, the newest. */
export function useReading(channelId: string, isAtEnd: boolean): void {
  const hidden = useSyncExternalStore(onVisibility, isHidden);
  const newest = useStore((state) => {
    const timeline = state.timelines[channelId];
    return timeline?.has_after ? undefined : timeline?.ids.at(-1);
  });
  useEffect(() => {
    if (hidden || !isAtEnd || newest === undefined) return;
    const due = (markedAt.get(channelId) ?? 0) + EVERY_MS - Date.now();
    clearTimeout(timers.get(channelId));
    if (due <= 0) void mark(channelId, newest);
    else
      timers.set(
        channelId,
        setTimeout(() => void mark(channelId, newest), due),
      );
  }, [channelId, hidden, isAtEnd, newest]);
  useEffect(() => () => clearTimeout(timers.get(channelId)), [channelId]);
}

async function mark(channel_id: string, message_id: string): Promise<void> {
  const state = current();
  const entry = state.channels[channel_id];
  const seq = state.messages[message_id]?.seq ?? 0;
  if (!entry || seq <= entry.unread.last_read_seq) return;
  markedAt.set(channel_id, Date.now());
  try {
    const params = { path: { channel_id } };
    const read = await ask(api.PUT("/v1/channels/{channel_id}/read", { params, body: { message_id } }));
    change((held) => putReadState(held, channel_id, read));
  } catch {
    // The next message, or the next visit, marks it again.
  }
}

/** Marks the channel read as far as it goes, without opening it. */
export async function markAllRead(): Promise<void> {
  const unread = Object.values(current().channels).filter((entry) => (entry.view.unread_count ?? 0) > 0);
  for (const { channel } of unread) {
    const params = { path: { channel_id: channel.id }, query: { limit: 1 } };
    const newest = await ask(api.GET("/v1/channels/{channel_id}/messages", { params })).catch(() => null);
    const message = newest?.items.at(-1);
    if (!message) continue;
    const body = { message_id: message.id };
    const read = await ask(
      api.PUT("/v1/channels/{channel_id}/read", { params: { path: params.path }, body }),
    ).catch(() => null);
    if (read) change((held) => putReadState(held, channel.id, read));
  }
}
