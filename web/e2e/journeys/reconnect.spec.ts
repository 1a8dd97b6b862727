import { expect, test } from "../support/journey";
import type { Person } from "../support/person";

/** The list mounts what is in view: here that is all of it. */
const TALL = { viewport: { width: 1000, height: 2400 } };

test("the server is killed while both type, and nothing is lost or doubled", async ({ join, server }) => {
  const alice = await join("Alice", TALL);
  const bob = await join("Bob", TALL);
  await alice.open("general");
  await bob.open("general");
  const sent: string[] = [];
  const both = async (text: string) => {
    for (const person of [alice, bob]) {
      sent.push(`${person.name} ${text}.`);
      await person.say(`${person.name} ${text}.`);
    }
  };
  const hasAll = async (person: Person) => {
    for (const text of sent) await person.sees(text);
    await expect(person.page.locator("[data-pane]").getByRole("article")).toHaveCount(sent.length);
    await expect(person.page.getByRole("button", { name: "Retry", exact: true })).toHaveCount(0);
  };

  for (let index = 0; index < 5; index += 1) await both(`before ${index}`);
  const killed = server.kill();
  for (let index = 0; index < 4; index += 1) await both(`during ${index}`);
  await killed;
  await expect(alice.page.locator("[data-banner]")).toBeVisible();
  await expect(alice.page.getByRole("button", { name: "Retry" }).first()).toBeVisible();
  await server.up();
  await alice.isLive();
  await bob.isLive();
  await both("after");
  await hasAll(alice);
  await hasAll(bob);

  await server.kill();
  await both("in the second outage");
  await server.up();
  await hasAll(alice);
  await hasAll(bob);
});

test("what was written while nothing answered survives a reload, and is sent once", async ({ join }) => {
  const alice = await join("Alice");
  const bob = await join("Bob");
  await alice.open("general");
  await bob.open("general");
  await alice.context.route("**/v1/channels/*/messages", (route) =>
    route.request().method() === "POST" ? route.abort() : route.continue(),
  );
  await alice.say("Kept for later");
  await expect(alice.page.getByText("Not sent.")).toBeVisible();
  await alice.context.unroute("**/v1/channels/*/messages");
  await alice.page.reload();
  await bob.sees("Kept for later");
  await alice.sees("Kept for later");
  await alice.page.reload();
  await alice.isLive();
  await alice.sees("Kept for later");
  await bob.sees("Kept for later");
});
