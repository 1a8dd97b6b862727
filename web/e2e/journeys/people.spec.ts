import { expectAccessible } from "../support/accessible";
import { expect, test } from "../support/journey";

test("a channel is made, somebody is added and leaves again, and a DM shows itself with its first message", async ({
  join,
}) => {
  const alice = await join("Petra");
  const bob = await join("Quentin");
  const { page } = alice;
  await page.getByRole("button", { name: "Create a channel" }).click();
  await page.getByLabel("Name").fill("garden");
  await page.getByLabel("Description").fill("What grows");
  await page.getByLabel("Private").check();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await expect(page.getByRole("heading", { name: "garden" })).toBeVisible();
  await expect(bob.link("garden")).toHaveCount(0);

  await alice.openMembers();
  await page.getByRole("button", { name: "Add people" }).click();
  await page.getByLabel("Search people").fill(bob.username);
  await page.getByRole("button", { name: "Add Quentin" }).click();
  await expect(bob.link("garden")).toBeVisible();
  await page.keyboard.press("Escape");
  await bob.open("garden");
  await alice.say("Tomatoes!");
  await bob.sees("Tomatoes!");
  const listed = alice.members.getByRole("button", { name: "Message Quentin" });
  await expect(listed).toBeVisible();

  await bob.page.getByRole("button", { name: "Channel settings" }).click();
  await bob.page.getByRole("button", { name: "Leave channel" }).click();
  await bob.confirm("Leave #garden?");
  await expect(bob.link("garden")).toHaveCount(0);
  await expect(listed).toHaveCount(0);

  await page.keyboard.press("Control+k");
  await page.getByPlaceholder("Channel or person").fill(bob.username);
  await page.getByRole("option", { name: new RegExp(bob.username) }).click();
  await expect(page.getByRole("heading", { name: "Quentin" })).toBeVisible();
  await expect(bob.link("Petra")).toHaveCount(0);
  await alice.say("Sorry to see you go");
  await expect(bob.unread("Petra")).toHaveText("1");
  await expect(bob.page).toHaveTitle(/^\(1\) /);
  await bob.open("Petra");
  await bob.sees("Sorry to see you go");
});

test("a channel is found by browsing, looked at, and joined", async ({ join }) => {
  const alice = await join("Alice");
  const bob = await join("Bob");
  const { page } = bob;
  await alice.create("open", "public");
  await page.getByRole("button", { name: "Browse channels" }).click();
  await page.getByLabel("Search").fill("open");
  await page.getByRole("button", { name: "Look at open" }).click();
  await page.getByRole("button", { name: "Join channel" }).click();
  await expect(bob.composer).toBeVisible();
  await bob.say("Here now");
  await alice.open("open");
  await alice.sees("Here now");
});

test("an owner removes somebody from a private channel, who sees nothing of it any more", async ({
  join,
}) => {
  const alice = await join("Alice");
  const bob = await join("Bob");
  await alice.create("secret", "private", [bob]);
  await alice.open("secret");
  await bob.open("secret");
  await alice.say("Between us");
  await bob.sees("Between us");

  await alice.openMembers();
  const listed = alice.members.getByRole("listitem").filter({ hasText: "Bob" });
  await listed.hover();
  await listed.getByRole("button", { name: "Remove Bob" }).click();
  await expectAccessible(alice.page);
  await alice.confirm("Remove Bob?");
  await expect(listed).toHaveCount(0);
  await expect(bob.link("secret")).toHaveCount(0);
  await expect(bob.page.getByText("There is no such channel")).toBeVisible();

  await alice.say("Without Bob");
  await alice.sees("Without Bob");
  await expect(bob.page.getByText("Without Bob")).toHaveCount(0);
  await bob.open("general");
  await expect(bob.page).toHaveTitle("#general – Hubbub");
});

test("an archived channel can be read and not written to, until its owner opens it again", async ({
  join,
}) => {
  const alice = await join("Alice");
  const bob = await join("Bob");
  await alice.create("project", "public", [bob]);
  await alice.open("project");
  await bob.open("project");
  await alice.say("Well done, all");
  await bob.sees("Well done, all");

  await alice.page.getByRole("button", { name: "Channel settings" }).click();
  await alice.page.getByRole("button", { name: "Archive channel" }).click();
  await alice.confirm("Archive #project?");
  for (const { page, composer } of [alice, bob]) {
    await expect(page.getByText("This channel is archived.")).toBeVisible();
    await expect(composer).toHaveCount(0);
  }
  await expect(bob.link("project, archived")).toBeVisible();
  await bob.sees("Well done, all");
  await expectAccessible(bob.page);

  await alice.page.getByRole("button", { name: "Channel settings" }).click();
  await alice.page.getByRole("button", { name: "Open again" }).click();
  await expect(bob.composer).toBeVisible();
  await bob.say("Back to work");
  await alice.sees("Back to work");
});
