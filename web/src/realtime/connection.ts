import type { StreamEvent } from "@/api/types";
import { backoffMs } from "./backoff";
import { Course } from "./course";
import { Heartbeat } from "./heartbeat";
import type { Status, Surroundings } from "./surroundings";
import type { Stream, TransportName } from "./transport";

const READY_WITHIN_MS = 6_000;
/** Events that come within this time after `ready` filled the gap. */
const CATCH_UP_MS = 1_000;
/** A stream that lasted this long is no sign of trouble when it ends. */
const STABLE_MS = 3_000;
const RENEW_BEFORE_MS = 60_000;

/** Keeps one stream open: connecting, live, waiting for the next try, or stopped for good. */
export class Connection {
  private status: Status;
  private stream: Stream | null = null;
  private attempt = 0;
  private liveAt = 0;
  private generation = 0;
  private readonly threads = new Set<string>();
  private readonly course = new Course();
  private readonly heartbeat: Heartbeat;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private readyTimer: ReturnType<typeof setTimeout> | undefined;
  private renewTimer: ReturnType<typeof setTimeout> | undefined;
  private plan: TransportName[] = [];
  private isClosing = false;

  constructor(private readonly around: Surroundings) {
    this.status = {
      phase: "waiting",
      transport: around.forced() ?? "ws",
      down_since: around.now(),
      retry_at: null,
      caught_up_count: null,
    };
    this.heartbeat = new Heartbeat(
      () => around.now(),
      () => this.stream?.ping(),
      () => this.interrupted(),
    );
  }

  start(): void {
    this.attempt = 0;
    this.round();
  }

  stop(): void {
    this.leave();
    clearTimeout(this.retryTimer);
    this.report({ phase: "stopped", retry_at: null });
  }

  /** The network or the page came back: try at once, or make sure that the line is what it seems to be. */
  wake(): void {
    if (this.status.phase === "waiting") this.start();
    else if (this.status.phase !== "live") return;
    else if (this.status.transport === "poll") this.restart();
    else this.heartbeat.check();
  }

  /** The setting changed: start over with it. */
  restart(): void {
    this.leave();
    this.course.forgetBlocked();
    this.start();
  }

  async openThread(messageId: string): Promise<void> {
    this.threads.add(messageId);
    if (this.status.phase === "live") await this.stream?.openThread(messageId);
  }

  closeThread(messageId: string): void {
    this.threads.delete(messageId);
    this.stream?.closeThread(messageId);
  }

  /** One round tries the transports that may get through, one after another; then it waits. */
  private round(): void {
    clearTimeout(this.retryTimer);
    const forced = this.around.forced();
    this.plan = forced ? [forced] : this.course.plan(this.around.now());
    this.next();
  }

  private next(): void {
    const transport = this.plan.shift();
    if (!transport) {
      this.wait(backoffMs(this.attempt, this.around.random));
      this.attempt += 1;
      return;
    }
    this.open(transport);
  }

  private open(transport: TransportName): void {
    this.generation += 1;
    const mine = this.generation;
    const isMine = () => mine === this.generation;
    this.isClosing = false;
    this.report({ phase: "connecting", transport, retry_at: null });
    this.course.begin();
    clearTimeout(this.readyTimer);
    this.readyTimer = setTimeout(() => isMine() && this.failed(transport), READY_WITHIN_MS);
    const request = { ...this.course.position(), threads: [...this.threads] };
    this.stream = this.around.transports[transport](request, {
      event: (event) => isMine() && this.received(event),
      alive: () => isMine() && this.heartbeat.heard(),
      closed: () => {
        if (!isMine() || this.isClosing) return;
        if (this.status.phase === "live") this.interrupted();
        else void this.failed(transport);
      },
    });
  }

  private received(event: StreamEvent): void {
    if (event.type === "ready") this.ready(event.data.heartbeat.interval_ms);
    else if (event.type !== "pong") this.heartbeat.heard();
    const verdict = this.course.follow(event);
    if (event.type === "closing") return void this.closing(event.data);
    if (event.type === "pong") this.heartbeat.answered();
    if (verdict === "gap") return this.interrupted();
    this.around.onEvent(event);
  }

  private ready(intervalMs: number): void {
    clearTimeout(this.readyTimer);
    this.liveAt = this.around.now();
    this.course.arrived(this.status.transport, this.liveAt);
    if (this.status.transport !== "poll") this.heartbeat.start(intervalMs);
    this.planRenewal();
    const wasConnected = this.course.wasConnected();
    this.report({ phase: "live", down_since: null, caught_up_count: null });
    if (!wasConnected) return;
    const mine = this.generation;
    setTimeout(() => {
      if (mine === this.generation && this.status.phase === "live") {
        this.report({ caught_up_count: this.course.messageCount });
      }
    }, CATCH_UP_MS);
  }

  /** It was live, and is not any more: again, at once, unless that happens over and over. */
  private interrupted(): void {
    this.leave();
    if (this.around.now() - this.liveAt < STABLE_MS)
      return this.wait(backoffMs(this.attempt++, this.around.random));
    this.attempt = 0;
    this.report({ phase: "connecting" });
    this.round();
  }

  /** It never became live. A WebSocket does not tell why: it may be for a token that has expired. */
  private async failed(transport: TransportName): Promise<void> {
    this.leave();
    const mine = this.generation;
    const isStale = this.around.expiresAt() <= this.around.now();
    if (transport === "ws" && isStale) {
      const isFresh = await this.around.renew().catch(() => null);
      if (mine !== this.generation) return;
      if (isFresh === false) return this.ended();
      if (isFresh) return this.open(transport);
    }
    this.next();
  }

  private async closing(data: Extract<StreamEvent, { type: "closing" }>["data"]): Promise<void> {
    this.isClosing = true;
    this.leave();
    const mine = this.generation;
    if (data.reconnect === "never") return this.stop();
    if (data.reconnect === "reauth") {
      const isFresh = await this.around.renew().catch(() => null);
      if (mine !== this.generation) return;
      if (isFresh === false) return this.ended();
      return isFresh ? this.round() : this.wait(backoffMs(this.attempt++, this.around.random));
    }
    const backoff = data.reconnect === "backoff" ? backoffMs(this.attempt++, this.around.random) : 0;
    this.wait(Math.max(data.reconnect_after_ms, backoff));
  }

  private wait(delayMs: number): void {
    this.report({ phase: "waiting", retry_at: this.around.now() + delayMs });
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.round(), delayMs);
  }

  private ended(): void {
    this.stop();
    this.around.onSessionEnded();
  }

  /** Well before the token expires, so that the stream never has to end for it. */
  private planRenewal(): void {
    clearTimeout(this.renewTimer);
    const left = this.around.expiresAt() - this.around.now();
    if (left <= 0) return;
    const mine = this.generation;
    const delay = Math.max(left - RENEW_BEFORE_MS, left * 0.6);
    this.renewTimer = setTimeout(async () => {
      const isFresh = await this.around.renew().catch(() => null);
      if (mine !== this.generation) return;
      if (isFresh === false) return this.ended();
      if (isFresh) this.stream?.renew();
      this.planRenewal();
    }, delay);
  }

  private leave(): void {
    this.generation += 1;
    clearTimeout(this.readyTimer);
    clearTimeout(this.renewTimer);
    this.heartbeat.stop();
    this.stream?.close();
    this.stream = null;
  }

  private report(change: Partial<Status>): void {
    const down_since = change.phase === "live" ? null : (this.status.down_since ?? this.around.now());
    this.status = { ...this.status, down_since, ...change };
    this.around.onStatus(this.status);
  }
}
