import { expectAccessible } from "../support/accessible";
import { expect, test } from "../support/journey";
import { isLive, PASSWORD } from "../support/person";

test.describe("with tokens of a few seconds", () => {
  test.use({ env: { ACCESS_TOKEN_TTL_S: "4" } });

  test("people go on talking while their tokens are renewed, and after one has expired", async ({ join }) => {
    const alice = await join("Alice");
    const bob = await join("Bob");
    await alice.open("general");
    await bob.open("general");
    for (let turn = 1; turn <= 2; turn += 1) {
      await alice.page.waitForResponse((answer) => answer.url().endsWith("/v1/auth/refresh"));
      await alice.say(`Turn ${turn} of Alice`);
      await bob.sees(`Turn ${turn} of Alice`);
      await bob.say(`Turn ${turn} of Bob`);
      await alice.sees(`Turn ${turn} of Bob`);
    }

    await bob.page.route("**/v1/auth/refresh", (route) => route.abort());
    await expect(bob.page.locator("[data-banner]")).toBeVisible();
    await alice.say("Said while Bob's had expired");
    await bob.page.unroute("**/v1/auth/refresh");
    await bob.sees("Said while Bob's had expired");
    await bob.say("Back again");
    await alice.sees("Back again");
    await expect(alice.page.locator("[data-pane]").getByRole("article")).toHaveCount(6);
    await expect(bob.page.locator("[data-pane]").getByRole("article")).toHaveCount(6);
  });
});

test("somebody signs in elsewhere, and that session is listed and ended", async ({
  join,
  browser,
  server,
}) => {
  const alice = await join("Alice");
  const page = await (await browser.newContext()).newPage();
  await page.goto(server.url);
  await page.getByLabel("Username").fill(alice.username);
  await page.getByLabel("Password").fill("not it at all");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toHaveText("Username or password is wrong.");
  await expectAccessible(page);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await isLive(page);
  await alice.page.getByRole("button", { name: "Settings", exact: true }).click();
  await alice.page.getByRole("button", { name: "End", exact: true }).click();
  await expect(page.getByText("Your session has ended")).toBeVisible();
});
