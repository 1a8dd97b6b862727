import { test as journey } from "../support/journey";
import { PageHost } from "../support/page-host";
import { isLive, message, PASSWORD, sidebarLink } from "../support/person";

const { expect } = journey;

const test = journey.extend<{ host: PageHost }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright wants a pattern here.
  host: async ({}, use) => {
    const host = await PageHost.start();
    await use(host);
    host.end();
  },
  env: async ({ host }, use) => use({ ALLOWED_ORIGINS: host.origin, ACCESS_TOKEN_TTL_S: "4" }),
});

test("served from another origin, the page works with tokens in memory and tickets", async ({
  browser,
  join,
  host,
  server,
  transport,
}) => {
  host.build(server.url);
  const bob = await join("Bob");
  await bob.open("general");
  const context = await browser.newContext();
  await context.addInitScript((held) => localStorage.setItem("hubbub.transport", held), transport);
  const page = await context.newPage();
  const tickets: string[] = [];
  const authorizations: (string | undefined)[] = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/v1/stream-tickets")) tickets.push(request.url());
    if (request.url().endsWith("/messages") && request.method() === "POST")
      authorizations.push(request.headers().authorization);
  });
  await page.goto(host.origin);
  await page.getByRole("button", { name: "Create an account" }).click();
  await page.getByLabel("Username").fill("guest");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await isLive(page, transport);
  await sidebarLink(page, "general").click();
  const write = async (text: string) => {
    await page.locator("[data-composer]").fill(text);
    await page.keyboard.press("Enter");
    await bob.sees(text);
  };
  await write("From afar");
  await page.waitForResponse((answer) => answer.url().endsWith("/v1/auth/refresh") && answer.ok());
  await write("With another token");
  await bob.say("Heard you");
  await expect(message(page, "Heard you")).toHaveCount(1);

  expect(tickets.length).toBeGreaterThan(0);
  expect(authorizations).toHaveLength(2);
  for (const held of authorizations) expect(held).toMatch(/^Bearer ./);
  expect(await context.cookies()).toEqual([]);
  const kept = await page.evaluate(() => Object.keys(localStorage).filter((key) => /token|fresh/.test(key)));
  expect(kept).toEqual([]);
});
