import { Check, UserPlus } from "lucide-react";
import { type ReactNode, useState } from "react";
import { api, ask } from "@/api/client";
import { sentence } from "@/api/problem";
import type { UserWithPresence } from "@/api/types";
import { current, useStore } from "@/cache/store";
import { addMember, openDm } from "@/people/channel-actions";
import { Avatar } from "@/ui/avatar";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { SearchList } from "@/ui/search-list";
import { Empty } from "@/ui/states";
import { closeDialog, toast } from "@/view/view";

async function searchOthers(query: string): Promise<UserWithPresence[]> {
  const params = { query: { limit: 50, ...(query && { query }) } };
  const { items } = await ask(api.GET("/v1/users", { params }));
  return items.filter((user) => user.id !== current().me?.id);
}

export function PeopleDialog() {
  const open = async (user: UserWithPresence) => {
    try {
      await openDm(user.id);
      closeDialog();
    } catch (error) {
      toast(sentence(error), true);
    }
  };
  return (
    <Dialog title="Start a direct message" onClose={closeDialog}>
      <PeopleSearch>
        {(user) => (
          <Button onClick={() => void open(user)} aria-label={`Message ${user.display_name}`}>
            Message
          </Button>
        )}
      </PeopleSearch>
    </Dialog>
  );
}

export function InviteDialog({ channelId }: { channelId: string }) {
  const name = useStore((state) => state.channels[channelId]?.channel.name);
  const members = useStore((state) => state.members[channelId]?.items);
  return (
    <Dialog title={`Add people to #${name ?? ""}`} onClose={closeDialog}>
      <PeopleSearch>
        {(user) => (
          <InviteButton channelId={channelId} user={user} isMember={members?.[user.id] !== undefined} />
        )}
      </PeopleSearch>
    </Dialog>
  );
}

function InviteButton({
  channelId,
  user,
  isMember,
}: {
  channelId: string;
  user: UserWithPresence;
  isMember: boolean;
}) {
  const [isAdded, setIsAdded] = useState(false);
  if (isMember || isAdded) {
    return (
      <span className="inline-flex items-center gap-1.5 px-2 text-soft text-sm">
        <Check size={16} aria-hidden="true" /> Member
      </span>
    );
  }
  const add = async () => {
    try {
      await addMember(channelId, user.id);
      setIsAdded(true);
    } catch (error) {
      toast(sentence(error), true);
    }
  };
  return (
    <Button onClick={() => void add()} aria-label={`Add ${user.display_name}`}>
      <UserPlus size={16} aria-hidden="true" /> Add
    </Button>
  );
}

function PeopleSearch({ children }: { children: (user: UserWithPresence) => ReactNode }) {
  return (
    <SearchList
      label="Search people"
      placeholder="Name"
      search={searchOthers}
      trouble="People could not be loaded."
      empty={<Empty title="Nobody of that name" />}
    >
      {(user) => (
        <li key={user.id} className="flex items-center gap-3 py-1.5">
          <Avatar user={user} size="sm" />
          <div className="min-w-0 flex-1 leading-tight">
            <p className="truncate font-medium">{user.display_name}</p>
            <p className="truncate text-soft text-xs">@{user.username}</p>
          </div>
          {children(user)}
        </li>
      )}
    </SearchList>
  );
}
