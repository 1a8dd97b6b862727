import { Check, UserPlus } from "lucide-react";
import { type ReactNode, useState } from "react";
import { api, ask } from "@/api/client";
import { sentence } from "@/api/problem";
import type { UserWithPresence } from "@/api/types";
import { useStore } from "@/cache/store";
import { addMember, openDm } from "@/people/channel-actions";
import { Avatar } from "@/ui/avatar";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field } from "@/ui/field";
import { Empty, Spinner, Trouble } from "@/ui/states";
import { useSearch } from "@/ui/use-search";
import { closeDialog, toast } from "@/view/view";

const search = async (query: string): Promise<UserWithPresence[]> =>
  (await ask(api.GET("/v1/users", { params: { query: { limit: 50, ...(query && { query }) } } }))).items;

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
  const me = useStore((state) => state.me?.id);
  const [query, setQuery] = useState("");
  const [attempt, setAttempt] = useState(0);
  const { items, is_loading, has_failed } = useSearch(query, search, attempt);
  const others = items.filter((user) => user.id !== me);
  return (
    <>
      <Field
        label="Search people"
        value={query}
        onChange={(event) => setQuery(event.target.value)}
        placeholder="Name"
        autoComplete="off"
        data-autofocus
      />
      <div className="mt-3 min-h-56">
        {is_loading && <Spinner />}
        {has_failed && (
          <Trouble message="People could not be loaded." onRetry={() => setAttempt(attempt + 1)} />
        )}
        {!is_loading && !has_failed && others.length === 0 && <Empty title="Nobody of that name" />}
        <ul>
          {others.map((user) => (
            <li key={user.id} className="flex items-center gap-3 py-1.5">
              <Avatar user={user} size="sm" />
              <div className="min-w-0 flex-1 leading-tight">
                <p className="truncate font-medium">{user.display_name}</p>
                <p className="truncate text-soft text-xs">@{user.username}</p>
              </div>
              {children(user)}
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}
