import { X } from "lucide-react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { api, ask } from "@/api/client";
import { sentence } from "@/api/problem";
import { change, useStore } from "@/cache/store";
import { putMessages, resetTimeline } from "@/cache/timelines";
import { Composer } from "@/features/composer/composer";
import { MessageList } from "@/features/messages/message-list";
import { MessageRow } from "@/features/messages/message-row";
import { TypingLine } from "@/features/typing/typing-line";
import { plural } from "@/lib/text";
import { closeThread, openThread, useConnection } from "@/realtime/live";
import { IconButton } from "@/ui/button";
import { Empty, Spinner, Trouble } from "@/ui/states";
import { channelPath, go } from "@/view/paths";

const nothing = () => {};

/** A thread beside its channel: the root, its replies, a composer of its own. */
export function ThreadPane({ channelId, rootId }: { channelId: string; rootId: string }) {
  const root = useStore((state) => state.messages[rootId]);
  const me = useStore((state) => state.me?.id);
  const isWritable = useStore((state) => state.channels[channelId]?.channel.archived_at === null);
  const place = useMemo(() => ({ channel_id: channelId, root_id: rootId }), [channelId, rootId]);
  const { isOpen, trouble, retry } = useOpenThread(rootId);
  const close = useCallback(() => go(channelPath(channelId)), [channelId]);

  return (
    <aside
      aria-label="Thread"
      data-region
      className="flex w-full min-w-0 shrink-0 flex-col border-line bg-page lg:w-[min(400px,40%)] lg:border-l"
    >
      <header className="flex min-h-14 shrink-0 items-center gap-2 border-line border-b px-4">
        <h2 className="flex-1 font-semibold">Thread</h2>
        <IconButton label="Close thread" onClick={close} className="-mr-2">
          <X size={18} aria-hidden="true" />
        </IconButton>
      </header>
      {trouble && <Trouble message={trouble} onRetry={retry} />}
      {!root && !trouble && (
        <div className="m-auto">
          <Spinner />
        </div>
      )}
      {root && (
        <>
          <div className="max-h-[35%] shrink-0 overflow-y-auto px-4 pt-3 max-md:px-3" data-thread-root>
            <MessageRow message={root} nextInGroup={null} startsGroup isOwn={false} isInThread />
            <p className="mt-3 flex items-center gap-3 text-soft text-xs font-medium">
              {plural(root.reply_count, "reply", "replies")} <span className="h-px flex-1 bg-line" />
            </p>
          </div>
          {isOpen ? (
            <MessageList
              place={place}
              label="Replies"
              start={null}
              empty={<Empty title="No replies yet" />}
              target={null}
              newAfter={null}
              onAtEnd={nothing}
            />
          ) : (
            <div className="flex-1" />
          )}
          <TypingLine placeKey={rootId} />
          <div className="pb-3">
            {isWritable && root.deleted_at === null && me ? (
              <Composer place={place} label="Reply in thread" isMain={false} />
            ) : (
              <p className="px-4 text-center text-soft text-sm">Nothing can be added to this thread.</p>
            )}
          </div>
        </>
      )}
    </aside>
  );
}

/** Opened on the stream first and loaded then, so that no reply falls between. */
function useOpenThread(rootId: string): { isOpen: boolean; trouble: string | null; retry: () => void } {
  const [isOpen, setIsOpen] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  const isLive = useConnection((status) => status.phase === "live");
  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` is what a retry changes.
  useEffect(() => {
    if (!isLive || isOpen) return;
    let isCurrent = true;
    setTrouble(null);
    const open = async () => {
      await openThread(rootId);
      const root = await ask(
        api.GET("/v1/messages/{message_id}", { params: { path: { message_id: rootId } } }),
      );
      if (!isCurrent) return;
      // Replies that came while it was closed are not here: it is read anew.
      change((state) => resetTimeline(putMessages(state, [root]), rootId));
      setIsOpen(true);
    };
    open().catch((error: unknown) => isCurrent && setTrouble(sentence(error)));
    return () => {
      isCurrent = false;
    };
  }, [rootId, isLive, attempt]);
  useEffect(() => () => closeThread(rootId), [rootId]);
  return { isOpen, trouble, retry: () => setAttempt((count) => count + 1) };
}
