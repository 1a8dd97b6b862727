import { expect, expectAccessible, test } from "./support/journey";

test("a channel is made, somebody is added and leaves again, and a DM shows itself with its first message", async ({
  join,
}) => {
  const alice = await join("Petra");
  const bob = await join("Quentin");
  const name = `garden ${Date.now()}`;
  await alice.page.getByRole("button", { name: "Create a channel" }).click();
  await alice.page.getByLabel("Name").fill(name);
  await alice.page.getByLabel("Description").fill("What grows");
  await alice.page.getByLabel("Private").check();
  await expectAccessible(alice.page);
  await alice.page.getByRole("button", { name: "Create", exact: true }).click();
  await expect(alice.page.getByRole("heading", { name })).toBeVisible();
  await expect(bob.sidebarLink(name)).toHaveCount(0);

  await alice.page.getByRole("button", { name: /1 member, show/ }).click();
  await alice.page.getByRole("button", { name: "Add people" }).click();
  await alice.page.getByLabel("Search people").fill(bob.username);
  await alice.page.getByRole("button", { name: "Add Quentin" }).click();
  await expect(bob.sidebarLink(name)).toBeVisible();
  await alice.page.keyboard.press("Escape");
  await bob.open(name);
  await alice.say("Tomatoes!");
  await bob.sees("Tomatoes!");
  await expect(
    alice.page
      .getByRole("complementary", { name: "Members" })
      .getByRole("button", { name: "Message Quentin" }),
  ).toBeVisible();

  await bob.page.getByRole("button", { name: "Channel settings" }).click();
  await bob.page.getByRole("button", { name: "Leave channel" }).click();
  await expect(bob.sidebarLink(name)).toHaveCount(0);
  await expect(
    alice.page
      .getByRole("complementary", { name: "Members" })
      .getByRole("button", { name: "Message Quentin" }),
  ).toHaveCount(0);

  await alice.page.keyboard.press("Control+k");
  await alice.page.getByPlaceholder("Channel or person").fill(bob.username);
  await alice.page.getByRole("option", { name: new RegExp(bob.username) }).click();
  await expect(alice.page.getByRole("heading", { name: "Quentin" })).toBeVisible();
  await expect(bob.sidebarLink("Petra")).toHaveCount(0);
  await alice.say("Sorry to see you go");
  await expect(bob.sidebarLink("Petra").locator("[data-unread]")).toHaveText("1");
  await expect(bob.page).toHaveTitle(/^\(1\) /);
});

test("a channel is found by browsing, looked at, and joined", async ({ join }) => {
  const alice = await join("Alice");
  const bob = await join("Bob");
  const name = `open ${Date.now()}`;
  const headers = { Origin: alice.server.url };
  await alice.context.request.post(`${alice.server.url}/v1/channels`, {
    headers,
    data: { name, kind: "public" },
  });
  await bob.page.getByRole("button", { name: "Browse channels" }).click();
  await bob.page.getByLabel("Search").fill(name);
  await bob.page.getByRole("button", { name: `Look at ${name}` }).click();
  await expect(bob.page.getByRole("button", { name: "Join channel" })).toBeVisible();
  await bob.page.getByRole("button", { name: "Join channel" }).click();
  await expect(bob.composer).toBeVisible();
  await bob.say("Here now");
  await bob.sees("Here now");
});
