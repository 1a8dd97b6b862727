import { expect, TRANSPORTS, test } from "./support/journey";
import { Person } from "./support/person";
import { Server } from "./support/server";

/** The list mounts what is in view: here that is all of it. */
const TALL = { width: 1000, height: 2400 };

for (const transport of TRANSPORTS) {
  test(`over ${transport} the server is killed while both type, and nothing is lost or doubled`, async ({
    browser,
  }) => {
    const server = await Server.start();
    const alice = await Person.join(browser, server, "Alice", { transport, viewport: TALL });
    const bob = await Person.join(browser, server, "Bob", { transport, viewport: TALL });
    await alice.open("general");
    await bob.open("general");
    const sent: string[] = [];
    const say = async (person: Person, text: string) => {
      sent.push(`${person.name} ${text}.`);
      await person.say(`${person.name} ${text}.`);
    };

    for (let index = 0; index < 5; index += 1) {
      await say(alice, `before ${index}`);
      await say(bob, `before ${index}`);
    }
    const killed = server.kill();
    for (let index = 0; index < 4; index += 1) {
      await say(alice, `during ${index}`);
      await say(bob, `during ${index}`);
    }
    await killed;
    await expect(alice.page.locator("[data-banner]")).toBeVisible();
    await expect(alice.page.getByRole("button", { name: "Retry" }).first()).toBeVisible();
    await server.up();
    await alice.isLive();
    await bob.isLive();
    await say(alice, "after");
    await say(bob, "after");

    for (const person of [alice, bob]) {
      for (const text of sent) await person.sees(text);
      await expect(person.page.locator("[data-pane]").getByRole("article")).toHaveCount(sent.length);
      await expect(person.page.getByRole("button", { name: "Retry", exact: true })).toHaveCount(0);
    }
    await alice.context.close();
    await bob.context.close();
    await server.end();
  });
}

test("what was written while nothing answered survives a reload, and is sent once", async ({ browser }) => {
  const server = await Server.start();
  const alice = await Person.join(browser, server, "Alice");
  const bob = await Person.join(browser, server, "Bob");
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
  await alice.context.close();
  await bob.context.close();
  await server.end();
});
