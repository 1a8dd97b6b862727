import { createParser } from "eventsource-parser";
import { streamUrl, usesTokens } from "@/api/base";
import { authorizedFetch } from "@/api/client";
import type { StreamEvent } from "@/api/types";
import { control, newTicket } from "./control";
import type { Sink, Stream, StreamRequest } from "./transport";

/** Events over Server-Sent Events, read with fetch: comments show that the line is alive, and a refusal shows its status. */
export function openSse(request: StreamRequest, sink: Sink): Stream {
  const abort = new AbortController();
  let connectionId: string | null = null;
  let isClosed = false;

  const parser = createParser({
    onEvent({ data }) {
      const event = JSON.parse(data) as StreamEvent;
      if (event.type === "ready") connectionId = event.data.connection_id;
      if (!isClosed) sink.event(event);
    },
    onComment: () => sink.alive(),
  });

  const read = async () => {
    const { cursor, log_id, threads } = request;
    const ticket = usesTokens ? await newTicket() : null;
    const url = streamUrl("/v1/sse", { cursor, log_id, threads: threads.join(","), ticket });
    const answer = await authorizedFetch(
      new Request(url, {
        signal: abort.signal,
        credentials: usesTokens ? "omit" : "same-origin",
        headers: { Accept: "text/event-stream" },
      }),
    );
    if (!answer.ok || !answer.body) return;
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      parser.feed(value);
    }
  };

  read()
    .catch(() => {})
    .finally(() => {
      if (!isClosed) sink.closed();
      isClosed = true;
    });

  return {
    ...control(() => connectionId),
    close() {
      isClosed = true;
      abort.abort();
    },
  };
}
