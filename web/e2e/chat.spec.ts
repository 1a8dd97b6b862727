import { expect, expectAccessible, TRANSPORTS, test } from "./support/journey";

for (const transport of TRANSPORTS) {
  test.describe(`over ${transport}`, () => {
    test("two people chat both ways, see each other type, and see who has read", async ({ join }) => {
      const alice = await join("Alice", { transport });
      const bob = await join("Bob", { transport });
      await alice.open("general");
      await bob.open("general");
      await expect(alice.page.locator(`[data-transport="${transport}"]`)).toHaveCount(1);

      const morning = `Good morning over ${transport}`;
      await alice.say(morning);
      await bob.sees(morning);
      await expect(alice.message(morning).getByRole("button", { name: /Read by .*Bob/ })).toBeVisible();

      await bob.composer.pressSequentially("Good");
      await expect(alice.page.locator("[data-typing]")).toHaveText("Bob is typing");
      await bob.say(`Good evening over ${transport}`);
      await alice.sees(`Good evening over ${transport}`);
      await expect(alice.page.locator("[data-typing]")).toHaveText("");
      await expect(bob.page.locator("[data-announcer]")).toHaveText(`Alice: ${morning}`);

      await bob.context.close();
      await alice.page.getByRole("button", { name: /members?, show/ }).click();
      await expect(alice.page.getByRole("button", { name: "Message Bob, offline" }).last()).toBeVisible({
        timeout: 15_000,
      });
      await expectAccessible(alice.page);
    });

    test("a message is edited and deleted, and a thread grows beside it", async ({ join }) => {
      const alice = await join("Alice", { transport });
      const bob = await join("Bob", { transport });
      await alice.open("random");
      await bob.open("random");
      const stamp = `${transport}-${Date.now()}`;

      await alice.say(`Lunch at noom ${stamp}`);
      await bob.sees(`noom ${stamp}`);
      await alice.composer.press("ArrowUp");
      const edit = alice.page.getByLabel("Edit message");
      await edit.fill(`Lunch at noon ${stamp}`);
      await edit.press("Enter");
      await bob.sees(`noon ${stamp}`);
      await expect(bob.message(`noon ${stamp}`)).toContainText("(edited)");

      await bob.menu(`noon ${stamp}`, "Reply in thread");
      const reply = bob.page.getByLabel("Reply in thread", { exact: true }).last();
      await reply.fill("I am in");
      await reply.press("Enter");
      await expect(alice.message(`noon ${stamp}`).getByRole("button", { name: /1 reply/ })).toBeVisible();
      await alice
        .message(`noon ${stamp}`)
        .getByRole("button", { name: /1 reply/ })
        .click();
      const thread = alice.page.getByRole("complementary", { name: "Thread" });
      await expect(thread.getByRole("article").filter({ hasText: "I am in" })).toHaveCount(1);
      await expectAccessible(alice.page);
      await alice.page.keyboard.press("Escape");
      await expect(thread).toHaveCount(0);

      await alice.say(`Never mind ${stamp}`);
      await bob.sees(`Never mind ${stamp}`);
      await alice.menu(`Never mind ${stamp}`, "Delete");
      await expect(bob.message(`Never mind ${stamp}`)).toHaveCount(0);
      await expect(bob.message("This message was deleted").last()).toBeVisible();
    });
  });
}
