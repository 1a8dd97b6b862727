import { expect, test } from "./support/journey";
import { hideTab } from "./support/person";

test("a hidden tab reads nothing, and says so in its title; shown again, it reads", async ({ join }) => {
  const alice = await join("Alice");
  const bob = await join("Bob");
  await alice.open("general");
  await bob.open("help");
  await hideTab(alice.page, true);
  const text = `Anyone there ${Date.now()}`;
  await bob.open("general");
  await bob.say(text);
  await expect(alice.sidebarLink("general").locator("[data-unread]")).toHaveText("1");
  await expect(alice.page).toHaveTitle("(1) #general – Hubbub");
  await hideTab(alice.page, false);
  await expect(alice.sidebarLink("general").locator("[data-unread]")).toHaveCount(0);
  await expect(alice.page).toHaveTitle("#general – Hubbub");
});

test("a second tab follows at once, over one stream of SSE", async ({ join }) => {
  const alice = await join("Alice", { transport: "sse" });
  const bob = await join("Bob");
  await alice.open("general");
  await bob.open("general");
  const second = await alice.context.newPage();
  const streams: string[] = [];
  second.on("request", (request) => request.url().includes("/v1/sse") && streams.push(request.url()));
  await second.goto(alice.server.url);
  await expect(second.locator('[data-connection="live"]')).toHaveCount(1);
  await second
    .getByRole("navigation")
    .getByRole("link", { name: /^random/ })
    .click();
  await bob.say(`To both tabs ${Date.now()}`);
  await alice.sees("To both tabs");
  // Read in the first tab, so not unread in the second.
  await expect(
    second
      .getByRole("navigation")
      .getByRole("link", { name: /^general/ })
      .locator("[data-unread]"),
  ).toHaveCount(0);
  await second
    .getByRole("navigation")
    .getByRole("link", { name: /^general/ })
    .click();
  await expect(
    second.locator("[data-pane]").getByRole("article").filter({ hasText: "To both tabs" }).last(),
  ).toBeVisible();
  expect(streams).toEqual([]);

  await alice.page.close();
  const later = `After the first closed ${Date.now()}`;
  await bob.say(later);
  await expect(second.locator("[data-pane]").getByRole("article").filter({ hasText: later })).toHaveCount(1, {
    timeout: 15_000,
  });
});

test("a notification comes only while the tab is hidden, is cut to 50 characters, and leads to its channel", async ({
  join,
}) => {
  const alice = await join("Alice");
  const bob = await join("Bob");
  await alice.page.evaluate(() => {
    const shown: { title: string; body: string; notification: Notification }[] = [];
    class Recorder extends EventTarget {
      static permission = "granted";
      static requestPermission = async () => "granted";
      onclick: (() => void) | null = null;
      constructor(title: string, options: { body: string }) {
        super();
        shown.push({ title, body: options.body, notification: this as unknown as Notification });
      }
      close() {}
    }
    Object.assign(window, { Notification: Recorder, shown });
  });
  await alice.page.getByRole("button", { name: "Settings", exact: true }).click();
  await alice.page.getByRole("button", { name: "Turn on" }).click();
  await alice.page.keyboard.press("Escape");
  await alice.open("random");
  await bob.open("help");
  await bob.say("Not notified, because the tab is in sight");
  await expect(alice.sidebarLink("help").locator("[data-unread]")).toHaveText("1");
  await expect(alice.page.locator("html")).toHaveAttribute("data-sounds", "1");

  await hideTab(alice.page, true);
  await bob.say(`${"👩‍👩‍👧‍👦".repeat(30)} ${"word ".repeat(30)}`);
  const shown = () =>
    alice.page.evaluate(() =>
      (window as unknown as { shown: { title: string; body: string }[] }).shown.map(({ title, body }) => ({
        title,
        body,
      })),
    );
  await expect.poll(shown).toHaveLength(1);
  const [first] = await shown();
  expect(first?.title).toBe("Bob in #help");
  expect([...new Intl.Segmenter().segment(first?.body ?? "")]).toHaveLength(50);
  expect(first?.body.endsWith("…")).toBe(true);
  await alice.page.evaluate(() =>
    (window as unknown as { shown: { notification: Notification }[] }).shown[0]?.notification.onclick?.(
      new Event("click"),
    ),
  );
  await expect(alice.page.getByRole("heading", { name: "help" })).toBeVisible();

  await alice.page.getByRole("button", { name: "Turn sound off" }).click();
  await hideTab(alice.page, false);
  const before = await alice.page.locator("html").getAttribute("data-sounds");
  await bob.open("general");
  await bob.say("Quietly");
  await expect(alice.sidebarLink("general").locator("[data-unread]")).not.toHaveCount(0);
  await expect(alice.page.locator("html")).toHaveAttribute("data-sounds", before ?? "");
});
