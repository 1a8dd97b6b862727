import { expect, test } from "../support/journey";

test("a link to a message is copied, leads there from anywhere, and the way back to the newest", async ({
  join,
}) => {
  const alice = await join("Alice");
  const bob = await join("Bob", { permissions: ["clipboard-read", "clipboard-write"] });
  const id = await alice.create("archive", "public", [bob]);
  await alice.fill(id, 1, 100);
  await bob.open("archive");
  await bob.menu("Message 100.", "Copy link");
  await expect(bob.page.getByText("Link copied")).toBeVisible();
  const link = await bob.page.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(new RegExp(`^${bob.server.url}/c/${id}/m/[^/]+$`));
  await alice.fill(id, 101, 220);

  await alice.page.goto(link);
  await expect(alice.message("Message 100.")).toBeInViewport();
  await expect(alice.page.locator(".flash")).toContainText("Message 100.");
  await expect(alice.message("Message 220.")).toHaveCount(0);
  await alice.page.getByRole("button", { name: /Latest messages|New messages/ }).click();
  await expect(alice.message("Message 220.")).toBeInViewport();
  await bob.say("Found it?");
  await expect(alice.message("Found it?")).toBeInViewport();
});

test("whoever comes back jumps to the first unread message, however far up it is", async ({ join }) => {
  const alice = await join("Alice");
  const bob = await join("Bob");
  const id = await alice.create("busy", "public", [bob]);
  await bob.fill(id, 1, 30);
  await alice.open("busy");
  await alice.sees("Message 30.");
  await expect(alice.unread("busy")).toHaveCount(0);
  await alice.open("general");

  for (const [first, last] of [
    [31, 55],
    [56, 190],
  ] as const) {
    await bob.fill(id, first, last);
    await expect(alice.unread("busy")).toHaveText(String(last - first + 1));
    await alice.open("busy");
    await expect(alice.message(`Message ${last}.`)).toBeInViewport();
    await expect(alice.unread("busy")).toHaveCount(0);
    await alice.page.getByRole("button", { name: "Jump to first unread" }).click();
    await expect(alice.message(`Message ${first}.`)).toBeInViewport();
    await expect(alice.page.locator("[data-new-line]")).toBeInViewport();
    await alice.open("general");
  }
  await alice.open("busy");
  await expect(alice.message("Message 190.")).toBeInViewport();
});
