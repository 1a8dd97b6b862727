import { expect, test } from "vitest";
import type { Message } from "@/api/types";
import { reuseRows, rowsOf } from "./rows";

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
  const before = rowsOf({ ...base, messages, outbox: [pending] });
  const after = rowsOf({ ...base, messages: [...messages, message(2, "me", at(1))], outbox: [pending] });
  expect(after.map((row) => row.key)).toEqual(before.map((row) => row.key));
  const reused = reuseRows(new Map(before.map((row) => [row.key, row])), after);
  expect(reused[0]).toBe(before[0]);
});
