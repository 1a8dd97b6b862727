import { useMemo } from "react";
import type { ChannelView } from "@/api/types";
import { useStore } from "@/cache/store";

export type Sections = { channels: ChannelView[]; dms: ChannelView[] };

/** The sidebar's order: channels by name, then DMs, the last spoken in first. A DM that somebody else opened shows itself with its first message. */
export function sectionsOf(views: ChannelView[], me: string): Sections {
  const channels = views
    .filter((view) => view.kind !== "dm")
    .sort(
      (a, b) =>
        Number(a.archived_at !== null) - Number(b.archived_at !== null) ||
        (a.name ?? "").localeCompare(b.name ?? ""),
    );
  const latest = (view: ChannelView) => view.last_message_at ?? view.created_at;
  const dms = views
    .filter((view) => view.kind === "dm" && (view.last_message_at !== null || view.created_by === me))
    .sort((a, b) => latest(b).localeCompare(latest(a)));
  return { channels, dms };
}

export function useSections(): Sections {
  const entries = useStore((state) => state.channels);
  const me = useStore((state) => state.me?.id ?? "");
  return useMemo(
    () =>
      sectionsOf(
        Object.values(entries).map((entry) => entry.view),
        me,
      ),
    [entries, me],
  );
}
