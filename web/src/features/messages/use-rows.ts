import { useMemo, useRef } from "react";
import { useShallow } from "zustand/react/shallow";
import type { Message } from "@/api/types";
import { useStore } from "@/cache/store";
import { type Place, placeKey } from "@/realtime/pages";
import { type Row, reuseRows, rowsOf } from "./rows";

type Rows = {
  rows: Row[];
  is_loaded: boolean;
  has_before: boolean;
  has_after: boolean;
  beyond_count: number;
};

/** The rows of a place, where a row keeps its identity until something about it changes. */
export function useRows(place: Place, newAfterSeq: number | null): Rows {
  const key = placeKey(place);
  const timeline = useStore((state) => state.timelines[key]);
  const messages = useStore(
    useShallow((state) => (state.timelines[key]?.ids ?? []).map((id) => state.messages[id]).filter(isThere)),
  );
  const outbox = useStore(
    useShallow((state) => state.outbox.filter((entry) => (entry.parent_id ?? entry.channel_id) === key)),
  );
  const me = useStore((state) => state.me?.id ?? "");
  const held = useRef(new Map<string, Row>());
  const has_before = timeline?.has_before ?? true;
  const rows = useMemo(() => {
    const input = { messages, outbox, me, new_after_seq: newAfterSeq, has_before };
    const reused = reuseRows(held.current, rowsOf(input));
    held.current = new Map(reused.map((row) => [row.key, row]));
    return reused;
  }, [messages, outbox, me, newAfterSeq, has_before]);
  return {
    rows,
    is_loaded: timeline?.is_loaded ?? false,
    has_before,
    has_after: timeline?.has_after ?? false,
    beyond_count: timeline?.beyond.length ?? 0,
  };
}

const isThere = (message: Message | undefined): message is Message => message !== undefined;
