import { api, ask } from "@/api/client";
import type { Place } from "@/realtime/pages";

const REPEAT_MS = 10_000;
const IDLE_MS = 2_000;

/** Says that somebody types: once, again every 10 s while it goes on, and that it stopped after 2 s or with the message. */
export class TypingSignal {
  private startedAt = 0;
  private idleTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly say: (state: "started" | "stopped") => void,
    private readonly now: () => number = Date.now,
  ) {}

  keyPressed(): void {
    const now = this.now();
    if (now - this.startedAt >= REPEAT_MS) {
      this.startedAt = now;
      this.say("started");
    }
    clearTimeout(this.idleTimer);
    this.idleTimer = setTimeout(() => this.stop(), IDLE_MS);
  }

  /** The message itself says that its writer stopped. */
  sent(): void {
    clearTimeout(this.idleTimer);
    this.startedAt = 0;
  }

  stop(): void {
    clearTimeout(this.idleTimer);
    if (this.startedAt === 0) return;
    this.startedAt = 0;
    this.say("stopped");
  }
}

export function sayTyping({ channel_id, root_id }: Place, state: "started" | "stopped"): void {
  const body = { state, ...(root_id !== null && { parent_id: root_id }) };
  const request = ask(
    api.POST("/v1/channels/{channel_id}/typing", { params: { path: { channel_id } }, body }),
  );
  request.catch(() => {});
}
