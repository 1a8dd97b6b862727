import { api, ask } from "@/api/client";
import { asFailure } from "@/api/problem";
import { readSnapshot } from "./snapshot";
import type { Sink, Stream, StreamRequest } from "./transport";

const WAIT_S = 25;
const REREAD_MS = 30_000;

/** The log by long-poll, where no stream gets through. Presence and read marks are not in it: they are read again now and then. */
export function openPoll(request: StreamRequest, sink: Sink): Stream {
  const threads = new Set(request.threads);
  let isClosed = false;
  let round = new AbortController();
  let cursor = request.cursor;
  let logId = request.log_id;

  const pull = async () => {
    const query = {
      cursor: cursor ?? 0,
      limit: 500,
      wait: WAIT_S,
      threads: [...threads],
      log_id: logId ?? undefined,
    };
    const page = await ask(api.GET("/v1/events", { params: { query }, signal: round.signal }));
    for (const event of page.items) sink.event(event);
    cursor = page.cursor;
    logId = page.log_id;
    sink.alive();
  };

  const begin = async () => {
    const data = await readSnapshot(cursor, logId);
    if (isClosed) return;
    cursor = data.cursor;
    logId = data.log_id;
    sink.event({ type: "ready", data });
  };

  const run = async () => {
    await begin();
    while (!isClosed) {
      const thisRound = round;
      try {
        await pull();
      } catch (error) {
        if (thisRound.signal.aborted && !isClosed) continue;
        if (asFailure(error).code !== "cursor_expired") throw error;
        cursor = null;
        logId = null;
        await begin();
        sink.event({ type: "reset", data: {} });
      }
    }
  };

  const reread = setInterval(async () => {
    const data = await readSnapshot(cursor, logId).catch(() => null);
    if (data && !isClosed) sink.event({ type: "state", data });
  }, REREAD_MS);

  const stop = () => {
    isClosed = true;
    clearInterval(reread);
    round.abort();
  };

  run().catch(() => {
    if (isClosed) return;
    stop();
    sink.closed();
  });

  const restart = () => {
    const old = round;
    round = new AbortController();
    old.abort();
  };

  return {
    ping() {},
    renew() {},
    async openThread(messageId) {
      threads.add(messageId);
      restart();
    },
    closeThread(messageId) {
      threads.delete(messageId);
    },
    close: stop,
  };
}
