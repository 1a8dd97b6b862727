import type { StreamEvent } from "@/api/types";
import type { TransportName } from "./transport";

/** A transport that did not get through while a lesser one did is left out for this long. */
const BLOCKED_MS = 5 * 60_000;
const ORDER: TransportName[] = ["ws", "sse", "poll"];

/** Where in the log this page is, what proves it, and which ways lead there. */
export class Course {
  private cursor: number | null = null;
  /** Up to here the server's count and ours agreed: the place to resume from when they do not. */
  private proven: number | null = null;
  private logId: string | null = null;
  private delivered = 0;
  private readyCount = 0;
  private blockedUntil: Partial<Record<TransportName, number>> = {};
  /** Messages that came since the last `ready`. */
  messageCount = 0;

  /** A new stream counts from nothing. */
  begin(): void {
    this.delivered = 0;
    this.messageCount = 0;
  }

  position(): { cursor: number | null; log_id: string | null } {
    return { cursor: this.cursor, log_id: this.logId };
  }

  wasConnected(): boolean {
    return this.readyCount > 0;
  }

  follow(event: StreamEvent): "fine" | "gap" {
    switch (event.type) {
      case "ready":
        this.readyCount += 1;
        this.logId = event.data.log_id;
        this.cursor = event.data.cursor;
        this.proven = event.data.cursor;
        return "fine";
      case "pong":
        if (event.data.delivered !== this.delivered) {
          this.cursor = this.proven;
          return "gap";
        }
        this.cursor = Math.max(this.cursor ?? 0, event.data.cursor);
        this.proven = this.cursor;
        return "fine";
      default:
        if ("seq" in event) {
          this.delivered += 1;
          this.cursor = Math.max(this.cursor ?? 0, event.seq);
          if (event.type === "message.created") this.messageCount += 1;
        }
        return "fine";
    }
  }

  /** The transports worth trying now, best first. */
  plan(now: number): TransportName[] {
    return ORDER.filter((name) => (this.blockedUntil[name] ?? 0) <= now);
  }

  /** This one got through: the better ones evidently do not. */
  arrived(transport: TransportName, now: number): void {
    for (const name of ORDER.slice(0, ORDER.indexOf(transport))) this.blockedUntil[name] ??= now + BLOCKED_MS;
    for (const name of ORDER.slice(ORDER.indexOf(transport))) delete this.blockedUntil[name];
    for (const [name, until] of Object.entries(this.blockedUntil)) {
      if (until <= now) delete this.blockedUntil[name as TransportName];
    }
  }

  forgetBlocked(): void {
    this.blockedUntil = {};
  }
}
