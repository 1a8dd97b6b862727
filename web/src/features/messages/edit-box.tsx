import { useEffect, useRef, useState } from "react";
import { sentence } from "@/api/problem";
import type { Message } from "@/api/types";
import { isComposing } from "@/ui/composing";
import { stopEditing, toast } from "@/view/view";
import { editMessage } from "./edit-message";

/** Edits a message where it stands: Enter saves, Escape cancels, and the composer has the focus again. */
export function EditBox({ message }: { message: Message }) {
  const ref = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(message.text);

  useEffect(() => {
    const box = ref.current;
    box?.focus();
    box?.setSelectionRange(box.value.length, box.value.length);
  }, []);

  const leave = () => {
    stopEditing();
    requestAnimationFrame(() => document.querySelector<HTMLElement>("[data-composer]")?.focus());
  };

  const save = async () => {
    const trimmed = text.trim();
    if (trimmed === "") return;
    leave();
    if (trimmed === message.text) return;
    await editMessage(message.id, trimmed).catch((error: unknown) =>
      toast(`Not saved. ${sentence(error)}`, true),
    );
  };

  return (
    <div className="w-full">
      <textarea
        ref={ref}
        dir="auto"
        aria-label="Edit message"
        value={text}
        rows={1}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (isComposing(event.nativeEvent)) return;
          if (event.key === "Escape") {
            event.stopPropagation();
            leave();
          } else if (event.key === "Enter" && !event.shiftKey) {
            event.preventDefault();
            void save();
          }
        }}
        className="field-sizing-content block max-h-72 min-h-9 w-full resize-none rounded-lg border border-accent bg-raised px-2.5 py-1.5 text-ink"
      />
      <p className="mt-1 text-soft text-xs">
        <button
          type="button"
          className="font-medium text-accent-strong hover:underline max-md:py-2"
          onClick={() => void save()}
        >
          Save
        </button>{" "}
        with Enter ·{" "}
        <button
          type="button"
          className="font-medium text-accent-strong hover:underline max-md:py-2"
          onClick={leave}
        >
          Cancel
        </button>{" "}
        with Escape
      </p>
    </div>
  );
}
