import { MessageSquareText, MoreHorizontal } from "lucide-react";
import { memo } from "react";
import type { Message } from "@/api/types";
import { fullTimeOf } from "@/lib/time";
import { useIsOnline, useUser } from "@/people/use-user";
import { Avatar } from "@/ui/avatar";
import { IconButton } from "@/ui/button";
import { cn } from "@/ui/cn";
import { go, threadPath } from "@/view/paths";
import { startEditing, useView } from "@/view/view";
import { EditBox } from "./edit-box";
import { MessageBody } from "./message-body";
import { MessageTime } from "./message-time";
import { Receipts } from "./receipts";
import { ThreadSummary } from "./thread-summary";

type Props = {
  message: Message;
  nextInGroup: Message | null;
  startsGroup: boolean;
  isOwn: boolean;
  isInThread: boolean;
  /** Whether a pointer or the focus has come here, for whom more is drawn. */
  isNear?: boolean;
};

/** One message: others' on the left with a face, one's own on the right on a background of its own. */
export const MessageRow = memo(function MessageRow({
  message,
  nextInGroup,
  startsGroup,
  isOwn,
  isInThread,
  isNear = false,
}: Props) {
  const sender = useUser(message.sender_id);
  const isEditing = useView((view) => view.editing === message.id);
  const isDeleted = message.deleted_at !== null;
  const canEdit = isOwn && !isDeleted;
  return (
    <div className={cn("flex gap-2.5", isOwn && "flex-row-reverse")}>
      {!isOwn && <div className="w-9 shrink-0">{startsGroup && <Sender message={message} />}</div>}
      <div
        className={cn(
          "flex min-w-0 max-w-[min(78%,42rem)] flex-col",
          isOwn ? "items-end" : "items-start",
          isEditing && "w-full",
        )}
      >
        {startsGroup && (
          <p className="mb-0.5 flex items-baseline gap-2 px-0.5 text-[13px]">
            {!isOwn && <span className="truncate font-semibold">{sender?.display_name ?? "…"}</span>}
            <MessageTime at={message.created_at} />
          </p>
        )}
        <div className={cn("relative flex max-w-full", isEditing && "w-full")}>
          {/* biome-ignore lint/a11y/noStaticElementInteractions: a shortcut for the mouse; the menu has "Edit" for everyone. */}
          <div
            className={cn(
              "min-w-0 rounded-2xl px-3 py-1.5",
              isOwn ? "rounded-tr-md bg-own" : "rounded-tl-md bg-bubble",
              isDeleted && "border border-line bg-transparent",
              isEditing && "w-full",
            )}
            onDoubleClick={() => canEdit && startEditing(message.id)}
          >
            <Text message={message} isEditing={isEditing && canEdit} />
          </div>
          {isNear && !isEditing && !(isDeleted && startsGroup) && (
            <Actions message={message} isInThread={isInThread} isOwn={isOwn} hasTime={!startsGroup} />
          )}
        </div>
        {!isInThread && message.reply_count > 0 && <ThreadSummary message={message} />}
        {isOwn && !isDeleted && (
          <div className="mt-0.5 empty:hidden">
            <Receipts message={message} nextInGroup={nextInGroup} />
          </div>
        )}
      </div>
    </div>
  );
});

function Sender({ message }: { message: Message }) {
  const sender = useUser(message.sender_id);
  const isOnline = useIsOnline(message.sender_id);
  return (
    <span className="mt-0.5 block [&_.ring-side]:ring-page">
      <Avatar user={sender} isOnline={isOnline || undefined} />
    </span>
  );
}

function Text({ message, isEditing }: { message: Message; isEditing: boolean }) {
  if (isEditing) return <EditBox message={message} />;
  if (message.deleted_at !== null) return <p className="text-soft italic">This message was deleted</p>;
  return (
    <>
      <MessageBody text={message.text} />
      {message.edited_at !== null && (
        <span className="text-soft text-xs" title={`Edited ${fullTimeOf(message.edited_at)}`}>
          (edited)
        </span>
      )}
    </>
  );
}

type ActionsProps = { message: Message; isInThread: boolean; isOwn: boolean; hasTime: boolean };

/** For the mouse; a keyboard has the menu, a finger the long press. It floats over the message's corner, and so moves nothing. */
function Actions({ message, isInThread, isOwn, hasTime }: ActionsProps) {
  const canAct = message.deleted_at === null;
  return (
    <span
      className={cn(
        "-top-5 pointer-events-none absolute flex min-w-full px-1 opacity-0 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100 max-md:hidden",
        isOwn ? "right-0" : "left-0 justify-end",
      )}
    >
      <span className="pointer-events-auto flex items-center rounded-lg border border-line bg-raised p-px shadow-sm">
        {hasTime && (
          <span className="whitespace-nowrap px-1.5">
            <MessageTime at={message.created_at} />
          </span>
        )}
        {!isInThread && canAct && (
          <IconButton
            label="Reply in thread"
            size="sm"
            tabIndex={-1}
            onClick={() => go(threadPath(message.channel_id, message.id))}
          >
            <MessageSquareText size={15} aria-hidden="true" />
          </IconButton>
        )}
        {canAct && (
          <IconButton
            label="More actions"
            size="sm"
            tabIndex={-1}
            onClick={(event) => openMenuAt(event.currentTarget)}
          >
            <MoreHorizontal size={15} aria-hidden="true" />
          </IconButton>
        )}
      </span>
    </span>
  );
}

function openMenuAt(element: HTMLElement): void {
  const { left, bottom } = element.getBoundingClientRect();
  element.dispatchEvent(
    new MouseEvent("contextmenu", { bubbles: true, cancelable: true, clientX: left, clientY: bottom }),
  );
}
