import type { ChannelView, User } from "@/api/types";
import { useStore } from "@/cache/store";
import { useUser } from "./use-user";

/** The other of a DM. */
export function peerIdOf(
  channel: Pick<ChannelView, "kind" | "user_ids">,
  me: string | undefined,
): string | undefined {
  return channel.kind === "dm" ? channel.user_ids?.find((id) => id !== me) : undefined;
}

export function titleOf(channel: Pick<ChannelView, "kind" | "name">, peer: User | undefined): string {
  return channel.kind === "dm" ? (peer?.display_name ?? "Direct message") : (channel.name ?? "");
}

export function useChannelTitle(channel: ChannelView | undefined): { title: string; peer: User | undefined } {
  const me = useStore((state) => state.me?.id);
  const peer = useUser(channel && peerIdOf(channel, me));
  return { title: channel ? titleOf(channel, peer) : "", peer };
}
