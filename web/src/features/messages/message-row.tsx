import { MessageSquareText, MoreHorizontal } from "lucide-react";
import { memo } from "react";
import type { Message } from "@/api/types";
import { fullTimeOf } from "@/lib/time";
import { useIsOnline, useUser } from "@/people/use-user";
import { Avatar } from "@/ui/avatar";
import { IconButton } from "@/ui/button";
import { cn } from "@/ui/cn";
import { go, threadPath } from "@/view/paths";
import { openCard, startEditing, useView } from "@/view/view";
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
    <div className={cn("relative flex gap-2.5", isOwn && "flex-row-reverse")}>
      {!isOwn && <div className="w-9 shrink-0">{startsGroup && <Sender message={message} />}</div>}
      {isNear && !startsGroup && !isEditing && (
        <span className={cn("absolute top-2 left-0 leading-none", shownNear, !isOwn && "-ml-3.5")}>
          <MessageTime at={message.created_at} />
        </span>
      )}
      <div
        className={cn(
          "flex min-w-0 max-w-[min(78%,42rem)] flex-col",
          isOwn ? "items-end" : "items-start",
          isEditing && "w-full",
        )}
      >
        {startsGroup && (
          <p className="mb-0.5 flex max-w-full items-baseline gap-2 px-0.5 text-[13px]">
            {!isOwn && (
              <button
                type="button"
                tabIndex={-1}
                aria-haspopup="dialog"
                className="min-w-0 truncate rounded font-semibold hover:underline"
                onClick={(event) => openCard(message.sender_id, event.currentTarget)}
              >
                {sender?.display_name ?? "…"}
              </button>
            )}
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
          {isNear && !isEditing && !isDeleted && (
            <Actions message={message} isInThread={isInThread} isOwn={isOwn} />
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

/** The face opens the same card as the name beside it: one of them is enough for a screen reader. */
function Sender({ message }: { message: Message }) {
  const sender = useUser(message.sender_id);
  const isOnline = useIsOnline(message.sender_id);
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-hidden="true"
      className="mt-0.5 block rounded-[10px] [&_.ring-side]:ring-page"
      onClick={(event) => openCard(message.sender_id, event.currentTarget)}
    >
      <Avatar user={sender} isOnline={isOnline || undefined} />
    </button>
  );
}

function Text({ message, isEditing }: { message: Message; isEditing: boolean }) {
  if (isEditing) return <EditBox message={message} />;
  if (message.deleted_at !== null) return <p className="text-soft italic">This message was deleted</p>;
  return (
    <>
      <MessageBody text={message.text} />
      {message.edited_at !== null && (
        <span className="ml-1 text-soft text-xs" title={`Edited ${fullTimeOf(message.edited_at)}`}>
          (edited)
        </span>
      )}
    </>
  );
}

type ActionsProps = { message: Message; isInThread: boolean; isOwn: boolean };

/** For the mouse; a keyboard has the menu, a finger the long press. It floats beside the message, and so moves nothing. */
function Actions({ message, isInThread, isOwn }: ActionsProps) {
  return (
    <span className={cn("absolute top-0.5 flex", shownNear, isOwn ? "right-full mr-1" : "left-full ml-1")}>
      {!isInThread && (
        <IconButton
          label="Reply in thread"
          size="sm"
          tabIndex={-1}
          onClick={() => go(threadPath(message.channel_id, message.id))}
        >
          <MessageSquareText size={16} aria-hidden="true" />
        </IconButton>
      )}
      <IconButton
        label="More actions"
        size="sm"
        tabIndex={-1}
        onClick={(event) => openMenuAt(event.currentTarget)}
      >
        <MoreHorizontal size={16} aria-hidden="true" />
      </IconButton>
    </span>
  );
}

const shownNear =
  "whitespace-nowrap opacity-0 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100 max-md:hidden";

function openMenuAt(element: HTMLElement): void {
  const { left, bottom } = element.getBoundingClientRect();
  element.dispatchEvent(
    new MouseEvent("contextmenu", { bubbles: true, cancelable: true, clientX: left, clientY: bottom }),
  );
}
