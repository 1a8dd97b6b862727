import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";
import { type Options, Person } from "./person";
import { Server } from "./server";

type Fixtures = { join: (name: string, options?: Options) => Promise<Person> };
type WorkerFixtures = { server: Server };

/** One server for a file's journeys; people come and go. */
export const test = base.extend<Fixtures, WorkerFixtures>({
  server: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright wants a pattern here.
    async ({}, use) => {
      const server = await Server.start();
      await use(server);
      await server.end();
    },
    { scope: "worker" },
  ],
  join: async ({ browser, server }, use) => {
    const people: Person[] = [];
    await use(async (name, options) => {
      const person = await Person.join(browser, server, name, options);
      people.push(person);
      return person;
    });
    for (const person of people) await person.context.close();
  },
});

export { expect };

/** The transports that every journey has to work over. */
export const TRANSPORTS = ["ws", "sse"] as const;

/** No violation in either theme. */
export async function expectAccessible(page: Page): Promise<void> {
  // What is still fading in has no contrast yet.
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.waitForTimeout(50);
  for (const theme of ["light", "dark"]) {
    await page.evaluate((name) => (document.documentElement.dataset.theme = name), theme);
    const { violations } = await new AxeBuilder({ page }).analyze();
    const found = violations.map(
      ({ id, nodes }) => `${theme}: ${id}: ${nodes.map((node) => node.html.slice(0, 200)).join("\n  ")}`,
    );
    expect(found).toEqual([]);
  }
}
