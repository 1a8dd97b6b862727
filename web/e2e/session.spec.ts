import { spawnSync } from "node:child_process";
import { createReadStream, existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, resolve } from "node:path";
import { expect, TRANSPORTS, test } from "./support/journey";
import { PASSWORD, Person } from "./support/person";
import { Server } from "./support/server";

for (const transport of TRANSPORTS) {
  test(`over ${transport} people go on talking while their tokens expire, again and again`, async ({
    browser,
  }) => {
    const server = await Server.start({ ACCESS_TOKEN_TTL_S: "4" });
    const alice = await Person.join(browser, server, "Alice", { transport });
    const bob = await Person.join(browser, server, "Bob", { transport });
    await alice.open("general");
    await bob.open("general");
    for (let turn = 0; turn < 4; turn += 1) {
      await alice.say(`Turn ${turn} of Alice`);
      await bob.sees(`Turn ${turn} of Alice`);
      await bob.say(`Turn ${turn} of Bob`);
      await alice.sees(`Turn ${turn} of Bob`);
      await alice.page.waitForTimeout(3_000);
    }
    await expect(alice.page.locator("[data-pane]").getByRole("article")).toHaveCount(8);
    await alice.context.close();
    await bob.context.close();
    await server.end();
  });
}

test("served from another origin, the page works with tokens in memory and tickets", async ({ browser }) => {
  const folder = mkdtempSync(join(tmpdir(), "hubbub-page-"));
  const host = createServer((request, answer) => {
    const wanted = join(folder, (request.url ?? "/").split("?")[0] ?? "");
    const path = extname(wanted) && existsSync(wanted) ? wanted : join(folder, "index.html");
    const type =
      { ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" }[extname(path)] ?? "text/html";
    answer.setHeader("Content-Type", type);
    createReadStream(path).pipe(answer);
  });
  await new Promise<void>((ready) => host.listen(0, "127.0.0.1", ready));
  const address = host.address();
  const origin = `http://localhost:${typeof address === "object" ? address?.port : 0}`;
  const server = await Server.start({ ALLOWED_ORIGINS: origin });
  const built = spawnSync(
    "node_modules/.bin/vite",
    ["build", "--logLevel", "error", "--outDir", folder, "--emptyOutDir"],
    {
      cwd: resolve(import.meta.dirname, ".."),
      env: { ...process.env, VITE_API_URL: server.url },
    },
  );
  expect(built.status).toBe(0);

  for (const transport of TRANSPORTS) {
    const context = await browser.newContext();
    await context.addInitScript((held) => localStorage.setItem("hubbub.transport", held), transport);
    const page = await context.newPage();
    await page.goto(origin);
    await page.getByRole("button", { name: "Create an account" }).click();
    await page.getByLabel("Username").fill(`guest-${transport}`);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Create account" }).click();
    await expect(page.locator(`[data-connection="live"][data-transport="${transport}"]`)).toHaveCount(1);
    await page
      .getByRole("navigation")
      .getByRole("link", { name: /^general/ })
      .click();
    await page.locator("[data-composer]").fill(`From afar over ${transport}`);
    await page.keyboard.press("Enter");
    const row = page
      .locator("[data-pane]")
      .getByRole("article")
      .filter({ hasText: `From afar over ${transport}` });
    await expect(row).toHaveAttribute("data-message-id", /./);
    expect(await context.cookies()).toEqual([]);
    const kept = await page.evaluate(() =>
      Object.keys(localStorage).filter((key) => /token|fresh/.test(key)),
    );
    expect(kept).toEqual([]);
    await context.close();
  }
  await server.end();
  host.close();
  rmSync(folder, { recursive: true, force: true });
});
