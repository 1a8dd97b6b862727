import { current } from "@/cache/store";
import { readItem, writeItem } from "@/lib/storage";

export const rememberChannel = (channelId: string): void => writeItem("last_channel", channelId);

/** Where the reader was last, or else the first channel. */
export function lastChannel(): string | null {
  const { channels } = current();
  const held = readItem("last_channel");
  if (held !== null && channels[held]) return held;
  const views = Object.values(channels).map((entry) => entry.view);
  const general = views.find((view) => view.kind === "public" && view.name === "general");
  return (general ?? views[0])?.id ?? null;
}
