import { MessageSquare, Pencil, X } from "lucide-react";
import { type CSSProperties, useId, useLayoutEffect, useRef, useState } from "react";
import { sentence } from "@/api/problem";
import type { User } from "@/api/types";
import { useStore } from "@/cache/store";
import { ago } from "@/lib/time";
import { openDm } from "@/people/channel-actions";
import { useMe, useUser } from "@/people/use-user";
import { Avatar, PresenceDot } from "@/ui/avatar";
import { Button, IconButton } from "@/ui/button";
import { Modal } from "@/ui/dialog";
import { Spinner } from "@/ui/states";
import { type Card, closeDialog, openDialog, toast, useView } from "@/view/view";

/** Who somebody is, beside the name or the face that was clicked; on a phone at the foot of the page. */
export function UserCard() {
  const card = useView((view) => view.card);
  return card && <OpenCard key={card.user_id} card={card} />;
}

function OpenCard({ card }: { card: Card }) {
  const id = useId();
  const content = useRef<HTMLDivElement>(null);
  const user = useUser(card.user_id);
  const [style, setStyle] = useState<CSSProperties>();
  // Its height is known once it is drawn.
  useLayoutEffect(() => {
    if (card.beside) setStyle(placeBeside(card.beside, content.current?.offsetHeight ?? 0));
  }, [card]);
  return (
    <Modal
      labelledBy={id}
      onClose={closeDialog}
      style={style}
      className={`w-[min(20rem,calc(100vw-1.5rem))] overflow-hidden max-md:mx-0 max-md:mt-auto max-md:mb-0 max-md:w-full max-md:max-w-none max-md:rounded-b-none max-md:pb-[env(safe-area-inset-bottom)] ${card.beside ? "md:top-(--card-top) md:left-(--card-left) md:m-0 md:backdrop:bg-transparent" : "md:m-auto"}`}
    >
      <div ref={content} data-user-card>
        <div className="flex h-16 justify-end bg-accent-tint p-1.5">
          <IconButton label="Close" onClick={closeDialog}>
            <X size={18} aria-hidden="true" />
          </IconButton>
        </div>
        <div className="px-4 pb-4">
          <div className="-mt-8 inline-flex rounded-[20px] bg-page p-1">
            <Avatar user={user} size="lg" />
          </div>
          <h2 id={id} className="mt-1 break-words font-semibold text-lg leading-tight tracking-tight">
            {user?.display_name ?? "…"}
          </h2>
          {user ? <About user={user} /> : <Spinner />}
        </div>
      </div>
    </Modal>
  );
}

function About({ user }: { user: User }) {
  const me = useMe();
  const open = async () => {
    closeDialog();
    await openDm(user.id).catch((error: unknown) => toast(sentence(error), true));
  };
  return (
    <>
      <p className="break-all text-soft text-sm">@{user.username}</p>
      <Presence userId={user.id} />
      {me?.id === user.id ? (
        <Button className="mt-4 w-full" onClick={() => openDialog("settings")} data-autofocus>
          <Pencil size={16} aria-hidden="true" /> Edit profile
        </Button>
      ) : (
        <Button className="mt-4 w-full" look="primary" onClick={() => void open()} data-autofocus>
          <MessageSquare size={16} aria-hidden="true" /> Message
        </Button>
      )}
    </>
  );
}

function Presence({ userId }: { userId: string }) {
  const presence = useStore((state) => state.presence[userId]);
  const isOnline = presence?.status === "online";
  const seen = presence?.last_seen_at;
  return (
    <p className="mt-3 flex items-center gap-2 text-sm [&_.ring-side]:ring-page">
      <PresenceDot isOnline={isOnline} />
      {isOnline ? "Online" : seen ? `Last seen ${ago(seen, Date.now())}` : "Offline"}
    </p>
  );
}

const GAP_PX = 8;
const WIDTH_PX = 320;

/** To the right of it if there is room, and wholly on the page. */
function placeBeside(beside: DOMRect, height: number): CSSProperties {
  const most = (space: number, size: number) => Math.max(GAP_PX, space - size - GAP_PX);
  return {
    "--card-left": `${Math.min(beside.right + GAP_PX, most(innerWidth, WIDTH_PX))}px`,
    "--card-top": `${Math.min(beside.top, most(innerHeight, height))}px`,
  } as CSSProperties;
}
