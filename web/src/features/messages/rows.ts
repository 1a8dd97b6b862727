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
  /** What was sent and is not settled; it stands below all messages. */
  outbox: Pending[];
  me: string;
  /** The reader's mark when the channel was opened: the "New" line stands after it. */
  new_after_seq: number | null;
  has_before: boolean;
};

export type Listing = {
  input: Input;
  /** Among `input.messages`; -1 if there is none. */
  first_unread: number;
  rows: Row[];
};

/**
 * The rows of `input`, made anew from where it differs from `before` only: lists are long, and most often a message is
 * added to one. A row that did not change stays the same object, so that only what changed is drawn again.
 */
export function listRows(input: Input, before: Listing | null): Listing {
  const first_unread = firstUnread(input);
  const isLike =
    before?.first_unread === first_unread &&
    before.input.me === input.me &&
    before.input.has_before === input.has_before;
  const same = isLike ? sameStart(before.input.messages, input.messages) : 0;
  // What stands above the first one is not known yet, so neither is its look: it waits for the page before it, and no
  // row that was ever shown changes its height when that page comes.
  const hidden = input.has_before ? 1 : 0;
  // The last of those that stand as they stood may end its group now, or no longer.
  const from = Math.max(hidden, same - 1);
  const old = before?.rows ?? [];
  const held = new Map(old.slice(from - hidden).map((row) => [row.key, row]));
  const fresh = rowsFrom(input, first_unread, from).map((row) => {
    const known = held.get(row.key);
    return known && isSame(known, row) ? known : row;
  });
  return { input, first_unread, rows: [...old.slice(0, from - hidden), ...fresh] };
}

function firstUnread({ messages, me, new_after_seq }: Input): number {
  if (new_after_seq === null) return -1;
  return messages.findIndex(({ seq, sender_id }) => seq > new_after_seq && sender_id !== me);
}

function sameStart(a: Message[], b: Message[]): number {
  if (a === b) return a.length;
  const end = Math.min(a.length, b.length);
  let at = 0;
  while (at < end && a[at] === b[at]) at += 1;
  return at;
}

function rowsFrom({ messages, outbox, me }: Input, first: number, from: number): Row[] {
  // Another tab may have sent it, and not forgotten it yet.
  const left = outbox.filter(({ nonce }) => !messages.some((message) => message.nonce === nonce));
  const factAt = (index: number): Fact | undefined => {
    const message = messages[index];
    if (message) return factOf(message);
    const pending = left[index - messages.length];
    return pending && fact(me, pending.created_at);
  };
  const startsDay = (index: number) => factAt(index - 1)?.day !== factAt(index)?.day;
  const startsGroup = (index: number) => {
    const before = factAt(index - 1);
    const here = factAt(index);
    if (!before || !here || index === first || startsDay(index)) return true;
    return before.sender !== here.sender || here.ms - before.ms > GROUP_MS;
  };
  const shared = (index: number) => ({
    starts_group: startsGroup(index),
    ends_group: startsGroup(index + 1),
    day: startsDay(index) ? (factAt(index)?.at ?? null) : null,
    is_first_unread: index === first,
  });
  const settled = messages.slice(from).map((message, index): Row => {
    const key = message.sender_id === me && message.nonce ? message.nonce : message.id;
    return { kind: "message", key, message, ...shared(from + index) };
  });
  const waiting = left.map(
    (pending, index): Row => ({
      kind: "pending",
      key: pending.nonce,
      pending,
      ...shared(messages.length + index),
    }),
  );
  return [...settled, ...waiting];
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
