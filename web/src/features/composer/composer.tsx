import { SendHorizontal } from "lucide-react";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { current } from "@/cache/store";
import { scalarCount } from "@/lib/text";
import { sendMessage } from "@/realtime/outbox";
import { type Place, placeKey } from "@/realtime/pages";
import { cn } from "@/ui/cn";
import { isComposing } from "@/ui/composing";
import { draftOf, keepDraft, saveDraft } from "@/view/drafts";
import { startEditing } from "@/view/view";
import { sayTyping, TypingSignal } from "./typing-signal";

type Props = { place: Place; label: string; isMain: boolean };

const LONGEST = 8_000;
const SHOW_LEFT_BELOW = 500;

/** Where one writes. It is remounted for every place, and keeps its text to itself: a key press draws nothing else. */
export function Composer({ place, label, isMain }: Props) {
  const key = placeKey(place);
  const box = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(() => draftOf(key));
  const latest = useRef(text);
  const { channel_id, root_id } = place;
  const signal = useMemo(
    () => new TypingSignal((state) => sayTyping({ channel_id, root_id }, state)),
    [channel_id, root_id],
  );
  const left = text.length < LONGEST - SHOW_LEFT_BELOW ? LONGEST : LONGEST - scalarCount(text);

  useEffect(() => {
    const element = box.current;
    // A phone's keyboard would cover what one came to read.
    if (matchMedia("(pointer: fine)").matches) element?.focus({ preventScroll: true });
    element?.setSelectionRange(element.value.length, element.value.length);
    return () => {
      signal.stop();
      saveDraft(key, latest.current);
    };
  }, [key, signal]);

  const write = (next: string) => {
    setText(next);
    latest.current = next;
    keepDraft(key, next);
  };

  const send = () => {
    const trimmed = text.trim();
    if (trimmed === "" || left < 0) return;
    signal.sent();
    sendMessage(channel_id, root_id, trimmed);
    write("");
    saveDraft(key, "");
    box.current?.focus();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event.nativeEvent)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      send();
    } else if (event.key === "ArrowUp" && text === "" && !event.altKey) {
      const own = lastOwn(key);
      if (own) {
        event.preventDefault();
        startEditing(own);
      }
    }
  };

  return (
    <div className="shrink-0 px-4 max-md:px-3" data-composer-box>
      <div className="flex items-end gap-1 rounded-2xl border border-line-strong bg-raised py-1.5 pr-1.5 pl-3.5 transition-colors focus-within:border-accent focus-within:ring-1 focus-within:ring-accent">
        <textarea
          ref={box}
          dir="auto"
          data-composer={isMain ? "" : undefined}
          data-thread-composer={isMain ? undefined : ""}
          aria-label={label}
          placeholder={label}
          value={text}
          rows={1}
          enterKeyHint="send"
          onChange={(event) => {
            write(event.target.value);
            if (event.target.value.trim() !== "") signal.keyPressed();
            else signal.stop();
          }}
          onKeyDown={onKeyDown}
          onBlur={() => signal.stop()}
          className="field-sizing-content max-h-[min(40dvh,18rem)] min-h-8 min-w-0 flex-1 resize-none bg-transparent py-1 placeholder:overflow-hidden placeholder:text-ellipsis placeholder:whitespace-nowrap placeholder:text-soft focus:outline-none max-md:min-h-9 max-md:text-base"
        />
        {left < SHOW_LEFT_BELOW && (
          <span
            className={cn(
              "self-center text-xs tabular-nums",
              left < 0 ? "font-semibold text-signal-text" : "text-soft",
            )}
          >
            {left < 0 ? `${-left} too many` : `${left} left`}
          </span>
        )}
        <button
          type="button"
          aria-label="Send"
          title="Send"
          disabled={text.trim() === "" || left < 0}
          onClick={send}
          className="inline-flex size-8 shrink-0 items-center justify-center rounded-xl bg-accent text-on-accent transition-colors hover:bg-accent-strong disabled:bg-transparent disabled:text-soft max-md:size-9"
        >
          <SendHorizontal size={17} aria-hidden="true" />
        </button>
      </div>
    </div>
  );
}

/** The reader's newest message here that can still be edited. */
function lastOwn(key: string): string | null {
  const { timelines, messages, me } = current();
  const id = timelines[key]?.ids.findLast((held) => {
    const message = messages[held];
    return message?.sender_id === me?.id && message?.deleted_at === null;
  });
  return id ?? null;
}
