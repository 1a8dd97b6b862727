import { Hash } from "lucide-react";
import { api, ask } from "@/api/client";
import { sentence } from "@/api/problem";
import type { BrowsedChannel } from "@/api/types";
import { plural } from "@/lib/text";
import { joinChannel } from "@/people/channel-actions";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { SearchList } from "@/ui/search-list";
import { Empty } from "@/ui/states";
import { channelPath, go } from "@/view/paths";
import { closeDialog, openDialog, toast } from "@/view/view";

const search = async (query: string): Promise<BrowsedChannel[]> =>
  (await ask(api.GET("/v1/channels/browse", { params: { query: { limit: 100, ...(query && { query }) } } })))
    .items;

export function BrowseDialog() {
  return (
    <Dialog title="Browse channels" onClose={closeDialog} className="w-[min(36rem,calc(100vw-1.5rem))]">
      <SearchList
        label="Search"
        placeholder="Name of a channel"
        search={search}
        trouble="The channels could not be loaded."
        empty={
          <Empty title="No channel of that name">
            <button
              type="button"
              className="font-semibold text-accent-strong hover:underline"
              onClick={() => openDialog("create")}
            >
              Create it
            </button>
          </Empty>
        }
      >
        {(channel) => <BrowseItem key={channel.id} channel={channel} />}
      </SearchList>
    </Dialog>
  );
}

function BrowseItem({ channel }: { channel: BrowsedChannel }) {
  const open = () => {
    closeDialog();
    go(channelPath(channel.id));
  };
  const join = async () => {
    try {
      await joinChannel(channel.id);
      closeDialog();
    } catch (error) {
      toast(sentence(error), true);
    }
  };
  return (
    <li className="flex items-center gap-3 border-line py-2.5 not-first:border-t">
      <Hash size={17} className="shrink-0 text-soft" aria-hidden="true" />
      <div className="min-w-0 flex-1 leading-snug">
        <p className="truncate font-medium">{channel.name}</p>
        <p className="truncate text-soft text-sm">
          {plural(channel.member_count, "member", "members")}
          {channel.description && ` · ${channel.description}`}
          {channel.archived_at !== null && " · archived"}
        </p>
      </div>
      <Button
        look="quiet"
        onClick={open}
        aria-label={`${channel.is_member ? "Open" : "Look at"} ${channel.name}`}
      >
        {channel.is_member ? "Open" : "Look"}
      </Button>
      {!channel.is_member && channel.archived_at === null && (
        <Button onClick={() => void join()} aria-label={`Join ${channel.name}`}>
          Join
        </Button>
      )}
    </li>
  );
}
