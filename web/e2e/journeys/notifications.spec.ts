import type { Page } from "@playwright/test";
import { expect, test } from "../support/journey";
import { hideTab, isLive } from "../support/person";

type Shown = { title: string; body: string; tag: string };

test("a notification comes only while the tab is hidden, is cut to 50 characters, and leads to its channel", async ({
  join,
}) => {
  const alice = await join("Alice");
  const bob = await join("Bob");
  const { page } = alice;
  await recordNotifications(page);
  await page.getByRole("button", { name: "Settings", exact: true }).click();
  await page.getByRole("button", { name: "Turn on" }).click();
  await page.keyboard.press("Escape");
  await alice.open("random");
  await bob.open("help");
  await bob.say("Not notified, because the tab is in sight");
  await expect(alice.unread("help")).toHaveText("1");

  await hideTab(page, true);
  await bob.say(`${"👩‍👩‍👧‍👦".repeat(30)} ${"word ".repeat(30)}`);
  const shown = () => page.evaluate(() => (window as unknown as { shown: Shown[] }).shown);
  await expect.poll(shown).toHaveLength(1);
  const [first] = await shown();
  expect(first?.title).toBe("Bob in #help");
  expect([...new Intl.Segmenter().segment(first?.body ?? "")]).toHaveLength(50);
  expect(first?.body.endsWith("…")).toBe(true);

  await page.evaluate(() => (window as unknown as { click: () => void }).click());
  await expect(page.getByRole("heading", { name: "help" })).toBeVisible();
  await hideTab(page, false);
  await expect(alice.unread("help")).toHaveCount(0);
});

test("others' messages sound once, one's own never, and muting lasts over a reload", async ({ join }) => {
  const alice = await join("Alice");
  const bob = await join("Bob");
  const { page } = alice;
  const sounds = async () => Number((await page.locator("html").getAttribute("data-sounds")) ?? 0);
  await page.evaluate(() => {
    const Sound = window.AudioContext;
    const contexts: AudioContext[] = [];
    window.AudioContext = class extends Sound {
      constructor() {
        super();
        contexts.push(this);
      }
    };
    Object.assign(window, { contexts });
  });
  await alice.open("random");
  await alice.say("My own");
  await bob.open("random");
  await bob.sees("My own");
  await bob.say("Seen as it comes");
  await alice.sees("Seen as it comes");
  expect(await sounds()).toBe(0);

  await bob.open("help");
  await bob.say("Heard");
  await expect.poll(sounds).toBe(1);
  expect(
    await page.evaluate(() =>
      (window as unknown as { contexts: AudioContext[] }).contexts.map(({ state }) => state),
    ),
  ).toEqual(["running"]);

  await page.getByRole("button", { name: "Turn sound off" }).click();
  await bob.say("Quietly");
  await expect(alice.unread("help")).toHaveText("2");
  expect(await sounds()).toBe(1);

  await page.reload();
  await isLive(page);
  await page.getByRole("button", { name: "Turn sound on" }).focus();
  await page.keyboard.press("Shift");
  await bob.say("Still quiet");
  await expect(alice.unread("help")).toHaveText("3");
  expect(await sounds()).toBe(0);
  await page.getByRole("button", { name: "Turn sound on" }).click();
  await bob.say("Heard again");
  await expect.poll(sounds).toBe(1);
});

/** Takes the browser's place: a headless one shows notifications to nobody. */
async function recordNotifications(page: Page): Promise<void> {
  await page.evaluate(() => {
    const shown: Shown[] = [];
    class Recorder {
      static permission = "default";
      static async requestPermission() {
        Recorder.permission = "granted";
        return "granted";
      }
      onclick: ((event: Event) => void) | null = null;
      constructor(title: string, { body, tag }: { body: string; tag: string }) {
        shown.push({ title, body, tag });
        Object.assign(window, { click: () => this.onclick?.(new Event("click")) });
      }
      close() {}
    }
    Object.assign(window, { Notification: Recorder, shown });
  });
}
