import { expectAccessible } from "../support/accessible";
import { expect, test } from "../support/journey";

test("a click on a name shows who it is, and the card leads to the DM", async ({ join }) => {
  const alice = await join("Alma");
  const bob = await join("Bruno");
  const text = `Hello from Bruno ${Date.now()}`;
  await bob.say(text);
  await alice.sees(text);

  const name = alice.message(text).getByRole("button", { name: "Bruno" });
  await name.click();
  const card = alice.page.getByRole("dialog", { name: "Bruno" });
  await expect(card).toContainText(`@${bob.username}`);
  await expect(card).toContainText("Online");
  await expect(card.getByRole("button", { name: "Message" })).toBeFocused();
  await expectAccessible(alice.page);

  // It lies wholly on the page, beside what was clicked.
  const [box, anchor] = [await card.boundingBox(), await name.boundingBox()];
  const view = alice.page.viewportSize();
  if (!box || !anchor || !view) throw new Error("nothing is drawn");
  expect(box.x).toBeGreaterThanOrEqual(anchor.x + anchor.width);
  expect(box.y).toBeGreaterThanOrEqual(0);
  expect(box.x + box.width).toBeLessThanOrEqual(view.width);
  expect(box.y + box.height).toBeLessThanOrEqual(view.height);

  // Escape closes the card alone.
  await alice.page.keyboard.press("Escape");
  await expect(card).toHaveCount(0);
  await expect(name).toBeFocused();

  await bob.context.close();
  await name.click();
  await expect(card).toContainText("Last seen", { timeout: 30_000 });
  await card.getByRole("button", { name: "Message" }).click();
  await expect(card).toHaveCount(0);
  await expect(alice.page.getByRole("heading", { name: "Bruno" })).toBeVisible();
  await expect(alice.composer).toBeFocused();
  await alice.page.getByRole("heading", { name: "Bruno" }).getByRole("button").click();
  await expect(card).toBeVisible();
});

test("by keyboard the menu shows the card, and in the member panel the face does", async ({ join }) => {
  const alice = await join("Alma");
  const { page } = alice;
  const { keyboard } = page;
  const text = `My own ${Date.now()}`;
  await alice.say(text);
  await alice.sees(text);
  await expect(alice.message(text)).toHaveAttribute("data-message-id", /./);
  await keyboard.press("Shift+F6");
  await keyboard.press("ArrowUp");
  await expect(alice.message(text)).toBeFocused();
  await keyboard.press("Shift+F10");
  await expect(page.getByRole("menu", { name: "Message" })).toBeVisible();
  await keyboard.type("Show");
  await expect(page.getByRole("menuitem", { name: "Show profile" })).toBeFocused();
  await keyboard.press("Enter");
  const card = page.getByRole("dialog", { name: "Alma" });
  await expect(card.getByRole("button", { name: "Edit profile" })).toBeFocused();
  await keyboard.press("Escape");
  await expect(alice.message(text)).toBeFocused();

  await keyboard.press("Control+.");
  const panel = page.getByRole("complementary", { name: "Members" });
  await expect(panel.getByRole("button", { name: "Alma, you" })).toBeVisible();
  await panel.getByRole("button", { name: "Profile of Alma" }).first().focus();
  await keyboard.press("Enter");
  await expect(page.locator("[data-user-card]")).toBeVisible();
  await keyboard.press("Escape");
  await expect(panel).toBeVisible();
  await panel.getByRole("button", { name: "Alma, you" }).click();
  await card.getByRole("button", { name: "Edit profile" }).click();
  await expect(page.getByLabel("Display name")).toHaveValue("Alma");
});

test("on a phone the card rises from the foot of the page", async ({ join }) => {
  const alice = await join("Alma", { viewport: { width: 390, height: 780 }, hasTouch: true });
  const bob = await join("Bruno");
  const text = `To a phone ${Date.now()}`;
  await bob.say(text);
  await alice.open("general");
  await alice.sees(text);
  await alice.message(text).getByRole("button", { name: "Bruno" }).tap();
  const card = alice.page.getByRole("dialog", { name: "Bruno" });
  await expect(card).toBeVisible();
  // Once it has come to rest.
  const edges = async () => {
    const { x, y, width, height } = (await card.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    return [x, x + width, y + height];
  };
  await expect.poll(edges).toEqual([0, 390, 780]);
  await expectAccessible(alice.page);
  await alice.page.touchscreen.tap(195, 60);
  await expect(card).toHaveCount(0);
});
