import { Copy, Link, MessageSquareText, Pencil, Trash2, UserRound } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { type ReactNode, useState } from "react";
import type { Message } from "@/api/types";
import { useStore } from "@/cache/store";
import { cn } from "@/ui/cn";
import { go, messagePath, threadPath } from "@/view/paths";
import { confirmFirst, openCard, startEditing, toast } from "@/view/view";
import { deleteMessage } from "./edit-message";

/** A message, and where on the page its menu opens. */
export type MenuSpot = { message_id: string; x: number; y: number };

type Props = { spot: MenuSpot; isInThread: boolean; onClose: () => void };

/** What can be done with a message. It loads with its first use. */
export default function MessageMenu({ spot, isInThread, onClose }: Props) {
  const message = useStore((state) => state.messages[spot.message_id]);
  const [from] = useState(() => document.activeElement);
  const returnFocus = (event: Event) => {
    event.preventDefault();
    // What was chosen may have taken it.
    if (document.activeElement === document.body && from instanceof HTMLElement)
      from.focus({ preventScroll: true });
  };
  return (
    <DropdownMenu.Root open modal={false} onOpenChange={(isOpen) => !isOpen && onClose()}>
      <DropdownMenu.Trigger asChild>
        <span aria-hidden="true" className="fixed size-0" style={{ left: spot.x, top: spot.y }} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          aria-label="Message"
          aria-labelledby={undefined}
          align="start"
          collisionPadding={8}
          onCloseAutoFocus={returnFocus}
          onContextMenu={(event) => event.preventDefault()}
          className="pop-in z-50 min-w-48 rounded-xl border border-line bg-raised p-1 text-ink shadow-pop"
        >
          {message && <Items message={message} isInThread={isInThread} />}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
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
      <Item
        icon={<UserRound size={16} />}
        onSelect={() => setTimeout(() => openCard(message.sender_id, null))}
      >
        Show profile
      </Item>
      {isOwn && (
        <>
          <DropdownMenu.Separator className="my-1 h-px bg-line" />
          <Item icon={<Trash2 size={16} />} isDanger onSelect={() => setTimeout(() => askToDelete(message))}>
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
    <DropdownMenu.Item
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
    </DropdownMenu.Item>
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

function askToDelete(message: Message): void {
  confirmFirst({
    title: "Delete this message?",
    text: "It is deleted for everyone, and cannot be brought back.",
    quote: message.text,
    action: "Delete",
    run: () => deleteMessage(message.id),
  });
}
