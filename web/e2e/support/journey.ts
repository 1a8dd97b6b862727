import { test as base, expect } from "@playwright/test";
import { expectAccessible } from "./accessible";
import { type Options, Person, type Transport } from "./person";
import { Server } from "./server";

export type Settings = {
  /** What everyone's page is set to; each project has one. */
  transport: Transport;
  /** Environment of the server, besides what every one of them gets. */
  env: Record<string, string>;
};

type Fixtures = {
  /** A server of the journey's own. */
  server: Server;
  join: (name: string, options?: Options) => Promise<Person>;
  accessibleEnd: undefined;
};

export const test = base.extend<Settings & Fixtures>({
  transport: ["ws", { option: true }],
  env: [{}, { option: true }],
  server: async ({ env }, use) => {
    const server = await Server.start(env);
    await use(server);
    await server.end();
  },
  join: async ({ browser, server, transport }, use) => {
    await use((name, options) => Person.join(browser, server, name, { transport, ...options }));
  },
  // The server comes first, so that it is still there when the journey has ended.
  accessibleEnd: [
    async ({ browser, server: _ }, use, info) => {
      await use(undefined);
      const pages = browser.contexts().flatMap((context) => context.pages());
      if (info.status === info.expectedStatus) {
        expect(pages.length, "a journey ends with a page that can be looked at").toBeGreaterThan(0);
        for (const page of pages) await expectAccessible(page);
      }
      for (const context of browser.contexts()) await context.close();
    },
    { auto: true },
  ],
});

export { expect };
