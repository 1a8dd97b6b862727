import { expectFrames } from "../support/frames";
import { expect, test } from "../support/journey";
import type { Person } from "../support/person";

const LONG = "A much longer text, in which every line counts.\n".repeat(25);

test("at its end the list stays there, whatever arrives, grows, or takes its room", async ({ join }) => {
  const { alice, bob, id } = await longChannel(join, 60);
  const { page } = alice;
  const staysAtEnd = (action: () => Promise<unknown>) => expectFrames(page, "end", action);
  await staysAtEnd(async () => {
    await bob.fill(id, 61, 80);
    await expect(alice.message("Message 80.")).toBeInViewport();
  });
  // A burst, of which several come in between two frames.
  await staysAtEnd(async () => {
    await Promise.all([bob.fill(id, 100, 120), bob.fill(id, 200, 220), bob.fill(id, 300, 320)]);
    await bob.fill(id, 400, 400);
    await expect(alice.message("Message 400.")).toBeInViewport();
  });
  // While one's own message waits below, others' come in above it.
  let letGo = () => {};
  const isLetGo = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await page.route("**/v1/channels/*/messages", async (route) => {
    await isLetGo;
    await route.continue();
  });
  await alice.say("On its way");
  await expect(alice.message("On its way")).toBeInViewport();
  await staysAtEnd(async () => {
    await bob.fill(id, 401, 410);
    await expect(alice.message("Message 410.")).toBeInViewport();
  });
  letGo();
  await bob.open("long");
  await staysAtEnd(async () => {
    await alice.say("My own, which gets a receipt");
    await expect(alice.message("My own").getByRole("button", { name: "Read by Bob" })).toBeVisible();
  });
  await staysAtEnd(async () => {
    await bob.say("The last one");
    await alice.sees("The last one");
    await bob.composer.press("ArrowUp");
    await bob.page.getByLabel("Edit message").fill(LONG);
    await bob.page.getByLabel("Edit message").press("Enter");
    await alice.sees("A much longer text");
  });
  await staysAtEnd(async () => {
    await bob.composer.pressSequentially("Typing");
    await expect(page.locator("[data-typing]")).toHaveText("Bob is typing");
  });
  await staysAtEnd(() => page.setViewportSize({ width: 1280, height: 500 }));
  await staysAtEnd(() => alice.openMembers());
  await staysAtEnd(() => page.setViewportSize({ width: 1100, height: 800 }));
  await staysAtEnd(() => alice.closePanel());
});

test("anywhere else what is in view stays, whatever arrives below, grows above, or takes its room", async ({
  join,
}) => {
  const { alice, bob, id } = await longChannel(join, 200);
  const { page } = alice;
  await scrollTo(alice, "Message 180.");
  const stays = (action: () => Promise<unknown>) => expectFrames(page, "anchor", action);
  await stays(async () => {
    await bob.fill(id, 201, 220);
    await expect(page.getByRole("button", { name: /New messages/ })).toContainText("20");
  });
  await stays(async () => {
    await bob.ask("PATCH", `/v1/messages/${await idAbove(alice)}`, { text: LONG });
    await expect(alice.message("A much longer text")).toHaveCount(1);
  });
  await stays(() => page.setViewportSize({ width: 1280, height: 560 }));
  await stays(() => page.setViewportSize({ width: 1280, height: 800 }));
  await stays(() => alice.openMembers());
  await stays(() => alice.closePanel());
});

test("what is in view stays when older messages come in at the very top", async ({ join }) => {
  const { alice } = await longChannel(join, 400);
  const { page } = alice;
  const waiting: (() => void)[] = [];
  await page.route("**/messages?*before=*", async (route) => {
    await new Promise<void>((go) => waiting.push(go));
    await route.continue();
  });
  const list = page.getByRole("log");
  const place = () => list.evaluate((element) => element.scrollTop);
  const toTop = () => list.evaluate((element) => element.scrollTo({ top: 0 }));
  for (let turn = 0; turn < 7; turn += 1) {
    await toTop();
    await expect.poll(() => waiting.length).toBe(1);
    await expect.poll(place).toBe(0);
    await isAtRest(alice);
    await expectFrames(page, "anchor", async () => {
      waiting.pop()?.();
      await expect.poll(place).toBeGreaterThan(1_000);
    });
  }
  await toTop();
  await expect(alice.message("Message 1.")).toBeInViewport();
});

test("each row moves by just what is scrolled while older messages come in", async ({ join }) => {
  const { alice } = await longChannel(join, 400);
  const isThere = () => expect(alice.message("Message 1.")).toBeInViewport({ timeout: 120_000 });
  await expectFrames(alice.page, "glide", isThere);
});

test("a long gesture of the hand never jumps back, nor loses what it shows", async ({ join }) => {
  const { alice } = await longChannel(join, 400);
  const { page } = alice;
  const devtools = await page.context().newCDPSession(page);
  const gesture = { x: 700, y: 400, yDistance: 6_000, speed: 5_000 };
  await expectFrames(page, "wheel", () =>
    expect(async () => {
      await devtools.send("Input.synthesizeScrollGesture", gesture);
      await expect(alice.message("Message 1.")).toBeInViewport({ timeout: 1 });
    }).toPass(),
  );
});

/** Alice at the end of a channel that Bob has filled. */
async function longChannel(join: (name: string) => Promise<Person>, count: number) {
  const alice = await join("Alice");
  const bob = await join("Bob");
  const id = await alice.create("long", "public", [bob]);
  await bob.fill(id, 1, count);
  await alice.open("long");
  await expect(alice.message(`Message ${count}.`)).toBeInViewport();
  await expect(alice.unread("long")).toHaveCount(0);
  return { alice, bob, id };
}

/** Scrolls up until a message is in view. */
async function scrollTo(person: Person, text: string): Promise<void> {
  await person.page.getByRole("log").hover();
  await expect(async () => {
    await person.page.mouse.wheel(0, -600);
    await expect(person.message(text)).toBeInViewport({ timeout: 100 });
  }).toPass();
  await isAtRest(person);
}

/** The wheel has its own animation, and rows are measured as they come in. */
async function isAtRest({ page }: Person): Promise<void> {
  await page.getByRole("log").evaluate(async (list) => {
    let place = "";
    for (let still = 0; still < 10; ) {
      await new Promise(requestAnimationFrame);
      const now = `${list.scrollTop} ${list.scrollHeight}`;
      still = now === place ? still + 1 : 0;
      place = now;
    }
  });
}

/** A message that is drawn above what is in view. */
async function idAbove({ page }: Person): Promise<string> {
  const id = await page.getByRole("log").evaluate((list) => {
    const { top } = list.getBoundingClientRect();
    const rows = [...list.querySelectorAll<HTMLElement>("[data-message-id]")];
    const above = rows.filter((row) => row.getBoundingClientRect().bottom < top - 10);
    return above.at(-1)?.dataset.messageId;
  });
  if (id === undefined) throw new Error("no row is drawn above the view");
  return id;
}
