import { Copy, Link, MessageSquareText, Pencil, Trash2 } from "lucide-react";
import { ContextMenu } from "radix-ui";
import type { ReactNode } from "react";
import { sentence } from "@/api/problem";
import type { Message } from "@/api/types";
import { current, useStore } from "@/cache/store";
import { cn } from "@/ui/cn";
import { go, messagePath, threadPath } from "@/view/paths";
import { startEditing, toast } from "@/view/view";
import { deleteMessage } from "./edit-message";

type Props = {
  messageId: string | null;
  isInThread: boolean;
  onOpen: (messageId: string) => void;
  children: ReactNode;
};

/** One menu for the whole list: right click, Shift+F10, the menu key or a long press on a message. */
export function MessageMenu({ messageId, isInThread, onOpen, children }: Props) {
  const message = useStore((state) => (messageId === null ? undefined : state.messages[messageId]));
  return (
    <ContextMenu.Root modal={false}>
      <ContextMenu.Trigger
        asChild
        onContextMenu={(event) => {
          const id = messageAt(event.target);
          if (id === null) event.preventDefault();
          else onOpen(id);
        }}
      >
        {children}
      </ContextMenu.Trigger>
      <ContextMenu.Portal>
        <ContextMenu.Content
          collisionPadding={8}
          className="pop-in z-50 min-w-48 rounded-xl border border-line bg-raised p-1 text-ink shadow-pop"
        >
          {message && <Items message={message} isInThread={isInThread} />}
        </ContextMenu.Content>
      </ContextMenu.Portal>
    </ContextMenu.Root>
  );
}

/** The message under an event, if it stands for one that may have a menu. */
function messageAt(target: EventTarget): string | null {
  const row = target instanceof Element ? target.closest<HTMLElement>("[data-message-id]") : null;
  const id = row?.dataset.messageId;
  const message = id === undefined ? undefined : current().messages[id];
  return message && message.deleted_at === null ? message.id : null;
}

function Items({ message, isInThread }: { message: Message; isInThread: boolean }) {
  const isOwn = useStore((state) => state.me?.id === message.sender_id);
  const link = new URL(messagePath(message.channel_id, message.id), location.origin).href;
  return (
    <>
      {!isInThread && message.parent_id === null && (
        <Item
          icon={<MessageSquareText size={16} />}
          onSelect={() => go(threadPath(message.channel_id, message.id))}
        >
          Reply in thread
        </Item>
      )}
      {isOwn && (
        <Item icon={<Pencil size={16} />} onSelect={() => setTimeout(() => startEditing(message.id))}>
          Edit
        </Item>
      )}
      <Item icon={<Copy size={16} />} onSelect={() => void copy(message.text, "Text copied")}>
        Copy text
      </Item>
      <Item icon={<Link size={16} />} onSelect={() => void copy(link, "Link copied")}>
        Copy link
      </Item>
      {isOwn && (
        <>
          <ContextMenu.Separator className="my-1 h-px bg-line" />
          <Item icon={<Trash2 size={16} />} isDanger onSelect={() => void remove(message.id)}>
            Delete
          </Item>
        </>
      )}
    </>
  );
}

type ItemProps = { icon: ReactNode; isDanger?: boolean; onSelect: () => void; children: string };

function Item({ icon, isDanger, onSelect, children }: ItemProps) {
  return (
    <ContextMenu.Item
      onSelect={onSelect}
      className={cn(
        "flex min-h-9 cursor-default items-center gap-2.5 rounded-lg px-2.5 outline-none data-highlighted:bg-hover max-md:min-h-11",
        isDanger && "text-signal-text",
      )}
    >
      <span aria-hidden="true" className="opacity-80">
        {icon}
      </span>
      {children}
    </ContextMenu.Item>
  );
}

async function copy(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(done);
  } catch {
    toast("This browser does not let the page copy. Over plain http it never does.", true);
  }
}

async function remove(messageId: string): Promise<void> {
  await deleteMessage(messageId).catch((error: unknown) => toast(`Not deleted. ${sentence(error)}`, true));
}
