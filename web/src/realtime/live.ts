import { create } from "zustand";
import { api, ask } from "@/api/client";
import { expiresAt, renew } from "@/api/credential";
import type { StreamEvent } from "@/api/types";
import { putChannelList } from "@/cache/channels";
import { change, current, useStore } from "@/cache/store";
import { expireTyping } from "@/cache/users";
import { readItem, writeItem } from "@/lib/storage";
import { applyEvent } from "./apply-event";
import { Connection } from "./connection";
import { openPoll } from "./poll";
import { openSharedSse } from "./shared-sse";
import type { Status } from "./surroundings";
import type { TransportName } from "./transport";
import { onWake } from "./wake";
import { openWs } from "./ws";

const before: Status = {
  phase: "connecting",
  transport: "ws",
  down_since: null,
  retry_at: null,
  caught_up_count: null,
};

/** The state of the connection, for whoever shows it. */
export const useConnection = create<Status>()(() => before);

const listeners = new Set<(event: StreamEvent) => void>();
let connection: Connection | null = null;
let endings: (() => void)[] = [];

/** Called after an event was applied: for sounds, notifications and what else is no state. */
export function onEvent(listener: (event: StreamEvent) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function startLive(onSessionEnded: () => void): void {
  stopLive();
  const started = new Connection({
    transports: { ws: openWs, sse: openSharedSse, poll: openPoll },
    forced: forcedTransport,
    now: () => Date.now(),
    random: Math.random,
    expiresAt,
    renew,
    onSessionEnded,
    onEvent(event) {
      change((state) => applyEvent(state, event, Date.now()));
      for (const listener of listeners) listener(event);
    },
    onStatus: (status) => useConnection.setState(status),
  });
  connection = started;
  const typing = setInterval(() => change((state) => expireTyping(state, Date.now())), 1_000);
  endings = [
    () => started.stop(),
    () => clearInterval(typing),
    onWake(() => started.wake()),
    useStore.subscribe((state, old) => {
      if (state.stale_seq > old.stale_seq) void reloadChannels();
    }),
  ];
  started.start();
}

export function stopLive(): void {
  for (const end of endings) end();
  endings = [];
  connection = null;
}

/** Tries at once instead of when the time comes. */
export const reconnect = (): void => connection?.wake();

/** Replies of a thread come while it is open; open it before loading them, and none is missed. */
export async function openThread(messageId: string): Promise<void> {
  await connection?.openThread(messageId);
}

export const closeThread = (messageId: string): void => connection?.closeThread(messageId);

export async function reloadChannels(): Promise<void> {
  try {
    const { items, state_seq } = await ask(api.GET("/v1/channels"));
    change((state) => putChannelList(state, items, state_seq));
  } catch {
    // The next `ready` brings the list.
  }
}

export function forcedTransport(): TransportName | null {
  const held = readItem("transport");
  return held === "ws" || held === "sse" || held === "poll" ? held : null;
}

export function forceTransport(transport: TransportName | null): void {
  writeItem("transport", transport);
  connection?.restart();
}

export const myId = (): string => current().me?.id ?? "";
