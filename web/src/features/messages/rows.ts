import type { Message } from "@/api/types";
import type { Pending } from "@/cache/state";
import { dayOf } from "@/lib/time";

/** What the list draws, top to bottom. A row's key outlives its settling: the nonce, where it has one. */
export type Row = {
  key: string;
  starts_group: boolean;
  ends_group: boolean;
  /** Set where a day begins. */
  day: string | null;
  is_first_unread: boolean;
} & ({ kind: "message"; message: Message } | { kind: "pending"; pending: Pending });

/** Where the reader stood. */
export type NewAfter = { seq: number; message_id: string | null };

const GROUP_MS = 5 * 60_000;

type Input = {
  messages: Message[];
  outbox: Pending[];
  me: string;
  /** The reader's mark when the channel was opened: the "New" line stands after it. */
  new_after_seq: number | null;
  has_before: boolean;
};

export function rowsOf({ messages, outbox, me, new_after_seq, has_before }: Input): Row[] {
  const sent = new Set(messages.map((message) => message.nonce));
  const facts = [
    ...messages.map(factOf),
    ...outbox.filter((entry) => !sent.has(entry.nonce)).map((entry) => fact(me, entry.created_at)),
  ];
  const firstUnread =
    new_after_seq === null
      ? -1
      : messages.findIndex(({ seq, sender_id }) => seq > new_after_seq && sender_id !== me);
  const startsDay = (index: number) => facts[index - 1]?.day !== facts[index]?.day;
  const startsGroup = (index: number) => {
    const before = facts[index - 1];
    const here = facts[index];
    if (!before || !here || index === firstUnread || startsDay(index)) return true;
    return before.sender !== here.sender || here.ms - before.ms > GROUP_MS;
  };
  const shared = (index: number) => ({
    starts_group: startsGroup(index),
    ends_group: startsGroup(index + 1),
    day: startsDay(index) ? (facts[index]?.at ?? null) : null,
    is_first_unread: index === firstUnread,
  });
  const settled = messages.map((message, index): Row => {
    const key = message.sender_id === me && message.nonce ? message.nonce : message.id;
    return { kind: "message", key, message, ...shared(index) };
  });
  const waiting = outbox
    .filter((entry) => !sent.has(entry.nonce))
    .map(
      (entry, index): Row => ({
        kind: "pending",
        key: entry.nonce,
        pending: entry,
        ...shared(messages.length + index),
      }),
    );
  // What stands above the first one is not known yet, so neither is its look: it waits for the page before it, and no
  // row that was ever shown changes its height when that page comes.
  return [...(has_before ? settled.slice(1) : settled), ...waiting];
}

type Fact = { sender: string; at: string; day: string; ms: number };

const known = new WeakMap<Message, Fact>();

/** Calendars are slow, and a long list asks again at every message. */
function factOf(message: Message): Fact {
  const held = known.get(message);
  if (held) return held;
  const made = fact(message.sender_id, message.created_at);
  known.set(message, made);
  return made;
}

function fact(sender: string, at: string): Fact {
  return { sender, at, day: dayOf(at), ms: Date.parse(at) };
}

/** The same row object where nothing about it changed, so that only what changed is drawn again. */
export function reuseRows(old: Map<string, Row>, fresh: Row[]): Row[] {
  return fresh.map((row) => {
    const held = old.get(row.key);
    return held && isSame(held, row) ? held : row;
  });
}

function isSame(a: Row, b: Row): boolean {
  const subject = (row: Row) => (row.kind === "message" ? row.message : row.pending);
  return (
    subject(a) === subject(b) &&
    a.starts_group === b.starts_group &&
    a.ends_group === b.ends_group &&
    a.day === b.day &&
    a.is_first_unread === b.is_first_unread
  );
}
