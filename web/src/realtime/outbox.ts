import { api, ask } from "@/api/client";
import { asFailure, sentence } from "@/api/problem";
import type { Pending } from "@/cache/state";
import { change, current } from "@/cache/store";
import { addMessage } from "@/cache/timelines";
import { newNonce } from "@/lib/nonce";
import { itemNames, readJson, writeItem, writeJson } from "@/lib/storage";

/**
 * What was sent and is not settled. Each entry is remembered under its nonce, so it survives a reload, and sending it
 * twice, from another tab too, stores it once. One entry of a place is on its way at a time: order is kept.
 */
const busy = new Set<string>();
const timers = new Map<string, ReturnType<typeof setTimeout>>();
const attempts = new Map<string, number>();
const LONGEST_MS = 20_000;

const itemName = (nonce: string): string => `outbox.${current().me?.id}.${nonce}`;
const placeOf = (pending: Pending): string => pending.parent_id ?? pending.channel_id;

export function sendMessage(channel_id: string, parent_id: string | null, text: string): void {
  const pending: Pending = {
    nonce: newNonce(),
    channel_id,
    parent_id,
    text,
    created_at: new Date().toISOString(),
    status: "queued",
    reason: null,
  };
  writeJson(itemName(pending.nonce), pending);
  change((state) => ({ ...state, outbox: [...state.outbox, pending] }));
  flush(placeOf(pending));
}

export function retrySend(nonce: string): void {
  const pending = find(nonce);
  if (!pending) return;
  attempts.delete(nonce);
  update(nonce, { status: "queued", reason: null });
  flush(placeOf(pending));
}

export function discardSend(nonce: string): void {
  forgetSend(nonce);
  change((state) => ({ ...state, outbox: state.outbox.filter((pending) => pending.nonce !== nonce) }));
}

/** It is settled: nothing is left to be sent by a later page. */
export function forgetSend(nonce: string): void {
  writeItem(itemName(nonce), null);
  attempts.delete(nonce);
}

/** What an earlier page of this account left behind. */
export function restoreOutbox(): void {
  const kept = itemNames(`outbox.${current().me?.id}.`)
    .map((name) => readJson(name, isPending))
    .filter((pending) => pending !== null)
    .map((pending): Pending => (pending.status === "failed" ? pending : { ...pending, status: "queued" }))
    .sort((a, b) => a.created_at.localeCompare(b.created_at));
  const held = new Set(current().outbox.map((pending) => pending.nonce));
  const added = kept.filter((pending) => !held.has(pending.nonce));
  change((state) => ({ ...state, outbox: [...state.outbox, ...added] }));
  flushAll();
}

/** The line is back: whatever waits goes out now. */
export function flushAll(): void {
  for (const pending of current().outbox) {
    attempts.delete(pending.nonce);
    if (pending.status === "waiting") update(pending.nonce, { status: "queued" });
  }
  for (const place of new Set(current().outbox.map(placeOf))) flush(place);
}

function flush(place: string): void {
  if (busy.has(place)) return;
  const first = current().outbox.find((pending) => placeOf(pending) === place && pending.status !== "failed");
  if (!first) return;
  clearTimeout(timers.get(place));
  busy.add(place);
  void attempt(first).then((isSettled) => {
    busy.delete(place);
    if (isSettled) flush(place);
    else
      timers.set(
        place,
        setTimeout(() => flush(place), delayMs(first.nonce)),
      );
  });
}

async function attempt(pending: Pending): Promise<boolean> {
  const { nonce, channel_id, parent_id, text } = pending;
  update(nonce, { status: "sending" });
  try {
    const params = { path: { channel_id } };
    const body = { text, nonce, ...(parent_id !== null && { parent_id }) };
    const message = await ask(api.POST("/v1/channels/{channel_id}/messages", { params, body }));
    change((state) => addMessage(state, message));
    forgetSend(nonce);
    return true;
  } catch (error) {
    const { isTransient } = asFailure(error);
    update(nonce, { status: isTransient ? "waiting" : "failed", reason: sentence(error) });
    const held = find(nonce);
    if (held && !isTransient) writeJson(itemName(nonce), held);
    return !isTransient;
  }
}

function delayMs(nonce: string): number {
  const count = attempts.get(nonce) ?? 0;
  attempts.set(nonce, count + 1);
  return Math.min(LONGEST_MS, 1_000 * 2 ** count);
}

function find(nonce: string): Pending | undefined {
  return current().outbox.find((pending) => pending.nonce === nonce);
}

function update(nonce: string, fields: Partial<Pending>): void {
  if (!find(nonce)) return;
  const outbox = current().outbox.map((pending) =>
    pending.nonce === nonce ? { ...pending, ...fields } : pending,
  );
  change((state) => ({ ...state, outbox }));
}

function isPending(value: unknown): value is Pending {
  return (
    typeof value === "object" &&
    value !== null &&
    "nonce" in value &&
    "text" in value &&
    "channel_id" in value
  );
}
