import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { StreamEvent } from "@/api/types";
import { Connection } from "./connection";
import type { Status, Surroundings } from "./surroundings";
import type { Sink, Stream, StreamRequest, TransportName } from "./transport";

type Opened = {
  transport: TransportName;
  request: StreamRequest;
  sink: Sink;
  pings: number;
  renewals: number;
  isClosed: boolean;
};

let opened: Opened[];
let statuses: Status[];
let events: StreamEvent[];
let expiresAt: number;
let renewal: boolean;
let hasEnded: boolean;
let forced: TransportName | null;

function fake(transport: TransportName) {
  return (request: StreamRequest, sink: Sink): Stream => {
    const stream: Opened = { transport, request, sink, pings: 0, renewals: 0, isClosed: false };
    opened.push(stream);
    return {
      ping: () => (stream.pings += 1),
      renew: () => (stream.renewals += 1),
      openThread: async () => {},
      closeThread: () => {},
      close: () => (stream.isClosed = true),
    };
  };
}

function begin(): Connection {
  const around: Surroundings = {
    transports: { ws: fake("ws"), sse: fake("sse"), poll: fake("poll") },
    forced: () => forced,
    now: () => Date.now(),
    random: () => 0.5,
    expiresAt: () => expiresAt,
    renew: async () => renewal,
    onEvent: (event) => events.push(event),
    onStatus: (status) => statuses.push(status),
    onSessionEnded: () => (hasEnded = true),
  };
  const connection = new Connection(around);
  connection.start();
  return connection;
}

const last = (): Opened => opened.at(-1) as Opened;
const phase = () => statuses.at(-1)?.phase;

function ready(cursor: number): StreamEvent {
  const user = {
    id: "u",
    username: "u",
    display_name: "U",
    avatar_color: "#000000",
    version: 0,
    presence: { status: "online" as const, last_seen_at: null },
  };
  const heartbeat = { interval_ms: 30_000, timeout_ms: 60_000 };
  const data = {
    connection_id: "c",
    log_id: "log",
    resumed: true,
    cursor,
    state_seq: cursor,
    user,
    channels: [],
    presence: [],
    typing: [],
    heartbeat,
  };
  return { type: "ready", data };
}

const renamed = (seq: number): StreamEvent => ({
  type: "member.updated",
  seq,
  data: { channel_id: "x", user_id: "u", role: "member" },
});
const pong = (cursor: number, delivered: number): StreamEvent => ({
  type: "pong",
  data: { cursor, delivered },
});
const closing = (reconnect: "now" | "backoff" | "reauth" | "never", reconnect_after_ms = 0): StreamEvent => ({
  type: "closing",
  data: { code: 1001, reason: "", reconnect, reconnect_after_ms },
});

beforeEach(() => {
  vi.useFakeTimers();
  opened = [];
  statuses = [];
  events = [];
  expiresAt = Date.now() + 900_000;
  renewal = true;
  hasEnded = false;
  forced = null;
});

afterEach(() => vi.useRealTimers());

test("a stream that ends is taken up again from the last event", async () => {
  begin();
  last().sink.event(ready(10));
  last().sink.event(renamed(12));
  await vi.advanceTimersByTimeAsync(5_000);
  last().sink.closed();
  expect(opened).toHaveLength(2);
  expect(last().request).toMatchObject({ cursor: 12, log_id: "log" });
});

test("where a WebSocket does not get through, SSE is tried and then long-poll, and then it waits", async () => {
  begin();
  for (const transport of ["ws", "sse", "poll"]) {
    expect(last().transport).toBe(transport);
    last().sink.closed();
    await vi.advanceTimersByTimeAsync(0);
  }
  expect(phase()).toBe("waiting");
  await vi.advanceTimersByTimeAsync(375);
  expect(last().transport).toBe("ws");
});

test("once SSE got through, the WebSocket is left out for a while", async () => {
  begin();
  last().sink.closed();
  await vi.advanceTimersByTimeAsync(0);
  last().sink.event(ready(1));
  await vi.advanceTimersByTimeAsync(5_000);
  last().sink.closed();
  expect(last().transport).toBe("sse");
});

test("a forced transport is the only one", async () => {
  forced = "sse";
  begin();
  last().sink.closed();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(new Set(opened.map(({ transport }) => transport))).toEqual(new Set(["sse"]));
});

test("a server that says when to come back is obeyed", async () => {
  begin();
  last().sink.event(ready(1));
  last().sink.event(closing("now", 4_000));
  await vi.advanceTimersByTimeAsync(3_900);
  expect(opened).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(opened).toHaveLength(2);
});

test("a token that expired is renewed; a session that is over ends it", async () => {
  begin();
  last().sink.event(ready(1));
  last().sink.event(closing("reauth"));
  await vi.advanceTimersByTimeAsync(0);
  expect(opened).toHaveLength(2);
  renewal = false;
  last().sink.event(ready(1));
  last().sink.event(closing("reauth"));
  await vi.advanceTimersByTimeAsync(0);
  expect(hasEnded).toBe(true);
  expect(phase()).toBe("stopped");
});

test("after never there is no other try", async () => {
  begin();
  last().sink.event(ready(1));
  last().sink.event(closing("never"));
  await vi.advanceTimersByTimeAsync(600_000);
  expect(opened).toHaveLength(1);
});

test("the token is renewed before it expires, and the stream with it", async () => {
  begin();
  last().sink.event(ready(1));
  for (let at = 0; at < 28; at += 1) {
    await vi.advanceTimersByTimeAsync(30_000);
    last().sink.event(pong(1, 0));
  }
  expect(last().renewals).toBe(1);
});

test("when the server delivered more than arrived, the page goes back to where both agreed", async () => {
  begin();
  last().sink.event(ready(10));
  last().sink.event(renamed(11));
  last().sink.event(pong(11, 1));
  await vi.advanceTimersByTimeAsync(4_000);
  last().sink.event(renamed(14));
  last().sink.event(pong(14, 2 + 1));
  expect(opened).toHaveLength(2);
  expect(last().request.cursor).toBe(11);
});

test("silence is noticed: a ping that nobody answers ends the stream", async () => {
  begin();
  last().sink.event(ready(1));
  await vi.advanceTimersByTimeAsync(30_000);
  expect(last().pings).toBe(1);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(opened[0]?.isClosed).toBe(true);
  expect(opened).toHaveLength(2);
});

test("an unasked pong is answered by a ping, and its pong by nothing", () => {
  begin();
  last().sink.event(ready(1));
  last().sink.event(pong(1, 0));
  expect(last().pings).toBe(1);
  last().sink.event(pong(1, 0));
  expect(last().pings).toBe(1);
});

test("waking up tries at once instead of waiting", async () => {
  const connection = begin();
  for (let round = 0; round < 15; round += 1) {
    last().sink.closed();
    await vi.advanceTimersByTimeAsync(0);
    if (phase() === "waiting" && round < 12) await vi.advanceTimersByTimeAsync(30_000);
  }
  expect(phase()).toBe("waiting");
  const before = opened.length;
  connection.wake();
  expect(opened.length).toBe(before + 1);
});

test("a stream that ends right after it began is not hammered", async () => {
  begin();
  for (let round = 0; round < 50; round += 1) {
    last().sink.event(ready(1));
    last().sink.closed();
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(opened.length).toBeLessThan(10);
});
