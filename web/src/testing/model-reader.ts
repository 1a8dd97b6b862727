import type { StreamEvent, Typing } from "@/api/types";
import { putChannel, putChannelList } from "@/cache/channels";
import { moveMarks } from "@/cache/marks";
import { addMembers, openMembers } from "@/cache/members";
import { emptyState, type State } from "@/cache/state";
import { addMessage, addPage, openTimeline, putMessages, resetTimeline } from "@/cache/timelines";
import { applyEvent } from "@/realtime/apply-event";
import * as answers from "./model-answers";
import { ME, type ModelServer } from "./model-server";

/** A page that hears of a server: events in order, answers whenever they come. */
export class ModelReader {
  state: State = emptyState();
  /** Threads whose replies it has asked for, and channels whose members and marks it has. */
  readonly threads = new Set<string>();
  readonly withMembers = new Set<string>();
  readonly withMarks = new Set<string>();
  private cursor: number;
  private queue: StreamEvent[] = [];
  private heard: StreamEvent[] = [];
  private pending: ((state: State) => State)[] = [];

  constructor(
    private readonly server: ModelServer,
    private readonly onApplied: (event: StreamEvent, isChange: boolean) => void = () => {},
  ) {
    this.cursor = server.head;
    this.apply(answers.ready(server, true));
  }

  /** What the server has just done, told at once by its stream. */
  tell(work: () => StreamEvent | null | undefined): void {
    const before = this.server.head;
    const event = work();
    this.queue.push(...this.server.log.live(before, this.ears()));
    if (event) this.queue.push(event);
  }

  /** An answer that is on its way: it says what holds now, and arrives later. */
  ask(answer: (state: State) => State): void {
    this.pending.push(answer);
  }

  askList(): void {
    const { items, state_seq } = answers.list(this.server);
    this.ask((state) => putChannelList(state, items, state_seq));
  }

  askChannel(id: string): void {
    const channel = this.server.channel(id);
    if (this.isMember(id)) this.ask((state) => putChannel(state, channel));
  }

  askMessage(id: string, isSent: boolean): void {
    const message = this.server.messages.find(id);
    if (!this.isMember(message.channel_id)) return;
    this.ask((state) => (isSent ? addMessage(state, message) : putMessages(state, [message])));
  }

  askPage(id: string): void {
    if (!this.state.channels[id] || !this.isMember(id)) return;
    this.state = openTimeline(this.state, id);
    this.askItems(id, this.server.messages.timeline(id));
  }

  /** Opened on the stream first, loaded then. */
  openThread(rootId: string): void {
    const root = this.server.messages.find(rootId);
    if (root.parent_id !== null || !this.state.channels[root.channel_id] || !this.isMember(root.channel_id))
      return;
    if (this.threads.has(rootId)) return;
    this.threads.add(rootId);
    this.state = resetTimeline(putMessages(this.state, [root]), rootId);
    this.askItems(rootId, this.server.messages.replies(rootId));
  }

  askMembers(id: string): void {
    if (!this.state.channels[id] || !this.isMember(id)) return;
    this.withMembers.add(id);
    this.state = openMembers(this.state, id);
    const page = answers.members(this.server, id);
    this.ask((state) => (state.members[id] ? addMembers(state, id, page) : state));
  }

  askMarks(id: string): void {
    if (!this.state.channels[id] || !this.isMember(id)) return;
    this.withMarks.add(id);
    const items = answers.marks(this.server, id);
    this.ask((state) => moveMarks(state, id, items));
  }

  /** The oldest answer arrives. */
  answer(): void {
    const next = this.pending.shift();
    if (next) this.state = next(this.state);
  }

  deliver(count: number): void {
    for (const event of this.queue.splice(0, count)) this.apply(event);
  }

  /** Something of the log once more, as it was then. */
  again(which: number): void {
    const event = this.heard[which % Math.max(1, this.heard.length)];
    // Typing is told once, and a message that comes again takes it for ended: it ends by itself anyway.
    const isTyping = ({ user_id, channel_id }: Typing) =>
      event?.type === "message.created" &&
      event.data.message.sender_id === user_id &&
      event.data.message.channel_id === channel_id;
    if (!event || this.server.typing().some(isTyping)) return;
    this.state = applyEvent(this.state, event, 0);
  }

  /** What was under way is lost, and replayed: from a place before what was heard, so some of it twice. */
  reconnect(): void {
    const missed = this.server.log.replay(Math.max(0, this.cursor - 3), this.ears());
    for (const event of missed) {
      if (event.type !== "message.created" || event.data.message.parent_id !== null) continue;
      this.server.stopTyping(event.data.message.channel_id, event.data.message.sender_id);
    }
    this.queue = missed;
    this.apply(answers.ready(this.server, true));
    for (const id of this.withMarks) this.askMarks(id);
  }

  /** The log does not reach back: all that was loaded is loaded anew. */
  reset(): void {
    const loaded = Object.keys(this.state.timelines).filter((key) => this.server.channels.has(key));
    this.queue = [];
    this.heard = [];
    this.pending = [];
    this.threads.clear();
    this.withMembers.clear();
    this.cursor = this.server.head;
    this.apply(answers.ready(this.server, false));
    this.apply({ type: "reset", data: {} });
    for (const id of loaded) this.askPage(id);
    for (const id of this.withMarks) this.askMarks(id);
  }

  /** A slow stream has caught up: what it skipped is said as a whole. */
  catchUp(): void {
    this.deliver(this.queue.length);
    this.apply({ type: "state", data: answers.snapshot(this.server) });
    for (const id of this.withMarks) this.askMarks(id);
  }

  /** Everything arrives, and what was missed is asked for. */
  settle(): void {
    this.deliver(this.queue.length);
    while (this.pending.length > 0) this.answer();
    if (this.state.stale_seq === 0) return;
    const { items, state_seq } = answers.list(this.server);
    this.state = putChannelList(this.state, items, state_seq);
  }

  isMember = (id: string): boolean => this.server.members(id).has(ME);

  apply(event: StreamEvent): void {
    if ("seq" in event) {
      this.cursor = Math.max(this.cursor, event.seq);
      this.heard.push(event);
    }
    const before = this.state;
    this.state = applyEvent(before, event, 0);
    this.onApplied(event, this.state !== before);
    if (event.type === "member.left" && event.data.user.id === ME) this.forget(event.data.channel_id);
  }

  /** Who leaves a channel has its panels closed. */
  private forget(id: string): void {
    this.withMembers.delete(id);
    this.withMarks.delete(id);
    for (const rootId of this.threads)
      if (this.server.messages.find(rootId).channel_id === id) this.threads.delete(rootId);
  }

  private askItems(key: string, items: ReturnType<ModelServer["messages"]["timeline"]>): void {
    const page = { items, has_before: false, has_after: false };
    this.ask((state) => (state.timelines[key] ? addPage(state, key, page, "newest") : state));
  }

  private ears() {
    return { me: ME, joinedSeq: this.server.joinedSeq, threads: this.threads };
  }
}
