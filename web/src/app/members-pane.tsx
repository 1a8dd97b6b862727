import { X } from "lucide-react";
import { useStore } from "@/cache/store";
import { MemberList } from "@/features/members/member-list";
import { IconButton } from "@/ui/button";
import { channelPath, go } from "@/view/paths";

export function MembersPane({ channelId }: { channelId: string }) {
  const count = useStore((state) => state.channels[channelId]?.view.member_count);
  return (
    <aside
      aria-label="Members"
      data-region
      className="flex w-full min-w-0 shrink-0 flex-col border-line bg-page lg:w-[280px] lg:border-l"
    >
      <header className="flex min-h-14 shrink-0 items-center gap-2 border-line border-b px-4">
        <h2 className="flex-1 font-semibold">
          Members {count !== undefined && <span className="font-normal text-soft tabular-nums">{count}</span>}
        </h2>
        <IconButton label="Close members" onClick={() => go(channelPath(channelId))} className="-mr-2">
          <X size={18} aria-hidden="true" />
        </IconButton>
      </header>
      <MemberList channelId={channelId} />
    </aside>
  );
}
