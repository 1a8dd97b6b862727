import { expect, test } from "../support/journey";
import { hideTab, isLive, message, sidebarLink } from "../support/person";

test("a hidden tab reads nothing, and says so in its title; shown again, it reads", async ({ join }) => {
  const alice = await join("Alice");
  const bob = await join("Bob");
  await alice.open("general");
  await bob.open("general");
  await hideTab(alice.page, true);
  await bob.say("Anyone there");
  await expect(alice.unread("general")).toHaveText("1");
  await expect(alice.page).toHaveTitle("(1) #general – Hubbub");
  await hideTab(alice.page, false);
  await expect(alice.unread("general")).toHaveCount(0);
  await expect(alice.page).toHaveTitle("#general – Hubbub");
});

test("a second tab follows at once, over SSE on the first one's stream, and takes over when that closes", async ({
  join,
  transport,
}) => {
  const alice = await join("Alice");
  const bob = await join("Bob");
  await alice.open("general");
  await bob.open("general");
  const second = await alice.context.newPage();
  const streams: string[] = [];
  second.on("request", (request) => request.url().includes("/v1/sse") && streams.push(request.url()));
  await second.goto(alice.server.url);
  await isLive(second, transport);
  await sidebarLink(second, "random").click();
  await bob.say("To both tabs");
  await alice.sees("To both tabs");
  // Read in the first tab, so not unread in the second.
  await expect(sidebarLink(second, "general").locator("[data-unread]")).toHaveCount(0);
  await sidebarLink(second, "general").click();
  await expect(message(second, "To both tabs")).toBeVisible();
  expect(streams).toEqual([]);

  await second.locator("[data-composer]").fill("From the second tab");
  await second.locator("[data-composer]").press("Enter");
  await alice.sees("From the second tab");
  await bob.sees("From the second tab");

  await alice.page.close();
  await bob.say("After the first one closed");
  await expect(message(second, "After the first one closed")).toHaveCount(1);
});

test("one polite region says what arrives in the open channel, once, and no history", async ({ join }) => {
  const alice = await join("Alice");
  const bob = await join("Bob");
  const { page } = alice;
  const id = await alice.create("news", "public", [bob]);
  await bob.fill(id, 1, 130);
  const said: string[] = [];
  await page.exposeFunction("say", (text: string) => said.push(text));
  await page.evaluate(() => {
    const region = document.querySelector("[data-announcer]");
    const { say } = window as unknown as { say: (text: string) => void };
    const listener = new MutationObserver(() => say(region?.textContent ?? ""));
    if (region) listener.observe(region, { childList: true, characterData: true, subtree: true });
  });
  await alice.open("news");
  await alice.sees("Message 130.");
  const list = page.getByRole("log");
  await list.hover();
  await page.mouse.wheel(0, -20_000);
  await expect(alice.message("Message 130.")).toHaveCount(0);
  await bob.open("general");
  await bob.say("Not in this channel");
  await expect(alice.unread("general")).toHaveText("1");
  await alice.say("One's own words");
  await bob.open("news");
  await bob.sees("One's own words");
  await bob.say("Something **new**");
  await expect.poll(() => said).toEqual(["Bob: Something **new**"]);

  // The log is not live itself, and alerts are for failures: nothing else speaks.
  await expect(page.locator("[aria-live=polite], [role=status], output")).toHaveCount(1);
  await expect(list).toHaveAttribute("aria-live", "off");
});
