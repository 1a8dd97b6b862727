import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  expect,
  type Locator,
  type Page,
} from "@playwright/test";
import type { Server } from "./server";

export type Transport = "ws" | "sse" | "poll";

export const PASSWORD = "correct horse 9";
let count = 0;

export type Options = BrowserContextOptions & { transport?: Transport; username?: string };

/** Somebody with a browser of their own, signed in and at #general. */
export class Person {
  constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    readonly username: string,
    readonly name: string,
    readonly server: Server,
  ) {}

  /** Registered over the API, which is quick; signing in through the page has a journey of its own. */
  static async join(browser: Browser, server: Server, name: string, options: Options = {}): Promise<Person> {
    count += 1;
    const { transport, username = `${name.toLowerCase()}${count}`, ...rest } = options;
    const context = await browser.newContext(rest);
    const answer = await context.request.post(`${server.url}/v1/auth/register`, {
      headers: { Origin: server.url },
      data: { username, password: PASSWORD, display_name: name, session: "cookie" },
    });
    expect(answer.status()).toBe(201);
    const { expires_in } = await answer.json();
    const remembered = { fresh_until: String(Date.now() + expires_in * 1000), transport: transport ?? null };
    await context.addInitScript((held) => {
      // Only at the first load: later on, what the page itself remembers counts.
      if (localStorage.getItem("hubbub.session.fresh_until")) return;
      localStorage.setItem("hubbub.session.fresh_until", held.fresh_until);
      if (held.transport) localStorage.setItem("hubbub.transport", held.transport);
    }, remembered);
    const page = await context.newPage();
    await page.goto(server.url);
    const person = new Person(context, page, username, name, server);
    await person.isLive();
    return person;
  }

  async open(channel: string): Promise<void> {
    await this.page
      .getByRole("navigation")
      .getByRole("link", { name: new RegExp(`^${channel}\\b`) })
      .click();
    await expect(this.composer).toBeVisible();
  }

  get composer(): Locator {
    return this.page.locator("[data-composer]");
  }

  async say(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** The rows of the channel's list: the live region repeats texts, so they are looked for here alone. */
  message(text: string): Locator {
    return this.page.locator("[data-pane]").getByRole("article").filter({ hasText: text });
  }

  async sees(text: string): Promise<void> {
    await expect(this.message(text)).toHaveCount(1);
  }

  async menu(text: string, item: string): Promise<void> {
    await this.message(text).locator(".message-text").click({ button: "right" });
    await this.page.getByRole("menuitem", { name: item }).click();
  }

  sidebarLink(channel: string): Locator {
    return this.page.getByRole("navigation").getByRole("link", { name: new RegExp(`^${channel}\\b`) });
  }

  async isLive(): Promise<void> {
    await expect(this.page.locator('[data-connection="live"]')).toHaveCount(1, { timeout: 20_000 });
  }
}

/** Headless browsers never hide a tab by themselves. */
export async function hideTab(page: Page, isHidden: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
    Object.defineProperty(document, "visibilityState", {
      configurable: true,
      get: () => (hidden ? "hidden" : "visible"),
    });
    document.dispatchEvent(new Event("visibilitychange"));
  }, isHidden);
}
