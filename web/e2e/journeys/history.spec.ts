import { expectFrames } from "../support/frames";
import { expect, test } from "../support/journey";

test("scrolling back through 500 messages keeps the view where it is, and coming back follows again", async ({
  join,
}) => {
  const alice = await join("Alice");
  const bob = await join("Bob");
  const { page } = alice;
  const id = await alice.create("long", "public", [bob]);
  await bob.fill(id, 1, 500);
  await expect(alice.unread("long")).toHaveText("500");
  await alice.open("long");
  await alice.sees("Message 500.");
  await expect(alice.unread("long")).toHaveCount(0);

  await page.getByRole("log").hover();
  const first = alice.message("Message 1.");
  await expectFrames(page, "wheel", async () => {
    while ((await first.count()) === 0) {
      await page.mouse.wheel(0, -900);
      await page.evaluate(() => new Promise(requestAnimationFrame));
    }
  });
  await expect(page.getByText("This is the start of")).toBeVisible();

  await bob.fill(id, 501, 501);
  const button = page.getByRole("button", { name: /New messages/ });
  await expect(button).toContainText("1");
  await button.click();
  await alice.sees("Message 501.");
  await expect(button).toHaveCount(0);
  await bob.fill(id, 502, 502);
  await alice.sees("Message 502.");
});
