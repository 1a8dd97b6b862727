import fc from "fast-check";
import { expect, test } from "vitest";
import type { StreamEvent } from "@/api/types";
import { readersOf } from "@/cache/marks";
import { emptyState, type State } from "@/cache/state";
import { ModelReader } from "@/testing/model-reader";
import { ME, ModelServer } from "@/testing/model-server";
import { applyEvent } from "./apply-event";

const PEOPLE = [ME, "ann", "bob"];
const CHANNELS = ["a", "b", "dm"];
const LATER = ["c", "dm2"];

type Model = [server: ModelServer, reader: ModelReader];
/** A counterexample shows what the steps are called. */
type Step = { run: (...model: Model) => void; [fc.toStringMethod]: () => string };
const named = (what: string, run: Step["run"]): Step => ({ run, [fc.toStringMethod]: () => what });
type Work = (id: string, who: string, ...model: Model) => void;

const who = fc.constantFrom(...PEOPLE);
const id = fc.constantFrom(...CHANNELS, ...LATER);
const number = fc.nat(30);

/** Something done to a channel, if there is one of that name and it may be done there. */
const inChannel = (weight: number, what: string, work: Work) => ({
  weight,
  arbitrary: fc.tuple(id, who).map(([channel, person]): Step => {
    const run = (...[server, reader]: Model) => {
      if (server.channels.has(channel)) work(channel, person, server, reader);
    };
    return named(`${what} ${channel} ${person}`, run);
  }),
});
const inOpenChannel = (weight: number, what: string, work: Work) =>
  inChannel(weight, what, (channel, person, server, reader) => {
    if (server.channel(channel).kind !== "dm") work(channel, person, server, reader);
  });
const toMessage = (weight: number, what: string, work: Work) => ({
  weight,
  arbitrary: fc.tuple(number, who).map(([which, person]): Step => {
    const run = (...[server, reader]: Model) => {
      const message = server.messages.pick(which);
      if (message) work(message.id, person, server, reader);
    };
    return named(`${what} ${which} ${person}`, run);
  }),
});
const always = (weight: number, what: string, work: (count: number, ...model: Model) => void) => ({
  weight,
  arbitrary: number.map((count): Step => named(`${what} ${count}`, (...model) => work(count, ...model))),
});
const tell = (reader: ModelReader, work: () => unknown) =>
  reader.tell(() => {
    work();
    return null;
  });

const step: fc.Arbitrary<Step> = fc.oneof(
  inChannel(12, "send", (channel, person, server, reader) => {
    tell(reader, () => {
      const message = server.send(channel, person);
      if (message && person === ME) reader.askMessage(message.id, true);
    });
  }),
  toMessage(6, "reply", (message, person, server, reader) => {
    const { channel_id } = server.messages.find(message);
    tell(reader, () => server.send(channel_id, person, message));
  }),
  toMessage(5, "edit", (message, _, server, reader) => {
    tell(reader, () => server.messages.edit(message));
    reader.askMessage(message, false);
  }),
  toMessage(5, "remove", (message, _, server, reader) => tell(reader, () => server.messages.remove(message))),
  toMessage(3, "open thread", (message, _, __, reader) => reader.openThread(message)),
  toMessage(2, "fetch message", (message, _, __, reader) => reader.askMessage(message, false)),
  inOpenChannel(3, "join", (channel, person, server, reader) =>
    tell(reader, () => server.join(channel, person)),
  ),
  inOpenChannel(3, "leave", (channel, person, server, reader) =>
    tell(reader, () => server.leave(channel, person)),
  ),
  inOpenChannel(2, "rename", (channel, _, server, reader) => {
    tell(reader, () => server.rename(channel));
    reader.askChannel(channel);
  }),
  inOpenChannel(2, "archive", (channel, _, server, reader) => {
    tell(reader, () => server.archive(channel));
    reader.askChannel(channel);
  }),
  inChannel(6, "read", (channel, person, server, reader) => {
    const event = server.read(channel, person);
    if (!event || !reader.isMember(channel)) return;
    reader.tell(() => event);
    // The answer of one's own mark says the same as its event; either may come first, or twice.
    if (person === ME) reader.ask((state) => applyEvent(state, event, 0));
  }),
  inChannel(4, "type", (channel, person, server, reader) => {
    const event = person === ME ? null : server.type(channel, person);
    if (event && reader.isMember(channel)) reader.tell(() => event);
  }),
  inChannel(3, "type and stop", (channel, person, server, reader) => {
    for (const event of person === ME ? [] : [server.type(channel, person), server.type(channel, person)])
      if (event && reader.isMember(channel)) reader.tell(() => event);
  }),
  inChannel(4, "page", (channel, _, __, reader) => reader.askPage(channel)),
  inChannel(2, "members", (channel, _, __, reader) => reader.askMembers(channel)),
  inChannel(2, "marks", (channel, _, __, reader) => reader.askMarks(channel)),
  always(2, "create", (_, server, reader) => {
    const fresh = LATER.find((held) => !server.channels.has(held));
    const members = fresh === "dm2" ? ["bob", ME] : ["ann", ME];
    if (fresh) tell(reader, () => server.create(fresh, fresh === "dm2" ? "dm" : "private", members));
  }),
  always(2, "change user", (count, server, reader) => {
    const person = PEOPLE[count % PEOPLE.length] ?? ME;
    tell(reader, () => server.changeUser(person));
  }),
  always(2, "come or go", (count, server, reader) => {
    const person = count % 2 === 0 ? "ann" : "bob";
    reader.tell(() => server.comeOrGo(person));
  }),
  always(10, "deliver", (count, _, reader) => reader.deliver(1 + (count % 6))),
  always(8, "answer", (_, __, reader) => reader.answer()),
  always(4, "again", (count, _, reader) => reader.again(count)),
  always(3, "list", (_, __, reader) => reader.askList()),
  always(3, "reconnect", (_, __, reader) => reader.reconnect()),
  always(1, "reset", (_, __, reader) => reader.reset()),
  always(1, "catch up", (_, __, reader) => reader.catchUp()),
);

/** Every type there is, and whether it is the state's business: the compiler asks for those that the document adds. */
const TYPES: Record<StreamEvent["type"], "state" | "connection"> = {
  ready: "state",
  state: "state",
  reset: "state",
  "message.created": "state",
  "message.updated": "state",
  "message.deleted": "state",
  "thread.updated": "state",
  "channel.created": "state",
  "channel.updated": "state",
  "channel.archived": "state",
  "member.joined": "state",
  "member.left": "state",
  "member.updated": "state",
  "user.updated": "state",
  "read.updated": "state",
  "typing.started": "state",
  "typing.stopped": "state",
  "presence.updated": "state",
  pong: "connection",
  closing: "connection",
  ack: "connection",
  error: "connection",
};

test("events over an old state equal a fresh fetch, whatever comes twice, late or before its answer", () => {
  const moved = new Set<string>();
  const onApplied = (event: StreamEvent, isChange: boolean) => isChange && moved.add(event.type);
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 100, size: "max" }), (steps) => {
      const server = new ModelServer(PEOPLE);
      server.create("hall", "public", PEOPLE);
      server.create("a", "public", PEOPLE);
      server.create("b", "public", ["ann", "bob"]);
      server.create("dm", "dm", ["ann", ME]);
      const reader = new ModelReader(server, onApplied);
      for (const next of steps) next.run(server, reader);
      reader.settle();
      expectFresh(server, reader);
    }),
    { numRuns: 1_000 },
  );
  // A type that nothing above brings about would be held to nothing.
  const expected = Object.keys(TYPES).filter((type) => TYPES[type as StreamEvent["type"]] === "state");
  expect([...moved].sort()).toEqual(expected.sort());
}, 120_000);

test("what is the connection's business changes nothing", () => {
  const state = emptyState();
  const data = {} as never;
  for (const type of ["pong", "closing", "ack", "error"] as const) {
    expect(TYPES[type]).toBe("connection");
    expect(applyEvent(state, { type, data } as StreamEvent, 0)).toBe(state);
  }
});

function expectFresh(server: ModelServer, reader: ModelReader): void {
  const { state } = reader;
  const fresh = new ModelReader(server).state;
  expect(views(state)).toEqual(views(fresh));
  expect(state.me).toMatchObject(server.user(ME));
  for (const user of Object.values(state.users)) expect(user).toEqual(server.user(user.id));
  expect(online(state)).toEqual(online(fresh));
  for (const channel of Object.keys(fresh.channels)) {
    expect(typists(state, channel)).toEqual(typists(fresh, channel));
    expectTimeline(state, channel, server.messages.timeline(channel));
    const roles = Object.values(state.members[channel]?.items ?? {}).map(({ user, role }) => [user.id, role]);
    const members = [...server.members(channel)].map(([user, standing]) => [user, standing.role]);
    if (reader.withMembers.has(channel)) expect(roles.sort()).toEqual(members.sort());
    if (reader.withMarks.has(channel)) expectReceipts(server, state, channel);
  }
  for (const root of reader.threads) expectTimeline(state, root, server.messages.replies(root));
}

function expectTimeline(state: State, key: string, messages: unknown[]): void {
  const timeline = state.timelines[key];
  if (timeline?.is_loaded) expect(timeline.ids.map((held) => state.messages[held])).toEqual(messages);
}

function expectReceipts(server: ModelServer, state: State, channel: string): void {
  const standings = [...server.members(channel)];
  for (const message of server.messages.timeline(channel).filter(({ sender_id }) => sender_id === ME)) {
    const readers = standings
      .filter(
        ([user, { joined_seq, mark }]) => user !== ME && joined_seq < message.seq && message.seq <= mark,
      )
      .map(([user]) => user);
    expect(readersOf(state.marks[channel], message)).toEqual(readers.sort());
  }
}

const views = (state: State) =>
  Object.fromEntries(Object.entries(state.channels).map(([channel, entry]) => [channel, entry.view]));
const typists = (state: State, channel: string) => Object.keys(state.typing[channel] ?? {}).sort();
const online = (state: State) =>
  Object.keys(state.presence)
    .filter((user) => state.presence[user]?.status === "online")
    .sort();
