import { lazy, Suspense, useEffect, useMemo } from "react";
import { useLocation } from "wouter";
import { useStore } from "@/cache/store";
import { ConnectionBanner } from "@/features/channels/connection-banner";
import { Sidebar } from "@/features/channels/sidebar";
import { Announcer } from "@/features/messages/announcer";
import { Toasts } from "@/features/toasts/toasts";
import { cn } from "@/ui/cn";
import { Spinner } from "@/ui/states";
import { channelPath, go, spotOf } from "@/view/paths";
import { useView } from "@/view/view";
import { ChannelPane } from "./channel-pane";
import { lastChannel, rememberChannel } from "./last-channel";
import { MembersPane } from "./members-pane";
import { ThreadPane } from "./thread-pane";
import { useEffects } from "./use-effects";

const loadDialogs = () => import("./dialogs");
const Dialogs = lazy(loadDialogs);

const LOAD_DIALOGS_MS = 1_000;

/** Sidebar, channel and panel side by side; on a phone one of them at a time, by address. */
export function Shell() {
  const [path] = useLocation();
  const spot = useMemo(() => spotOf(path), [path]);
  const isReady = useStore((state) => state.is_ready);
  const channel = useStore((state) =>
    spot.channel_id === null ? undefined : state.channels[spot.channel_id],
  );
  const hasDialog = useView((view) => view.dialog !== null);
  const hasPanel = spot.root_id !== null || spot.shows_members;
  useEffects(spot);

  // Long before the first key asks for one.
  useEffect(() => {
    const timer = setTimeout(loadDialogs, LOAD_DIALOGS_MS);
    return () => clearTimeout(timer);
  }, []);

  useEffect(() => {
    if (spot.channel_id !== null) return rememberChannel(spot.channel_id);
    // A phone starts at its list.
    const last = isReady && matchMedia("(min-width: 768px)").matches ? lastChannel() : null;
    if (last) go(channelPath(last), { replace: true });
  }, [spot.channel_id, isReady]);

  return (
    <main className="flex h-dvh flex-col pt-[env(safe-area-inset-top)] pb-[env(safe-area-inset-bottom)]">
      <h1 className="sr-only">Hubbub</h1>
      <ConnectionBanner />
      <div className="flex min-h-0 flex-1">
        <div className={cn("w-full shrink-0 md:w-[250px]", spot.channel_id !== null && "max-md:hidden")}>
          <Sidebar activeId={spot.channel_id} />
        </div>
        <div className={cn("flex min-w-0 flex-1 bg-page", spot.channel_id === null && "max-md:hidden")}>
          {spot.channel_id !== null && (
            <>
              <div className={cn("flex min-w-0 flex-1", hasPanel && "max-lg:hidden")}>
                {channel || isReady ? (
                  <ChannelPane key={spot.channel_id} channelId={spot.channel_id} target={spot.message_id} />
                ) : (
                  <div className="m-auto">
                    <Spinner />
                  </div>
                )}
              </div>
              {spot.root_id !== null && (
                <ThreadPane key={spot.root_id} channelId={spot.channel_id} rootId={spot.root_id} />
              )}
              {spot.shows_members && <MembersPane key={spot.channel_id} channelId={spot.channel_id} />}
            </>
          )}
        </div>
      </div>
      <Announcer channelId={spot.channel_id} rootId={spot.root_id} />
      <Toasts />
      {hasDialog && (
        <Suspense fallback={null}>
          <Dialogs channelId={spot.channel_id} />
        </Suspense>
      )}
    </main>
  );
}
