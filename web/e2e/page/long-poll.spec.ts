import { expect, test } from "../support/journey";
import { isLive, type Person } from "../support/person";

test("forced to long-poll, a page says what that costs, and people chat over it and back on WebSocket", async ({
  join,
}) => {
  const alice = await join("Alice");
  const bob = await join("Bob", { transport: "poll" });
  await alice.open("general");
  await bob.open("general");
  await choose(alice, "Long-poll");
  await expect(alice.page.getByText("Presence is up to 30 s old")).toBeVisible();

  await alice.say("Slowly but surely");
  await bob.sees("Slowly but surely");
  await bob.say("As ever");
  await alice.sees("As ever");
  await alice.composer.press("ArrowUp");
  await alice.page.getByLabel("Edit message").fill("Slowly and surely");
  await alice.page.getByLabel("Edit message").press("Enter");
  await bob.sees("Slowly and surely");

  await bob.menu("Slowly and surely", "Reply in thread");
  const reply = bob.thread.getByLabel("Reply in thread", { exact: true });
  await reply.fill("In a thread, too");
  await reply.press("Enter");
  await alice
    .message("Slowly and surely")
    .getByRole("button", { name: /1 reply/ })
    .click();
  await expect(alice.thread.getByRole("article").filter({ hasText: "In a thread, too" })).toHaveCount(1);
  await alice.thread.getByLabel("Reply in thread", { exact: true }).fill("Both ways");
  await alice.thread.getByLabel("Reply in thread", { exact: true }).press("Enter");
  await expect(bob.thread.getByRole("article").filter({ hasText: "Both ways" })).toHaveCount(1);
  await alice.page.keyboard.press("Escape");

  await choose(alice, "WebSocket");
  await bob.say("Faster now");
  await alice.sees("Faster now");
  await expect(alice.page.locator("[data-pane]").getByRole("article")).toHaveCount(3);
});

async function choose({ page }: Person, transport: "Long-poll" | "WebSocket"): Promise<void> {
  await page.getByRole("button", { name: "Settings", exact: true }).click();
  await page.getByRole("group", { name: "Connection" }).getByText(transport, { exact: true }).click();
  await expect(page.getByText(`Connected over ${transport}.`)).toBeVisible();
  await page.keyboard.press("Escape");
  await isLive(page, transport === "WebSocket" ? "ws" : "poll");
}
