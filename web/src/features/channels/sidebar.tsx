import { Compass, MessageSquarePlus, Plus, Search, Settings } from "lucide-react";
import type { ReactNode } from "react";
import { useStore } from "@/cache/store";
import { plural } from "@/lib/text";
import { useMe } from "@/people/use-user";
import { Avatar } from "@/ui/avatar";
import { IconButton } from "@/ui/button";
import { Mark } from "@/ui/mark";
import { Spinner } from "@/ui/states";
import { openDialog } from "@/view/view";
import { useSections } from "./channel-list";
import { ConnectionLine } from "./connection-line";
import { SidebarItem } from "./sidebar-item";
import { SoundToggle } from "./sound-toggle";

/** The list of places to talk. */
export function Sidebar({ activeId }: { activeId: string | null }) {
  const { channels, dms } = useSections();
  const isReady = useStore((state) => state.is_ready);
  return (
    <nav aria-label="Channels" data-region className="flex h-full flex-col border-line border-r bg-side">
      <header className="flex items-center gap-2.5 px-4 pt-3.5 pb-2">
        <Mark className="size-8 shrink-0" />
        <div className="min-w-0 flex-1 leading-tight">
          <p className="font-semibold tracking-tight">Hubbub</p>
          <OnlineCount />
        </div>
        <IconButton label="Find a channel or person (Ctrl+K)" onClick={() => openDialog("switcher")}>
          <Search size={17} aria-hidden="true" />
        </IconButton>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto pb-4">
        {/* The sections come with what is in them, so that none is pushed down by another. */}
        {isReady ? (
          <>
            <Section
              title="Channels"
              actions={
                <>
                  <IconButton label="Browse channels" size="sm" onClick={() => openDialog("browse")}>
                    <Compass size={16} aria-hidden="true" />
                  </IconButton>
                  <IconButton label="Create a channel" size="sm" onClick={() => openDialog("create")}>
                    <Plus size={17} aria-hidden="true" />
                  </IconButton>
                </>
              }
            >
              {channels.map((channel) => (
                <SidebarItem key={channel.id} channel={channel} isActive={channel.id === activeId} />
              ))}
            </Section>
            <Section
              title="Direct Messages"
              actions={
                <IconButton label="Start a direct message" size="sm" onClick={() => openDialog("people")}>
                  <MessageSquarePlus size={16} aria-hidden="true" />
                </IconButton>
              }
            >
              {dms.map((dm) => (
                <SidebarItem key={dm.id} channel={dm} isActive={dm.id === activeId} />
              ))}
              {dms.length === 0 && (
                <li className="px-5 py-1 text-soft text-sm">Click on a name to talk to one person.</li>
              )}
            </Section>
          </>
        ) : (
          <div className="px-4 py-3">
            <Spinner />
          </div>
        )}
      </div>
      <Footer />
    </nav>
  );
}

function Section({ title, actions, children }: { title: string; actions: ReactNode; children: ReactNode }) {
  return (
    <section className="mt-3">
      <div className="flex items-center justify-between pr-2.5 pl-4.5">
        <h2 className="text-soft text-xs font-semibold">{title}</h2>
        <div className="flex">{actions}</div>
      </div>
      <ul className="mt-0.5 space-y-px">{children}</ul>
    </section>
  );
}

function OnlineCount() {
  const count = useStore(
    (state) => Object.values(state.presence).filter((held) => held.status === "online").length,
  );
  return (
    <p className="flex items-center gap-1.5 text-soft text-xs" data-online-count>
      <span className="size-1.5 rounded-full bg-online" aria-hidden="true" />
      {plural(count, "member", "members")} online
    </p>
  );
}

function Footer() {
  const me = useMe();
  return (
    <footer className="border-line border-t px-2 pt-2 pb-2">
      <ConnectionLine />
      <div className="flex items-center gap-1">
        <button
          type="button"
          onClick={() => openDialog("settings")}
          aria-label="Profile and settings"
          className="flex min-w-0 flex-1 items-center gap-2.5 rounded-lg px-2 py-1.5 text-left hover:bg-hover"
        >
          <Avatar user={me ?? undefined} size="sm" />
          <span className="min-w-0 flex-1 truncate font-medium text-sm">{me?.display_name}</span>
        </button>
        <SoundToggle />
        <IconButton label="Settings" onClick={() => openDialog("settings")}>
          <Settings size={17} aria-hidden="true" />
        </IconButton>
      </div>
    </footer>
  );
}
