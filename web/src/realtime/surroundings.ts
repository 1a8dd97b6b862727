import type { StreamEvent } from "@/api/types";
import type { Transport, TransportName } from "./transport";

export type Status = {
  phase: "connecting" | "live" | "waiting" | "stopped";
  transport: TransportName;
  /** Since when it is not live, and when it is tried again; ms since the epoch. */
  down_since: number | null;
  retry_at: number | null;
  /** How many events filled the gap of the last interruption; null after the first connection. */
  caught_up_count: number | null;
};

export type Surroundings = {
  transports: Record<TransportName, Transport>;
  /** Forces one transport; null tries them in order. */
  forced(): TransportName | null;
  now(): number;
  random(): number;
  /** When the access token expires; 0 if unknown. */
  expiresAt(): number;
  /** True if there is a fresh token, false if the session is over; throws when nobody answers. */
  renew(): Promise<boolean>;
  onEvent(event: StreamEvent): void;
  onStatus(status: Status): void;
  onSessionEnded(): void;
};
