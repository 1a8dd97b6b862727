import { expectAccessible } from "../support/accessible";
import { expect, test } from "../support/journey";
import { isLive, message, PASSWORD } from "../support/person";

test("by keyboard alone: sign in, find a channel, write, edit, reply in a thread, sign out", async ({
  join,
  browser,
  server,
  transport,
}) => {
  const bob = await join("Bob");
  const context = await browser.newContext();
  await context.addInitScript((held) => localStorage.setItem("hubbub.transport", held), transport);
  const page = await context.newPage();
  await page.goto(server.url);
  const { keyboard } = page;
  await expectAccessible(page);
  await page.getByLabel("Username").focus();
  await keyboard.type(bob.username);
  await keyboard.press("Tab");
  await keyboard.type(PASSWORD);
  await keyboard.press("Enter");
  await isLive(page, transport);

  await keyboard.press("Control+k");
  await expect(page.getByPlaceholder("Channel or person")).toBeFocused();
  await keyboard.type("rand");
  await expect(page.getByRole("option", { name: /random/ })).toHaveAttribute("aria-selected", "true");
  await keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "random" })).toBeVisible();
  await expect(page.locator("[data-composer]")).toBeFocused();
  await keyboard.type("Typed with a slip");
  await keyboard.press("Enter");
  const row = message(page, "Typed");
  await expect(row).toHaveCount(1);
  await expect(row).toHaveAttribute("data-message-id", /./);
  await keyboard.press("ArrowUp");
  await expect(page.getByLabel("Edit message")).toBeFocused();
  await keyboard.press("Control+A");
  await keyboard.type("Typed and mended");
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
});
