import { expect, test } from "../support/journey";

const NOBODY_KNOWS = "00000000-0000-7000-8000-000000000000";

test("a link to a message that nobody knows leads to its channel, and says so", async ({ join }) => {
  const alice = await join("Alice");
  const id = await alice.create("archive", "public");
  await alice.fill(id, 1, 3);
  await alice.page.goto(`${alice.server.url}/c/${id}/m/${NOBODY_KNOWS}`);
  await expect(alice.page.getByRole("alert")).toHaveText("There is no such message here.");
  await alice.sees("Message 3.");
  await expect(alice.page).toHaveURL(`${alice.server.url}/c/${id}`);
});

test("among very many channels the keyboard finds one, and the sidebar shows where one is", async ({
  join,
}) => {
  const alice = await join("Alice");
  const { page } = alice;
  for (let index = 100; index < 160; index += 1)
    await alice.ask("POST", "/v1/channels", { name: `channel ${index}`, kind: "public" });
  await expect(alice.link("channel 159")).toHaveCount(1);
  await page.keyboard.press("Control+k");
  await page.getByPlaceholder("Channel or person").fill("channel 15");
  await expect(page.getByRole("option").first()).toHaveText(/channel 15\d/);
  await page.getByPlaceholder("Channel or person").fill("channel 158");
  await expect(page.getByRole("option").first()).toHaveText(/channel 158/);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "channel 158" })).toBeVisible();
  await expect(alice.link("channel 158")).toBeInViewport();
  await page.keyboard.press("Alt+ArrowDown");
  await expect(alice.link("channel 159")).toBeInViewport();
});
