import fc from "fast-check";
import { expect, test } from "vitest";
import type { StreamEvent } from "@/api/types";
import { putChannelList } from "@/cache/channels";
import { emptyState, type State } from "@/cache/state";
import { addPage, openTimeline } from "@/cache/timelines";
import { list, ready } from "@/testing/model-answers";
import { ME, ModelServer } from "@/testing/model-server";
import { applyEvent } from "./apply-event";

const CHANNELS = ["a", "b"];
const PEOPLE = [ME, "ann", "bob"];

type Step =
  | { do: "send" | "join" | "leave"; channel: string; who: string }
  | { do: "reply" | "edit" | "remove"; which: number; who: string }
  | { do: "rename" | "read" | "page"; channel: string }
  | { do: "user"; who: string }
  | { do: "deliver"; count: number }
  | { do: "list" | "answer" | "reconnect" };

const channel = fc.constantFrom(...CHANNELS);
const who = fc.constantFrom(...PEOPLE);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("send" as const), channel, who }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom("join" as const, "leave" as const), channel, who }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom("reply" as const, "edit" as const, "remove" as const),
      which: fc.nat(30),
      who,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("rename" as const, "read" as const, "page" as const),
      channel,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("user" as const), who }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("deliver" as const), count: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom("list" as const, "answer" as const, "reconnect" as const) }),
  },
);

/** A page that hears of a server: events in order, answers whenever they come. */
class Reader {
  state: State = emptyState();
  private cursor: number;
  private queue: StreamEvent[] = [];
  private answers: ((state: State) => State)[] = [];

  constructor(private readonly server: ModelServer) {
    this.cursor = server.head;
    this.apply(ready(server));
  }

  take(next: Step): void {
    const { server } = this;
    const before = server.head;
    switch (next.do) {
      case "send":
        server.send(next.channel, next.who);
        break;
      case "join":
      case "leave":
        server[next.do](next.channel, next.who);
        break;
      case "reply":
      case "edit":
      case "remove": {
        const all = [...server.messages.values()];
        const message = all[next.which % Math.max(1, all.length)];
        if (!message) break;
        if (next.do === "reply") server.send(message.channel_id, next.who, message.id);
        else server[next.do](message.id);
        break;
      }
      case "rename":
        server.rename(next.channel, `${next.channel}${server.head}`);
        break;
      case "user":
        server.changeUser(next.who);
        break;
      case "read": {
        const event = server.channels.get(next.channel)?.members.has(ME) ? server.read(next.channel) : null;
        // The answer and the event say the same; either may come first, or twice.
        if (event) this.answers.push((state) => applyEvent(state, event, 0));
        if (event) this.queue.push(event);
        break;
      }
      case "page": {
        if (!this.state.channels[next.channel] || !server.channels.get(next.channel)?.members.has(ME)) break;
        const items = server.timeline(next.channel);
        const page = { items, has_before: false, has_after: false };
        this.state = openTimeline(this.state, next.channel);
        this.answers.push((state) =>
          state.timelines[next.channel] ? addPage(state, next.channel, page, "newest") : state,
        );
        break;
      }
      case "list": {
        const { items, state_seq } = list(server);
        this.answers.push((state) => putChannelList(state, items, state_seq));
        break;
      }
      case "answer":
        this.answer();
        break;
      case "deliver":
        for (const event of this.queue.splice(0, next.count)) this.apply(event);
        break;
      case "reconnect":
        // What was under way is lost, and replayed: from a place before what was heard, so some of it twice.
        this.queue = server.events(Math.max(0, this.cursor - 3), false);
        this.apply({ ...ready(server) } as StreamEvent);
    }
    if (server.head > before) this.queue.push(...server.events(before, true));
  }

  settle(): void {
    for (const event of this.queue.splice(0)) this.apply(event);
    while (this.answers.length > 0) this.answer();
    if (this.state.stale_seq > 0)
      this.state = putChannelList(this.state, list(this.server).items, this.server.head);
  }

  private answer(): void {
    const next = this.answers.shift();
    if (next) this.state = next(this.state);
  }

  private apply(event: StreamEvent): void {
    if ("seq" in event) this.cursor = Math.max(this.cursor, event.seq);
    this.state = applyEvent(this.state, event, 0);
  }
}

test("events over an old state equal a fresh fetch, whatever comes twice, late or before its answer", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 80 }), (steps) => {
      const server = new ModelServer(PEOPLE);
      server.createChannel("a", PEOPLE);
      server.createChannel("b", ["ann", "bob"]);
      const reader = new Reader(server);
      for (const next of steps) reader.take(next);
      reader.settle();

      const fresh = new Reader(server).state;
      const views = (state: State) =>
        Object.fromEntries(Object.entries(state.channels).map(([id, entry]) => [id, entry.view]));
      expect(views(reader.state)).toEqual(views(fresh));
      for (const id of Object.keys(fresh.channels)) {
        const timeline = reader.state.timelines[id];
        if (!timeline?.is_loaded) continue;
        expect(timeline.ids.map((held) => reader.state.messages[held])).toEqual(server.timeline(id));
      }
    }),
    { numRuns: 500 },
  );
});
