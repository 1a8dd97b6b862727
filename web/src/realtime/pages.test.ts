// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from "vitest";
import { change, clearStore, current } from "@/cache/store";
import { dropTimelines } from "@/cache/timelines";
import { ModelServer } from "@/testing/model-server";
import { loadAround, loadBefore, loadEnd, loadNewest } from "./pages";

const hall = { channel_id: "hall", root_id: null };
const held = () => current().timelines.hall;

let server: ModelServer;
/** Each request that waits, by what it asked for. */
let waiting: { url: string; answer: () => void }[];

beforeEach(() => {
  clearStore();
  waiting = [];
  server = new ModelServer(["me", "ann"]);
  server.create("hall", "public", ["ann", "me"]);
  server.send("hall", "ann");
  vi.stubGlobal("fetch", ({ url }: Request) => {
    const items = server.messages.timeline("hall");
    const page = { items, has_before: url.includes("around"), has_after: url.includes("around") };
    return new Promise((answer) => waiting.push({ url, answer: () => answer(Response.json(page)) }));
  });
});

async function answerNext(): Promise<void> {
  await vi.waitFor(() => expect(waiting).not.toHaveLength(0));
  waiting.shift()?.answer();
}

/** Forgets all while the page is under way, and says something in between that it does not know of. */
async function forgetMeanwhile(): Promise<void> {
  await vi.waitFor(() => expect(waiting).toHaveLength(1));
  change(dropTimelines);
  server.send("hall", "ann");
  await answerNext();
}

test("a first page that was under way at a reset is asked for again", async () => {
  const loading = loadNewest(hall);
  await forgetMeanwhile();
  await answerNext();
  await loading;
  expect(held()?.ids).toHaveLength(2);
  expect(held()?.is_loaded).toBe(true);
});

test("so is an older page, and one that takes the place of what is there: the newest come then", async () => {
  for (const load of [loadBefore, loadEnd]) {
    const around = loadAround(hall, "1");
    await answerNext();
    await around;
    const loading = load(hall);
    await forgetMeanwhile();
    await vi.waitFor(() => expect(waiting[0]?.url).not.toContain("before"));
    await answerNext();
    await loading;
    expect(held()?.ids).toEqual(server.messages.timeline("hall").map(({ id }) => id));
    expect(held()).toMatchObject({ is_loaded: true, has_before: false, has_after: false });
  }
});
