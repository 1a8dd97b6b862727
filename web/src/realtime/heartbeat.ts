/** How long an answer to a ping may take. */
const PONG_WITHIN_MS = 10_000;
/** After waking up the line is suspect: less patience. */
const CHECK_WITHIN_MS = 4_000;

/** Pings, and notices silence. A hidden page's timers sleep, so it judges by the clock and never by the count of ticks. */
export class Heartbeat {
  private intervalMs = 30_000;
  private pingTimer: ReturnType<typeof setTimeout> | undefined;
  private silenceTimer: ReturnType<typeof setTimeout> | undefined;
  private isOn = false;
  private isWaiting = false;
  private pingedAt = 0;

  constructor(
    private readonly now: () => number,
    private readonly ping: () => void,
    private readonly onSilence: () => void,
  ) {}

  start(intervalMs: number): void {
    this.stop();
    this.isOn = true;
    this.intervalMs = intervalMs;
    this.pingedAt = this.now();
    this.plan();
  }

  stop(): void {
    clearTimeout(this.pingTimer);
    clearTimeout(this.silenceTimer);
    this.isOn = false;
    this.isWaiting = false;
  }

  /** Anything at all came: the line is alive. A ping that a sleeping timer missed is sent now. */
  heard(): void {
    if (!this.isOn) return;
    clearTimeout(this.silenceTimer);
    if (this.isWaiting) this.expectWithin(PONG_WITHIN_MS);
    else if (this.now() - this.pingedAt >= this.intervalMs) this.send(PONG_WITHIN_MS);
  }

  /** A pong: to our ping, or unasked, and then it wants a ping. */
  answered(): void {
    if (!this.isOn) return;
    if (!this.isWaiting) return this.send(PONG_WITHIN_MS);
    this.isWaiting = false;
    clearTimeout(this.silenceTimer);
  }

  check(): void {
    this.send(CHECK_WITHIN_MS);
  }

  private send(withinMs: number): void {
    this.isWaiting = true;
    this.pingedAt = this.now();
    this.ping();
    this.expectWithin(withinMs);
    this.plan();
  }

  private expectWithin(ms: number): void {
    clearTimeout(this.silenceTimer);
    this.silenceTimer = setTimeout(() => this.onSilence(), ms);
  }

  private plan(): void {
    clearTimeout(this.pingTimer);
    this.pingTimer = setTimeout(() => this.send(PONG_WITHIN_MS), this.intervalMs);
  }
}
