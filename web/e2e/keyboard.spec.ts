import { expect, expectAccessible, test } from "./support/journey";
import { PASSWORD } from "./support/person";

test("by keyboard alone: sign in, find a channel, write, edit, reply in a thread, sign out", async ({
  join,
  browser,
  server,
}) => {
  const bob = await join("Bob");
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(server.url);
  const { keyboard } = page;
  await expectAccessible(page);
  await page.getByLabel("Username").focus();
  await keyboard.type(bob.username);
  await keyboard.press("Tab");
  await keyboard.type(PASSWORD);
  await keyboard.press("Enter");
  await expect(page.locator('[data-connection="live"]')).toHaveCount(1);

  await keyboard.press("Control+k");
  await expect(page.getByPlaceholder("Channel or person")).toBeFocused();
  await keyboard.type("rand");
  await expect(page.getByRole("option", { name: /random/ })).toHaveAttribute("aria-selected", "true");
  await keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "random" })).toBeVisible();
  await expect(page.locator("[data-composer]")).toBeFocused();
  const text = `Typed ${Date.now()}`;
  await keyboard.type(`${text} with a slip`);
  await keyboard.press("Enter");
  const row = page.locator("[data-pane]").getByRole("article").filter({ hasText: text });
  await expect(row).toHaveCount(1);
  await expect(row).toHaveAttribute("data-message-id", /./);
  await keyboard.press("ArrowUp");
  await expect(page.getByLabel("Edit message")).toBeFocused();
  await keyboard.press("Control+A");
  await keyboard.type(`${text} mended`);
  await keyboard.press("Enter");
  await expect(row).toContainText("mended");
  await expect(page.locator("[data-composer]")).toBeFocused();

  await keyboard.press("Shift+F6");
  await expect(page.getByRole("log")).toBeFocused();
  await keyboard.press("ArrowUp");
  await expect(row).toBeFocused();
  await keyboard.press("Shift+F10");
  await expect(page.getByRole("menu")).toBeVisible();
  await keyboard.press("Home");
  await keyboard.press("Enter");
  await expect(page.getByRole("complementary", { name: "Thread" })).toBeVisible();
  await expect(page.locator("[data-thread-composer]")).toBeFocused();
  await keyboard.type("And a reply");
  await keyboard.press("Enter");
  await expect(
    page.getByRole("complementary").getByRole("article").filter({ hasText: "And a reply" }),
  ).toHaveCount(1);
  await keyboard.press("Escape");
  await expect(page.getByRole("complementary", { name: "Thread" })).toHaveCount(0);
  await expectAccessible(page);
  await keyboard.press("Control+/");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await expectAccessible(page);
  await context.close();
});

test("the other session is listed, and ended", async ({ join, browser, server }) => {
  const alice = await join("Alice");
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(server.url);
  await page.getByLabel("Username").fill(alice.username);
  await page.getByLabel("Password").fill("not it at all");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toHaveText("Username or password is wrong.");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.locator('[data-connection="live"]')).toHaveCount(1);
  await alice.page.getByRole("button", { name: "Settings", exact: true }).click();
  await expectAccessible(alice.page);
  await alice.page.getByRole("button", { name: "End", exact: true }).click();
  await expect(page.getByText("Your session has ended")).toBeVisible({ timeout: 15_000 });
  await context.close();
});
