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

  static async join(browser: Browser, server: Server, name: string, options: Options = {}): Promise<Person> {
    const { transport, username = `${name.toLowerCase()}${(count += 1)}`, ...rest } = options;
    const context = await browser.newContext(rest);
    if (transport)
      await context.addInitScript((held) => localStorage.setItem("hubbub.transport", held), transport);
    const page = await context.newPage();
    const person = new Person(context, page, username, name, server);
    await page.goto(server.url);
    await page.getByRole("button", { name: "Create an account" }).click();
    await page.getByLabel("Username").fill(username);
    await page.getByLabel("Display name").fill(name);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Create account" }).click();
    await expect(page.locator('[data-connection="live"]')).toHaveCount(1);
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
