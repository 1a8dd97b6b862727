import { useRef } from "react";
import { useShallow } from "zustand/react/shallow";
import type { Message } from "@/api/types";
import type { State } from "@/cache/state";
import { useStore } from "@/cache/store";
import { type Place, placeKey } from "@/realtime/pages";
import { type Listing, listRows, type Row } from "./rows";

type Rows = {
  rows: Row[];
  /** The first row that was unread on opening the place; -1 if it is not loaded, or there is none. */
  first_new: number;
  waiting_count: number;
  is_loaded: boolean;
  has_before: boolean;
  has_after: boolean;
  beyond_count: number;
};

/** The rows of a place, where a row keeps its identity until something about it changes. */
export function useRows(place: Place, newAfterSeq: number | null): Rows {
  const key = placeKey(place);
  const timeline = useStore((state) => state.timelines[key]);
  const messages = useMessages(key);
  const outbox = useStore(
    useShallow((state) => state.outbox.filter((entry) => (entry.parent_id ?? entry.channel_id) === key)),
  );
  const me = useStore((state) => state.me?.id ?? "");
  const has_before = timeline?.has_before ?? true;
  const { rows, first_unread } = useListing({ messages, outbox, me, new_after_seq: newAfterSeq, has_before });
  return {
    rows,
    first_new: has_before ? first_unread - 1 : first_unread,
    waiting_count: outbox.length,
    is_loaded: timeline?.is_loaded ?? false,
    has_before,
    has_after: timeline?.has_after ?? false,
    beyond_count: timeline?.beyond.length ?? 0,
  };
}

function useListing(input: Listing["input"]): Listing {
  const held = useRef<Listing | null>(null);
  const before = held.current?.input;
  const isSame =
    before?.messages === input.messages &&
    before.outbox === input.outbox &&
    before.me === input.me &&
    before.new_after_seq === input.new_after_seq &&
    before.has_before === input.has_before;
  const listing = held.current && isSame ? held.current : listRows(input, held.current);
  held.current = listing;
  return listing;
}

type Held = { ids: string[]; all: State["messages"]; list: Message[] };
const nothing: Held = { ids: [], all: {}, list: [] };

/** A place's messages in order: the same array until one of them changes. */
function useMessages(key: string): Message[] {
  const held = useRef(nothing);
  return useStore((state) => {
    const ids = state.timelines[key]?.ids ?? nothing.ids;
    const before = held.current;
    if (before.ids !== ids || before.all !== state.messages) {
      const list = ids.map((id) => state.messages[id]).filter((message) => message !== undefined);
      const isSame =
        list.length === before.list.length && list.every((message, at) => message === before.list[at]);
      held.current = { ids, all: state.messages, list: isSame ? before.list : list };
    }
    return held.current.list;
  });
}
