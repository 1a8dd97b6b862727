import type { StreamEvent } from "@/api/types";

export type TransportName = "ws" | "sse" | "poll";

/** Where a stream starts, and the threads that are open on it from the start. */
export type StreamRequest = { cursor: number | null; log_id: string | null; threads: string[] };

/** What a stream reports. `closed` comes once, and last. */
export type Sink = {
  event(event: StreamEvent): void;
  /** Bytes came that are no event. */
  alive(): void;
  closed(): void;
};

/** An open stream. Closing it reports nothing. */
export type Stream = {
  ping(): void;
  openThread(messageId: string): Promise<void>;
  closeThread(messageId: string): void;
  /** A new access token is there: the stream outlives the old one. */
  renew(): void;
  close(): void;
};

export type Transport = (request: StreamRequest, sink: Sink) => Stream;
