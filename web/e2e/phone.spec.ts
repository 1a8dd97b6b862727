import { expect, expectAccessible, test } from "./support/journey";

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

test("on a phone there is one pane at a time, and the way back", async ({ join }) => {
  const alice = await join("Alice", PHONE);
  const { page } = alice;
  await expect(page.getByRole("navigation")).toBeVisible();
  await expectAccessible(page);
  await alice.open("general");
  await expect(page.getByRole("navigation")).toBeHidden();
  await alice.say(
    "From the train, with a longwordthatdoesnotendandwouldpushthepageasideifitwerenotbrokensomewhere",
  );
  await alice.sees("From the train");
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow).toBe(0);
  await page.getByRole("button", { name: /members?, show/ }).click();
  await expect(page.getByRole("complementary", { name: "Members" })).toBeVisible();
  await expect(alice.composer).toBeHidden();
  await expectAccessible(page);
  await page.goBack();
  await expect(alice.composer).toBeVisible();
  await page.getByRole("button", { name: "Back to channels" }).click();
  await expect(page.getByRole("navigation")).toBeVisible();
});
