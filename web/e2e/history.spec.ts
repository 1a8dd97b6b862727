import { expect, expectAccessible, test } from "./support/journey";

test("scrolling back through 500 messages keeps the view where it is, and coming back follows again", async ({
  join,
}) => {
  test.setTimeout(120_000);
  const alice = await join("Alice");
  const bob = await join("Bob");
  const { page, server } = alice;
  const headers = { Origin: server.url };
  const made = await alice.context.request.post(`${server.url}/v1/channels`, {
    headers,
    data: { name: `long ${Date.now()}`, kind: "public" },
  });
  const { id, name } = await made.json();
  await bob.context.request.post(`${server.url}/v1/channels/${id}/join`, { headers });
  for (let index = 1; index <= 500; index += 1) {
    const text = `Message number ${index}.${"\nAnd more".repeat(index % 4)}`;
    await bob.context.request.post(`${server.url}/v1/channels/${id}/messages`, { headers, data: { text } });
  }
  await expect(alice.sidebarLink(name).locator("[data-unread]")).toHaveText("500");
  await alice.open(name);
  await alice.sees("Message number 500.");
  await expect(alice.sidebarLink(name).locator("[data-unread]")).toHaveCount(0);

  const list = page.getByRole("log");
  await list.hover();
  let worst = 0;
  for (let turn = 0; turn < 200 && (await alice.message("Message number 1.").count()) === 0; turn += 1) {
    await page.mouse.wheel(0, -900);
    worst = Math.max(worst, await jumpWhileAtRest(page));
  }
  await expect(page.getByText("This is the start of")).toBeVisible();
  expect(worst).toBeLessThanOrEqual(1);

  await bob.context.request.post(`${server.url}/v1/channels/${id}/messages`, {
    headers,
    data: { text: "One more" },
  });
  const button = page.getByRole("button", { name: /New messages/ });
  await expect(button).toContainText("1");
  await expectAccessible(page);
  await button.click();
  await alice.sees("One more");
  await expect(button).toHaveCount(0);
});

/** The most that a row moved, over some frames in which nobody scrolled. */
function jumpWhileAtRest(page: import("@playwright/test").Page): Promise<number> {
  return page.evaluate(async () => {
    const list = document.querySelector("[data-message-list]");
    const top = list?.getBoundingClientRect().top ?? 0;
    // The wheel has its own animation: wait until it is over.
    let offset = -1;
    const frame = () => new Promise(requestAnimationFrame);
    for (let still = 0; still < 3; ) {
      await frame();
      still = list?.scrollTop === offset ? still + 1 : 0;
      offset = list?.scrollTop ?? 0;
    }
    const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")];
    const row = rows.find((held) => held.getBoundingClientRect().top >= top);
    const before = row?.getBoundingClientRect().top ?? 0;
    let worst = 0;
    for (let count = 0; count < 8; count += 1) {
      await frame();
      if (row?.isConnected) worst = Math.max(worst, Math.abs(row.getBoundingClientRect().top - before));
    }
    return worst;
  });
}
