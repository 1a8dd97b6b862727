import { expect, test } from "../support/journey";

test("two people chat both ways, see each other type, who has read, and who is there", async ({ join }) => {
  const alice = await join("Alice");
  const bob = await join("Bob");
  await alice.open("general");
  await bob.open("general");

  await alice.say("Good morning");
  await bob.sees("Good morning");
  await expect(alice.message("Good morning").getByRole("button", { name: "Read by Bob" })).toBeVisible();

  await bob.composer.pressSequentially("Good");
  await expect(alice.page.locator("[data-typing]")).toHaveText("Bob is typing");
  await bob.say("Good evening");
  await alice.sees("Good evening");
  await expect(alice.page.locator("[data-typing]")).toHaveText("");

  await alice.openMembers();
  await expect(alice.members.getByRole("button", { name: "Message Bob, online" })).toBeVisible();
  await bob.context.close();
  await expect(alice.members.getByRole("button", { name: "Message Bob, offline" })).toBeVisible();
});

test("a message is edited and deleted, and a thread grows beside it", async ({ join }) => {
  const alice = await join("Alice");
  const bob = await join("Bob");
  await alice.open("random");
  await bob.open("random");

  await alice.say("Lunch at noom");
  await bob.sees("Lunch at noom");
  await alice.composer.press("ArrowUp");
  const edit = alice.page.getByLabel("Edit message");
  await edit.fill("Lunch at noon");
  await edit.press("Enter");
  await bob.sees("Lunch at noon");
  await expect(bob.message("Lunch at noon")).toContainText("(edited)");

  await bob.menu("Lunch at noon", "Reply in thread");
  const reply = bob.thread.getByLabel("Reply in thread", { exact: true });
  await reply.fill("I am in");
  await reply.press("Enter");
  const summary = alice.message("Lunch at noon").getByRole("button", { name: /1 reply/ });
  await summary.click();
  await expect(alice.thread.getByRole("article").filter({ hasText: "I am in" })).toHaveCount(1);
  await expect(alice.message("I am in")).toHaveCount(0);
  await alice.page.keyboard.press("Escape");
  await expect(alice.thread).toHaveCount(0);

  await alice.say("Never mind");
  await bob.sees("Never mind");
  await alice.menu("Never mind", "Delete");
  await expect(alice.page.getByRole("dialog", { name: "Delete this message?" })).toBeVisible();
  await alice.page.keyboard.press("Escape");
  await alice.sees("Never mind");
  await alice.menu("Never mind", "Delete");
  await alice.confirm("Delete this message?");
  await expect(bob.message("Never mind")).toHaveCount(0);
  await bob.sees("This message was deleted");
});
