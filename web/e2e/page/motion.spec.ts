import type { Page } from "@playwright/test";
import { expect, test } from "../support/journey";

const STILL = { reducedMotion: "reduce" as const };

test("whoever asks for less motion sees none: typing, menus and links that lead to a message", async ({
  join,
}) => {
  const alice = await join("Alice", { ...STILL, permissions: ["clipboard-read", "clipboard-write"] });
  const bob = await join("Bob");
  await alice.open("general");
  await bob.open("general");
  await bob.composer.pressSequentially("Typing");
  await expect(alice.page.locator("[data-typing]")).toHaveText("Bob is typing");
  await expectStill(alice.page, ".typing-dot");
  await bob.say("Here");
  await alice.sees("Here");

  await alice.message("Here").locator(".message-text").click({ button: "right" });
  await expectStill(alice.page, ".pop-in");
  await alice.page.getByRole("menuitem", { name: "Copy link" }).click();
  await alice.page.goto(await alice.page.evaluate(() => navigator.clipboard.readText()));
  await expect(alice.message("Here")).toBeInViewport();
  await expectStill(alice.page, ".flash");

  // The same things do move for everyone else.
  await alice.composer.pressSequentially("Typing");
  const dot = bob.page.locator(".typing-dot").first();
  await expect(dot).toBeVisible();
  expect(await dot.evaluate((element) => getComputedStyle(element).animationDuration)).toBe("1.2s");
});

async function expectStill(page: Page, selector: string): Promise<void> {
  await expect(page.locator(selector).first()).toBeAttached();
  const lasting = await page.evaluate(() => {
    const ms = (animation: Animation) => Number(animation.effect?.getComputedTiming().activeDuration ?? 0);
    return document
      .getAnimations()
      .map(ms)
      .filter((duration) => duration > 1);
  });
  expect(lasting).toEqual([]);
}
