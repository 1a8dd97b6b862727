import { Archive, Hash, Lock, Pencil } from "lucide-react";
import { memo, useEffect, useRef } from "react";
import { Link } from "wouter";
import type { ChannelView } from "@/api/types";
import { plural } from "@/lib/text";
import { useChannelTitle } from "@/people/channel-title";
import { useIsOnline } from "@/people/use-user";
import { Avatar } from "@/ui/avatar";
import { cn } from "@/ui/cn";
import { channelPath } from "@/view/paths";
import { useView } from "@/view/view";

/** One line of the sidebar: bold, with a dot and the exact count, while something is unread. */
export const SidebarItem = memo(function SidebarItem({
  channel,
  isActive,
}: {
  channel: ChannelView;
  isActive: boolean;
}) {
  const { title, peer } = useChannelTitle(channel);
  const isOnline = useIsOnline(peer?.id);
  const hasDraft = useView((view) => !isActive && (view.drafts[channel.id] ?? "") !== "");
  const item = useRef<HTMLLIElement>(null);
  // The keyboard steps on also past what is in sight.
  useEffect(() => {
    if (isActive) item.current?.scrollIntoView({ block: "nearest" });
  }, [isActive]);
  const unread = channel.unread_count ?? 0;
  const isDm = channel.kind === "dm";
  const about = [
    title,
    isDm && (isOnline ? "online" : "offline"),
    channel.kind === "private" && "private",
    channel.archived_at !== null && "archived",
    unread > 0 && `${plural(unread, "unread message", "unread messages")}`,
    hasDraft && "draft",
  ];
  return (
    <li ref={item}>
      <Link
        href={channelPath(channel.id)}
        aria-current={isActive ? "page" : undefined}
        aria-label={about.filter(Boolean).join(", ")}
        data-channel={channel.id}
        className={cn(
          "relative mx-2 flex min-h-8 items-center gap-2.5 rounded-lg px-2.5 max-md:min-h-12",
          isActive ? "bg-active font-medium text-ink" : "hover:bg-hover",
          unread > 0 ? "font-semibold text-ink" : !isActive && "text-soft",
        )}
      >
        {unread > 0 && (
          <span
            className="absolute left-[-1px] size-1.5 rounded-full bg-accent"
            aria-hidden="true"
            data-unread-dot
          />
        )}
        <span className="flex w-6 shrink-0 justify-center" aria-hidden="true">
          {isDm ? <Avatar user={peer} size="sm" isOnline={isOnline} /> : <KindIcon channel={channel} />}
        </span>
        <span className="min-w-0 flex-1 truncate">{title}</span>
        {hasDraft && <Pencil size={13} className="shrink-0 text-soft" aria-hidden="true" />}
        {unread > 0 && (
          <span
            data-unread
            className={cn(
              "min-w-5 shrink-0 rounded-full px-1.5 text-center text-[11px] font-bold leading-[1.2rem] tabular-nums",
              isDm ? "bg-signal text-on-signal" : "bg-accent text-on-accent",
            )}
          >
            {unread}
          </span>
        )}
      </Link>
    </li>
  );
});

export function KindIcon({
  channel,
  size = 16,
}: {
  channel: Pick<ChannelView, "kind" | "archived_at">;
  size?: number;
}) {
  if (channel.archived_at !== null) return <Archive size={size} />;
  return channel.kind === "private" ? <Lock size={size - 1} /> : <Hash size={size} />;
}
