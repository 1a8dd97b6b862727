import {
  lazy,
  type MouseEvent,
  type PointerEvent,
  Suspense,
  type TouchEvent,
  useEffect,
  useRef,
  useState,
} from "react";
import { current } from "@/cache/store";
import type { MenuSpot } from "./message-menu";

const loadMenu = () => import("./message-menu");
const MessageMenu = lazy(loadMenu);

const LOAD_MS = 1_000;
const LONG_PRESS_MS = 600;

/** One menu for a whole list: by right click, Shift+F10, the menu key, or a long press on a message. */
export function useMenu(isInThread: boolean) {
  const [spot, setSpot] = useState<MenuSpot | null>(null);
  const pressing = useRef<ReturnType<typeof setTimeout>>(undefined);
  const hasPressed = useRef(false);

  // Before anybody asks for it.
  useEffect(() => {
    const timer = setTimeout(loadMenu, LOAD_MS);
    return () => clearTimeout(timer);
  }, []);

  const open = (target: EventTarget, x: number, y: number) => {
    const message_id = messageAt(target);
    if (message_id !== null) setSpot({ message_id, x, y });
  };
  const release = () => clearTimeout(pressing.current);
  const handlers = {
    onContextMenu(event: MouseEvent) {
      release();
      event.preventDefault();
      open(event.target, event.clientX, event.clientY);
    },
    // Not every phone tells of a long press by itself.
    onPointerDown({ pointerType, target, clientX, clientY }: PointerEvent) {
      release();
      hasPressed.current = false;
      if (pointerType === "mouse") return;
      pressing.current = setTimeout(() => {
        hasPressed.current = true;
        open(target, clientX, clientY);
      }, LONG_PRESS_MS);
    },
    // The finger that opened it does not click beside it when it is lifted.
    onTouchEnd: (event: TouchEvent) => hasPressed.current && event.preventDefault(),
    onPointerMove: release,
    onPointerUp: release,
    onPointerCancel: release,
  };
  const menu = spot && (
    <Suspense fallback={null}>
      <MessageMenu key={spot.message_id} spot={spot} isInThread={isInThread} onClose={() => setSpot(null)} />
    </Suspense>
  );
  return { handlers, menu };
}

/** The message under an event, if it stands for one that may have a menu. */
function messageAt(target: EventTarget): string | null {
  const row = target instanceof Element ? target.closest<HTMLElement>("[data-message-id]") : null;
  const id = row?.dataset.messageId;
  const message = id === undefined ? undefined : current().messages[id];
  return message && message.deleted_at === null ? message.id : null;
}
