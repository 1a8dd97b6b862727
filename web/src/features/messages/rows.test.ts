import fc from "fast-check";
import { expect, test } from "vitest";
import type { Message } from "@/api/types";
import { type Listing, listRows } from "./rows";

function message(seq: number, sender_id: string, at: string): Message {
  return {
    id: `m${seq}`,
    seq,
    version: seq,
    channel_id: "c",
    sender_id,
    parent_id: null,
    text: "",
    nonce: `n${seq}`,
    created_at: at,
    edited_at: null,
    deleted_at: null,
    reply_count: 0,
    last_reply_at: null,
    reply_user_ids: [],
    replies_version: 0,
  };
}

const rowsOf = (input: Listing["input"]) => listRows(input, null).rows;
const base = { outbox: [], me: "me", new_after_seq: null, has_before: false };
const at = (minute: number) => new Date(2026, 0, 5, 10, minute).toISOString();

test("one sender's messages within five minutes are a group", () => {
  const messages = [
    message(1, "a", at(0)),
    message(2, "a", at(3)),
    message(3, "a", at(20)),
    message(4, "b", at(20)),
  ];
  expect(rowsOf({ ...base, messages }).map((row) => row.starts_group)).toEqual([true, false, true, true]);
});

test("a day begins with its divider, and the New line stands before the first unread of others", () => {
  const messages = [
    message(1, "a", new Date(2026, 0, 4, 23, 59).toISOString()),
    message(2, "me", at(0)),
    message(3, "a", at(1)),
  ];
  const rows = rowsOf({ ...base, messages, new_after_seq: 1 });
  expect(rows.map((row) => row.day !== null)).toEqual([true, true, false]);
  expect(rows.map((row) => row.is_first_unread)).toEqual([false, false, true]);
});

test("no row changes when the page before it comes", () => {
  const messages = Array.from({ length: 40 }, (_, index) =>
    message(index + 1, index % 7 < 4 ? "a" : "b", at(index)),
  );
  const late = rowsOf({ ...base, messages: messages.slice(20), has_before: true });
  const all = rowsOf({ ...base, messages });
  for (const row of late) expect(all).toContainEqual(row);
});

test("a row keeps its key when the server confirms it, and its identity when nothing changed", () => {
  const pending = {
    nonce: "n2",
    channel_id: "c",
    parent_id: null,
    text: "",
    created_at: at(1),
    status: "sending" as const,
    reason: null,
  };
  const messages = [message(1, "a", at(0))];
  const before = listRows({ ...base, messages, outbox: [pending] }, null);
  const after = listRows(
    { ...base, messages: [...messages, message(2, "me", at(1))], outbox: [pending] },
    before,
  );
  expect(after.rows.map((row) => row.key)).toEqual(before.rows.map((row) => row.key));
  expect(after.rows[0]).toBe(before.rows[0]);
});

test("rows made from the last ones are those made from nothing, whatever changed", () => {
  const steps = fc.array(
    fc.record({
      kind: fc.constantFrom("append", "prepend", "edit", "remove", "all loaded"),
      where: fc.nat(40),
      sender: fc.constantFrom("a", "b", "me"),
      minutes: fc.nat(8),
    }),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(steps, fc.option(fc.nat(600)), (taken, new_after_seq) => {
      let input = { ...base, messages: [message(500, "a", at(500))], new_after_seq, has_before: true };
      let listing: Listing | null = null;
      for (const { kind, where, sender, minutes } of taken) {
        const messages = [...input.messages];
        const first = messages[0]?.seq ?? 500;
        const last = messages.at(-1)?.seq ?? 500;
        const edited = messages[where % messages.length];
        if (kind === "append") messages.push(message(last + 1 + minutes, sender, at(last + 1 + minutes)));
        if (kind === "prepend")
          messages.unshift(message(first - 1 - minutes, sender, at(first - 1 - minutes)));
        if (kind === "edit" && edited) messages[where % messages.length] = { ...edited, text: `${minutes}` };
        if (kind === "remove" && messages.length > 1) messages.splice(where % messages.length, 1);
        input = { ...input, messages, has_before: input.has_before && kind !== "all loaded" };
        listing = listRows(input, listing);
        expect(listing).toEqual(listRows(input, null));
      }
    }),
  );
});
