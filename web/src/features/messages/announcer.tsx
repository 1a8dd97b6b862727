import { useEffect, useState } from "react";
import { current } from "@/cache/store";
import { cut } from "@/lib/text";
import { onEvent } from "@/realtime/live";

const LONGEST = 200;

/** The page's one live region: it says what arrives in the open channel, and never history or one's own words. */
export function Announcer({ channelId, rootId }: { channelId: string | null; rootId: string | null }) {
  const [text, setText] = useState("");
  useEffect(
    () =>
      onEvent((event) => {
        if (event.type !== "message.created") return;
        const { message } = event.data;
        const isHere =
          message.parent_id === null ? message.channel_id === channelId : message.parent_id === rootId;
        const state = current();
        if (!isHere || message.sender_id === state.me?.id || message.deleted_at !== null) return;
        const name = state.users[message.sender_id]?.display_name ?? "Someone";
        setText(`${name}: ${cut(message.text, LONGEST)}`);
      }),
    [channelId, rootId],
  );
  return (
    <div aria-live="polite" className="sr-only" data-announcer>
      {text}
    </div>
  );
}
