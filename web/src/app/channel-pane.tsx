import { ArrowLeft, LogIn, Settings2, Users } from "lucide-react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { api, ask } from "@/api/client";
import { sentence } from "@/api/problem";
import type { ChannelView } from "@/api/types";
import { change, useStore } from "@/cache/store";
import { trimTimeline } from "@/cache/timelines";
import { KindIcon } from "@/features/channels/sidebar-item";
import { useReading } from "@/features/channels/use-reading";
import { Composer } from "@/features/composer/composer";
import { MessageList } from "@/features/messages/message-list";
import type { NewAfter } from "@/features/messages/rows";
import { TypingLine } from "@/features/typing/typing-line";
import { plural } from "@/lib/text";
import { joinChannel } from "@/people/channel-actions";
import { useChannelTitle } from "@/people/channel-title";
import { useIsOnline } from "@/people/use-user";
import { Avatar } from "@/ui/avatar";
import { Button, IconButton } from "@/ui/button";
import { Empty, Spinner } from "@/ui/states";
import { go, membersPath } from "@/view/paths";
import { openCard, openDialog, toast } from "@/view/view";
import { useMarks } from "./use-marks";

/** How many messages a channel keeps while another one is open. */
const KEPT = 150;

/** One channel: its head, its messages, and where one writes. */
export function ChannelPane({ channelId, target }: { channelId: string; target: string | null }) {
  const mine = useStore((state) => state.channels[channelId]?.view);
  const seen = useVisited(channelId, mine !== undefined);
  const channel = mine ?? seen.channel;
  if (!channel) {
    return (
      <div className="m-auto">
        {seen.isMissing ? (
          <Empty title="There is no such channel">
            It does not exist, or it is not yours to see. <BackHome />
          </Empty>
        ) : (
          <Spinner />
        )}
      </div>
    );
  }
  return <OpenChannel channel={channel} isMember={mine !== undefined} target={target} />;
}

function OpenChannel({
  channel,
  isMember,
  target,
}: {
  channel: ChannelView;
  isMember: boolean;
  target: string | null;
}) {
  const { id } = channel;
  const { title, peer } = useChannelTitle(channel);
  const isOnline = useIsOnline(peer?.id);
  const place = useMemo(() => ({ channel_id: id, root_id: null }), [id]);
  const [isAtEnd, setIsAtEnd] = useState(false);
  // Where the reader stood on coming in: the line stays there until they leave.
  const [newAfter] = useState<NewAfter | null>(() =>
    (channel.unread_count ?? 0) > 0
      ? { seq: channel.last_read_seq ?? 0, message_id: channel.last_read_message_id ?? null }
      : null,
  );
  useReading(id, isAtEnd && isMember);
  useMarks(id, isMember);
  useEffect(() => () => change((state) => trimTimeline(state, id, KEPT)), [id]);
  const onAtEnd = useCallback((next: boolean) => setIsAtEnd(next), []);
  const isDm = channel.kind === "dm";
  const name = isDm ? title : `#${title}`;

  return (
    <section aria-label={name} className="flex min-w-0 flex-1 flex-col" data-pane={id}>
      <header className="flex min-h-14 shrink-0 items-center gap-2 border-line border-b px-4 max-md:px-1.5">
        <IconButton label="Back to channels" className="md:hidden" onClick={() => go("/")}>
          <ArrowLeft size={20} aria-hidden="true" />
        </IconButton>
        <span className="text-soft" aria-hidden="true">
          {isDm ? (
            <Avatar user={peer} size="sm" isOnline={isOnline} />
          ) : (
            <KindIcon channel={channel} size={18} />
          )}
        </span>
        <div className="min-w-0 flex-1 leading-tight max-md:last:pr-3">
          <h2 className="truncate font-semibold">
            {peer ? (
              <button
                type="button"
                aria-haspopup="dialog"
                className="max-w-full truncate rounded hover:underline"
                onClick={(event) => openCard(peer.id, event.currentTarget)}
              >
                {title}
              </button>
            ) : (
              title
            )}
          </h2>
          {(isDm || channel.description !== "") && (
            <p className="truncate text-soft text-xs">
              {isDm ? (isOnline ? "Online" : "Offline") : channel.description}
            </p>
          )}
        </div>
        {!isDm && (
          <button
            type="button"
            onClick={() => go(membersPath(id))}
            aria-label={`${plural(channel.member_count, "member", "members")}, show`}
            className="inline-flex min-h-8 items-center gap-1.5 rounded-lg px-2 text-soft text-sm hover:bg-hover hover:text-ink max-md:min-h-11"
          >
            <Users size={17} aria-hidden="true" />{" "}
            <span className="tabular-nums">{channel.member_count}</span>
          </button>
        )}
        {!isDm && isMember && (
          <IconButton label="Channel settings" onClick={() => openDialog("channel")}>
            <Settings2 size={17} aria-hidden="true" />
          </IconButton>
        )}
      </header>
      <MessageList
        place={place}
        label={`Messages in ${name}`}
        start={<Start name={name} isDm={isDm} />}
        empty={
          <Empty
            title={isDm ? `This is the beginning of your conversation with ${title}` : `Welcome to ${name}`}
          >
            Say the first word.
          </Empty>
        }
        target={target}
        newAfter={newAfter}
        onAtEnd={onAtEnd}
      />
      <TypingLine placeKey={id} />
      <Foot channel={channel} isMember={isMember} name={name} />
    </section>
  );
}

function Foot({ channel, isMember, name }: { channel: ChannelView; isMember: boolean; name: string }) {
  const place = useMemo(() => ({ channel_id: channel.id, root_id: null }), [channel.id]);
  if (channel.archived_at !== null) {
    return (
      <p className="border-line border-t px-4 py-4 text-center text-soft text-sm">
        This channel is archived. It can be read, not written to.
      </p>
    );
  }
  if (!isMember) {
    const join = () => joinChannel(channel.id).catch((error: unknown) => toast(sentence(error), true));
    return (
      <div className="flex items-center justify-center gap-3 border-line border-t px-4 py-3">
        <span className="text-soft text-sm">You are looking at {name}.</span>
        <Button look="primary" onClick={() => void join()}>
          <LogIn size={16} aria-hidden="true" /> Join channel
        </Button>
      </div>
    );
  }
  return (
    <div className="pb-3" data-region>
      <Composer place={place} label={`Message ${name}`} isMain />
    </div>
  );
}

function Start({ name, isDm }: { name: string; isDm: boolean }) {
  return (
    <p className="line-clamp-3 text-soft text-sm [overflow-wrap:anywhere]">
      {isDm ? "The beginning of your conversation with " : "This is the start of "}
      <strong className="text-ink">{name}</strong>
    </p>
  );
}

function BackHome() {
  return (
    <button
      type="button"
      className="font-semibold text-accent-strong hover:underline"
      onClick={() => go("/")}
    >
      Back
    </button>
  );
}

/** A public channel that one looks at without being a member. */
function useVisited(channelId: string, isMine: boolean): { channel: ChannelView | null; isMissing: boolean } {
  const [seen, setSeen] = useState<{ channel: ChannelView | null; isMissing: boolean }>({
    channel: null,
    isMissing: false,
  });
  const isReady = useStore((state) => state.is_ready);
  useEffect(() => {
    if (isMine || !isReady) return;
    ask(api.GET("/v1/channels/{channel_id}", { params: { path: { channel_id: channelId } } }))
      .then((channel) => setSeen({ channel, isMissing: false }))
      .catch(() => setSeen({ channel: null, isMissing: true }));
  }, [channelId, isMine, isReady]);
  return seen;
}
