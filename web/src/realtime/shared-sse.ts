import type { StreamEvent } from "@/api/types";
import { Follower } from "./follower";
import { openSse } from "./sse";
import type { Sink, Stream, StreamRequest } from "./transport";

/** What the tabs of one browser tell each other. */
export type Note =
  | { kind: "event"; event: StreamEvent }
  | { kind: "alive" }
  | { kind: "ping" }
  | { kind: "open"; message_id: string; from: string }
  | { kind: "opened"; message_id: string; to: string }
  | { kind: "close"; message_id: string };

/**
 * One SSE stream a browser: over HTTP/1.1 it allows six connections to a host, and a stream takes one for good. The tab
 * that holds the lock opens the stream and shares its events; the others follow, and one of them takes over when it goes.
 */
export function openSharedSse(request: StreamRequest, sink: Sink): Stream {
  if (!navigator.locks) return openSse(request, sink);
  const channel = new BroadcastChannel("hubbub.sse");
  const isOver = new AbortController();
  let stream: Stream | null = null;

  const lead = () =>
    new Promise<void>((release) => {
      const leading = leadStream(request, sink, channel, release);
      stream = leading;
      isOver.signal.addEventListener("abort", () => {
        leading.close();
        release();
      });
    });

  const decide = async () => {
    await navigator.locks.request("hubbub.sse", { ifAvailable: true }, async (lock) => {
      if (isOver.signal.aborted) return;
      if (lock) return lead();
      const follower = new Follower(request, sink, channel);
      stream = follower;
      // Granted when the leader has gone: come back as the next one.
      const succession = navigator.locks.request("hubbub.sse", { signal: isOver.signal }, async () =>
        sink.closed(),
      );
      succession.catch(() => {});
    });
  };
  decide().catch(() => sink.closed());

  return {
    ping: () => stream?.ping(),
    renew: () => stream?.renew(),
    openThread: async (messageId) => stream?.openThread(messageId),
    closeThread: (messageId) => stream?.closeThread(messageId),
    close() {
      isOver.abort();
      stream?.close();
      channel.close();
    },
  };
}

function leadStream(
  request: StreamRequest,
  sink: Sink,
  channel: BroadcastChannel,
  release: () => void,
): Stream {
  const tell = (note: Note) => channel.postMessage(note);
  const stream = openSse(request, {
    event(event) {
      tell({ kind: "event", event });
      sink.event(event);
    },
    alive() {
      tell({ kind: "alive" });
      sink.alive();
    },
    closed() {
      release();
      sink.closed();
    },
  });
  channel.onmessage = async ({ data }: MessageEvent<Note>) => {
    if (data.kind === "ping") tell({ kind: "alive" });
    if (data.kind === "close") stream.closeThread(data.message_id);
    if (data.kind === "open") {
      await stream.openThread(data.message_id).catch(() => {});
      tell({ kind: "opened", message_id: data.message_id, to: data.from });
    }
  };
  return stream;
}
