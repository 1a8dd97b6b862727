import { expect, test } from "../support/journey";

test("the buttons of a message come with the mouse, beside it, and nothing moves", async ({ join }) => {
  const alice = await join("Marta");
  const text = `A long message ${"that fills its whole line and wraps ".repeat(6)}${Date.now()}`;
  await alice.say(text);
  const row = alice.message(text);
  await expect(row).toHaveAttribute("data-message-id", /./);
  await alice.page.mouse.move(600, 20);
  const before = await row.boundingBox();
  await row.hover();
  const more = row.getByRole("button", { name: "More actions" });
  await expect(more).toBeVisible();
  expect(await row.boundingBox()).toEqual(before);
  await more.click();
  await expect(alice.page.getByRole("menuitem", { name: "Edit" })).toBeVisible();
  await alice.page.keyboard.press("Escape");
  await expect(alice.page.getByRole("menu")).toHaveCount(0);
  await row.getByRole("button", { name: "Reply in thread" }).click();
  await expect(alice.page.getByRole("complementary", { name: "Thread" })).toBeVisible();
});

test("a long press opens a message's menu, and the finger that is lifted leaves it open", async ({
  join,
}) => {
  const alice = await join("Marta", { viewport: { width: 390, height: 780 }, hasTouch: true });
  const { page } = alice;
  await alice.open("general");
  const text = `Press me ${Date.now()}`;
  await alice.say(text);
  await expect(alice.message(text)).toHaveAttribute("data-message-id", /./);
  const box = await alice.message(text).locator(".message-text").boundingBox();
  if (!box) throw new Error("the message is not drawn");
  const touch = await page.context().newCDPSession(page);
  const touchPoints = [{ x: box.x + 10, y: box.y + 10 }];
  await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints });
  const edit = page.getByRole("menuitem", { name: "Edit" });
  await expect(edit).toBeVisible();
  await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await edit.tap();
  await expect(page.getByLabel("Edit message")).toBeFocused();
});
