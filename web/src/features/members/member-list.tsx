import { UserMinus, UserPlus } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { api, ask } from "@/api/client";
import { sentence } from "@/api/problem";
import type { Member, User } from "@/api/types";
import { addMembers, closeMembers, openMembers } from "@/cache/members";
import { change, useStore } from "@/cache/store";
import { openDm, removeMember } from "@/people/channel-actions";
import { useUser } from "@/people/use-user";
import { Avatar } from "@/ui/avatar";
import { Button, IconButton } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Spinner, Trouble } from "@/ui/states";
import { confirmFirst, openCard, openDialog, toast } from "@/view/view";

/** Who is here: those online first, with a green dot. A click on a name opens the DM, one on a face the card. */
export function MemberList({ channelId }: { channelId: string }) {
  const { trouble, retry } = useLoadedMembers(channelId);
  const list = useStore((state) => state.members[channelId]);
  const presence = useStore((state) => state.presence);
  const view = useStore((state) => state.channels[channelId]?.view);
  const { online, offline } = useMemo(() => {
    const all = Object.values(list?.items ?? {}).sort((a, b) =>
      a.user.display_name.localeCompare(b.user.display_name),
    );
    const isOnline = (member: Member) => presence[member.user.id]?.status === "online";
    return { online: all.filter(isOnline), offline: all.filter((member) => !isOnline(member)) };
  }, [list, presence]);
  const canInvite = view !== undefined && view.kind !== "dm" && view.archived_at === null;
  if (trouble) return <Trouble message={trouble} onRetry={retry} />;
  return (
    <div className="min-h-0 flex-1 overflow-y-auto px-2 py-3">
      {canInvite && (
        <Button className="mx-2 mb-3 w-[calc(100%-1rem)]" onClick={() => openDialog("invite")}>
          <UserPlus size={16} aria-hidden="true" /> Add people
        </Button>
      )}
      {online.length + offline.length === 0 && (
        <div className="px-2">
          <Spinner />
        </div>
      )}
      <Group
        title="Online"
        members={online}
        channelId={channelId}
        isOnline
        isOwner={view?.role === "owner"}
      />
      <Group
        title="Offline"
        members={offline}
        channelId={channelId}
        isOnline={false}
        isOwner={view?.role === "owner"}
      />
    </div>
  );
}

type GroupProps = {
  title: string;
  members: Member[];
  channelId: string;
  isOnline: boolean;
  isOwner: boolean;
};

function Group({ title, members, channelId, isOnline, isOwner }: GroupProps) {
  if (members.length === 0) return null;
  return (
    <section className="mb-4">
      <h3 className="px-2.5 pb-1 text-soft text-xs font-semibold">
        {title} <span className="font-normal tabular-nums">{members.length}</span>
      </h3>
      <ul>
        {members.map((member) => (
          <MemberItem
            key={member.user.id}
            member={member}
            channelId={channelId}
            isOnline={isOnline}
            isOwner={isOwner}
          />
        ))}
      </ul>
    </section>
  );
}

type ItemProps = { member: Member; channelId: string; isOnline: boolean; isOwner: boolean };

function MemberItem({ member, channelId, isOnline, isOwner }: ItemProps) {
  const user = useUser(member.user.id) ?? member.user;
  const isMe = useStore((state) => state.me?.id === user.id);
  const fail = (error: unknown) => toast(sentence(error), true);
  return (
    <li className="group flex items-center rounded-lg hover:bg-hover [&_.ring-side]:ring-page">
      <button
        type="button"
        aria-label={`Profile of ${user.display_name}`}
        aria-haspopup="dialog"
        title="Show profile"
        onClick={(event) => openCard(user.id, event.currentTarget)}
        className="flex min-h-11 shrink-0 items-center rounded-lg px-2.5"
      >
        <Avatar user={user} size="sm" isOnline={isOnline} />
      </button>
      <button
        type="button"
        aria-label={
          isMe
            ? `${user.display_name}, you`
            : `Message ${user.display_name}, ${isOnline ? "online" : "offline"}`
        }
        onClick={(event) =>
          isMe ? openCard(user.id, event.currentTarget) : void openDm(user.id).catch(fail)
        }
        className="min-h-11 min-w-0 flex-1 rounded-lg pr-2.5 text-left leading-tight"
      >
        <span className={cn("block truncate text-sm", !isOnline && "text-soft")}>
          {user.display_name} {isMe && <span className="text-soft">(you)</span>}
        </span>
        <span className="block truncate text-soft text-xs">
          @{user.username}
          {member.role === "owner" && " · owner"}
        </span>
      </button>
      {isOwner && !isMe && (
        <IconButton
          label={`Remove ${user.display_name}`}
          className="mr-1 opacity-0 focus-visible:opacity-100 group-hover:opacity-100 max-md:opacity-100"
          onClick={() => askToRemove(channelId, user)}
        >
          <UserMinus size={16} aria-hidden="true" />
        </IconButton>
      )}
    </li>
  );
}

function askToRemove(channelId: string, { id, display_name }: User): void {
  confirmFirst({
    title: `Remove ${display_name}?`,
    text: "They get no more of what is written here, unless they join again or somebody adds them.",
    action: "Remove",
    run: () => removeMember(channelId, id),
  });
}

/** Kept up by events while it is shown, and read anew once it is forgotten, as after a reset. */
function useLoadedMembers(channel_id: string): { trouble: string | null; retry: () => void } {
  const [trouble, setTrouble] = useState<string | null>(null);
  const isKept = useStore((state) => state.members[channel_id] !== undefined);
  const latest = useRef(0);
  const load = useCallback(async () => {
    latest.current += 1;
    const run = latest.current;
    setTrouble(null);
    change((state) => openMembers(state, channel_id));
    try {
      let after: string | null = null;
      do {
        const query: { limit: number; after?: string } = { limit: 100, ...(after !== null && { after }) };
        const page = await ask(
          api.GET("/v1/channels/{channel_id}/members", { params: { path: { channel_id }, query } }),
        );
        if (run !== latest.current) return;
        change((state) => addMembers(state, channel_id, page));
        after = page.next;
      } while (after !== null);
    } catch (error) {
      if (run === latest.current) setTrouble(sentence(error));
    }
  }, [channel_id]);
  useEffect(() => {
    if (!isKept) void load();
  }, [isKept, load]);
  useEffect(
    () => () => {
      latest.current += 1;
      change((state) => closeMembers(state, channel_id));
    },
    [channel_id],
  );
  return { trouble, retry: load };
}
