import { api, ask } from "@/api/client";
import { asFailure } from "@/api/problem";
import type { StreamEvent } from "@/api/types";
import { newNonce } from "@/lib/nonce";
import type { Note } from "./shared-sse";
import { readSnapshot } from "./snapshot";
import type { Sink, Stream, StreamRequest } from "./transport";

const THREAD_WITHIN_MS = 3_000;

/** A tab that lives on another tab's stream: it reads where things stand once, and then hears what that tab hears. */
export class Follower implements Stream {
  private readonly name = newNonce();
  private readonly opening = new Map<string, () => void>();
  private held: StreamEvent[] | null = [];
  private cursor: number | null;
  private delivered = 0;
  private isPinging = false;
  private isClosed = false;

  constructor(
    private readonly request: StreamRequest,
    private readonly sink: Sink,
    private readonly channel: BroadcastChannel,
  ) {
    this.cursor = request.cursor;
    channel.onmessage = ({ data }: MessageEvent<Note>) => this.heard(data);
    this.begin().catch(() => this.fail());
    for (const messageId of request.threads)
      this.tell({ kind: "open", message_id: messageId, from: this.name });
  }

  ping(): void {
    this.isPinging = true;
    this.tell({ kind: "ping" });
  }

  renew(): void {}

  openThread(messageId: string): Promise<void> {
    this.tell({ kind: "open", message_id: messageId, from: this.name });
    return new Promise((resolve) => {
      this.opening.set(messageId, resolve);
      setTimeout(resolve, THREAD_WITHIN_MS);
    });
  }

  closeThread(messageId: string): void {
    this.tell({ kind: "close", message_id: messageId });
  }

  close(): void {
    this.isClosed = true;
  }

  private async begin(): Promise<void> {
    try {
      await this.arrive(this.request.cursor, this.request.log_id);
    } catch (error) {
      if (asFailure(error).code !== "cursor_expired") throw error;
      await this.arrive(null, null);
      this.emit({ type: "reset", data: {} });
    }
    const held = this.held ?? [];
    this.held = null;
    for (const event of held) this.pass(event);
  }

  private async arrive(cursor: number | null, logId: string | null): Promise<void> {
    const data = await readSnapshot(cursor, logId);
    this.cursor = data.cursor;
    this.emit({ type: "ready", data });
    await this.fill();
  }

  /** What the log has after this tab's cursor, before it goes on with what it hears. */
  private async fill(): Promise<void> {
    for (;;) {
      const query = { cursor: this.cursor ?? 0, limit: 1_000, log_id: this.request.log_id ?? undefined };
      const page = await ask(api.GET("/v1/events", { params: { query } }));
      for (const event of page.items) this.pass(event);
      this.cursor = page.cursor;
      if (page.items.length === 0) return;
    }
  }

  private heard(note: Note): void {
    if (this.isClosed) return;
    if (note.kind === "opened" && note.to === this.name) this.opening.get(note.message_id)?.();
    if (note.kind === "alive") this.alive();
    if (note.kind !== "event") return;
    if (this.held) this.held.push(note.event);
    else this.pass(note.event);
  }

  private pass(event: StreamEvent): void {
    switch (event.type) {
      case "pong":
        return this.alive();
      case "closing":
        return; // The leader's business.
      case "ready":
        // The leader came back. Whatever it did not share is read from the log.
        if (event.data.cursor > (this.cursor ?? 0)) void this.fill().catch(() => this.fail());
        return this.emit({ type: "state", data: event.data });
      default:
        if ("seq" in event) {
          if (event.seq <= (this.cursor ?? 0)) return;
          this.cursor = event.seq;
          this.delivered += 1;
        }
        this.emit(event);
    }
  }

  private alive(): void {
    this.sink.alive();
    if (!this.isPinging) return;
    this.isPinging = false;
    this.emit({ type: "pong", data: { cursor: this.cursor ?? 0, delivered: this.delivered } });
  }

  private emit(event: StreamEvent): void {
    if (!this.isClosed) this.sink.event(event);
  }

  private fail(): void {
    if (!this.isClosed) this.sink.closed();
    this.isClosed = true;
  }

  private tell(note: Note): void {
    this.channel.postMessage(note);
  }
}
