import { Command, defaultFilter } from "cmdk";
import { useEffect, useMemo, useRef, useState } from "react";
import { api, ask } from "@/api/client";
import { sentence } from "@/api/problem";
import type { ChannelView, UserWithPresence } from "@/api/types";
import { current } from "@/cache/store";
import { openDm } from "@/people/channel-actions";
import { peerIdOf, titleOf } from "@/people/channel-title";
import { Avatar } from "@/ui/avatar";
import { Dialog } from "@/ui/dialog";
import { useSearch } from "@/ui/use-search";
import { channelPath, go } from "@/view/paths";
import { closeDialog, toast } from "@/view/view";

const search = async (query: string): Promise<UserWithPresence[]> =>
  query === "" ? [] : (await ask(api.GET("/v1/users", { params: { query: { query, limit: 20 } } }))).items;

/** Ctrl+K: unread first, then the last spoken in; and any person by name. */
export function SwitcherDialog() {
  const [query, setQuery] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const places = useMemo(recentPlaces, []);
  const { items: people } = useSearch(query, search);
  const me = current().me?.id;
  const known = new Set(places.map((place) => place.peer_id));
  useEffect(() => input.current?.focus(), []);

  const open = (id: string) => {
    closeDialog();
    go(channelPath(id));
  };
  const message = async (id: string) => {
    closeDialog();
    await openDm(id).catch((error: unknown) => toast(sentence(error), true));
  };

  return (
    <Dialog title="Go to" onClose={closeDialog}>
      <Command label="Channels and people" loop filter={byName}>
        <Command.Input
          ref={input}
          data-autofocus
          value={query}
          onValueChange={setQuery}
          placeholder="Channel or person"
          className="w-full rounded-lg border border-line-strong bg-raised px-3 py-2 focus:outline-2 focus:outline-accent"
        />
        <Command.List className="mt-2 max-h-80 overflow-y-auto" label="Results">
          <Command.Empty className="px-3 py-6 text-center text-soft text-sm">
            Nothing of that name.
          </Command.Empty>
          {places.map((place) => (
            <Command.Item
              key={place.id}
              value={`${place.title} ${place.id}`}
              keywords={[place.title]}
              onSelect={() => open(place.id)}
              className={row}
            >
              <span className="w-5 text-center text-soft" aria-hidden="true">
                {place.is_dm ? "@" : "#"}
              </span>
              <span className="flex-1 truncate">{place.title}</span>
              {place.unread > 0 && (
                <span className="rounded-full bg-accent px-1.5 text-on-accent text-xs tabular-nums">
                  {place.unread}
                </span>
              )}
            </Command.Item>
          ))}
          {people
            .filter((user) => user.id !== me && !known.has(user.id))
            .map((user) => (
              <Command.Item
                key={user.id}
                value={`${user.display_name} ${user.id}`}
                keywords={[user.display_name, user.username, query]}
                onSelect={() => void message(user.id)}
                className={row}
              >
                <Avatar user={user} size="xs" />
                <span className="flex-1 truncate">{user.display_name}</span>
                <span className="text-soft text-xs">@{user.username}</span>
              </Command.Item>
            ))}
        </Command.List>
      </Command>
    </Dialog>
  );
}

/** The values are made unique by ids, which nobody types. */
const byName = (_value: string, query: string, names: string[] = []): number =>
  defaultFilter(names.join(" "), query);

const row =
  "flex min-h-10 cursor-default items-center gap-2.5 rounded-lg px-2.5 data-[selected=true]:bg-active";

function recentPlaces() {
  const { channels, users, me } = current();
  const byUse = (a: ChannelView, b: ChannelView) =>
    Number((b.unread_count ?? 0) > 0) - Number((a.unread_count ?? 0) > 0) ||
    (b.last_message_at ?? "").localeCompare(a.last_message_at ?? "");
  return Object.values(channels)
    .map((entry) => entry.view)
    .sort(byUse)
    .map((view) => {
      const peer_id = peerIdOf(view, me?.id);
      const title = titleOf(view, peer_id === undefined ? undefined : users[peer_id]);
      return { id: view.id, title, is_dm: view.kind === "dm", unread: view.unread_count ?? 0, peer_id };
    });
}
