import { expectAccessible } from "../support/accessible";
import { expect, test } from "../support/journey";

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

test("on a phone there is one pane at a time, and the way back", async ({ join }) => {
  const alice = await join("Alice", PHONE);
  const bob = await join("Bob");
  const { page } = alice;
  const channels = page.getByRole("navigation");
  await expect(channels).toBeVisible();
  await expectAccessible(page);
  await bob.open("general");
  await bob.say("Where are you");
  await expect(alice.unread("general")).toHaveText("1");
  await alice.open("general");
  await expect(channels).toBeHidden();
  await alice.sees("Where are you");
  await alice.say(
    "On the train, with a longwordthatdoesnotendandwouldpushthepageasideifitwerenotbrokensomewhere",
  );
  await bob.sees("On the train");
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow).toBe(0);

  await bob.menu("On the train", "Reply in thread");
  const reply = bob.thread.getByLabel("Reply in thread", { exact: true });
  await reply.fill("Which one");
  await reply.press("Enter");
  await alice
    .message("On the train")
    .getByRole("button", { name: /1 reply/ })
    .tap();
  await expect(alice.thread.getByRole("article").filter({ hasText: "Which one" })).toBeVisible();
  await expect(alice.composer).toBeHidden();
  await expectAccessible(page);
  await page.goBack();

  await alice.openMembers();
  await expect(alice.composer).toBeHidden();
  await expectAccessible(page);
  await page.goBack();
  await expect(alice.composer).toBeVisible();
  await page.getByRole("button", { name: "Back to channels" }).tap();
  await expect(channels).toBeVisible();
});
