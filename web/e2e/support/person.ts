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

export type Options = BrowserContextOptions & { transport?: Transport };

/** Somebody with a browser of their own, signed in and at #general. */
export class Person {
  constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    readonly name: string,
    readonly server: Server,
    readonly id: string,
  ) {}

  /** Registered over the API, which is quick; signing in through the page has a journey of its own. */
  static async join(browser: Browser, server: Server, name: string, options: Options = {}): Promise<Person> {
    const { transport, ...rest } = options;
    const context = await browser.newContext(rest);
    const answer = await context.request.post(`${server.url}/v1/auth/register`, {
      headers: { Origin: server.url },
      data: { username: name.toLowerCase(), password: PASSWORD, display_name: name, session: "cookie" },
    });
    expect(answer.status()).toBe(201);
    const { expires_in, user } = await answer.json();
    const remembered = { fresh_until: String(Date.now() + expires_in * 1000), transport };
    await context.addInitScript((held) => {
      // Only at the first load: later on, what the page itself remembers counts.
      if (localStorage.getItem("hubbub.session.fresh_until")) return;
      localStorage.setItem("hubbub.session.fresh_until", held.fresh_until);
      if (held.transport) localStorage.setItem("hubbub.transport", held.transport);
    }, remembered);
    const page = await context.newPage();
    await page.goto(server.url);
    const person = new Person(context, page, name, server, user.id);
    await isLive(page, transport);
    return person;
  }

  get username(): string {
    return this.name.toLowerCase();
  }

  get composer(): Locator {
    return this.page.locator("[data-composer]");
  }

  get thread(): Locator {
    return this.page.getByRole("complementary", { name: "Thread" });
  }

  get members(): Locator {
    return this.page.getByRole("complementary", { name: "Members" });
  }

  async open(channel: string): Promise<void> {
    await this.link(channel).click();
    await expect(this.composer).toBeVisible();
  }

  async openMembers(): Promise<void> {
    await this.page.getByRole("button", { name: /members?, show/ }).click();
    await expect(this.members).toBeVisible();
  }

  /** Whatever stands on the right. */
  async closePanel(): Promise<void> {
    await this.page.keyboard.press("Control+.");
    await expect(this.page.getByRole("complementary")).toHaveCount(0);
  }

  async say(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  message(text: string): Locator {
    return message(this.page, text);
  }

  async sees(text: string): Promise<void> {
    await expect(this.message(text)).toHaveCount(1);
  }

  async menu(text: string, item: string): Promise<void> {
    await this.message(text).locator(".message-text").click({ button: "right" });
    await this.page.getByRole("menuitem", { name: item }).click();
  }

  /** Enter says yes to what the page asks first. */
  async confirm(question: string): Promise<void> {
    await expect(this.page.getByRole("dialog", { name: question })).toBeVisible();
    await this.page.keyboard.press("Enter");
  }

  link(channel: string): Locator {
    return sidebarLink(this.page, channel);
  }

  unread(channel: string): Locator {
    return this.link(channel).locator("[data-unread]");
  }

  async isLive(): Promise<void> {
    await isLive(this.page);
  }

  /** Over REST, as this person: for what a journey needs and is not about. */
  async ask<T>(method: "POST" | "PATCH", path: string, data: unknown): Promise<T> {
    const headers = { Origin: this.server.url };
    const answer = await this.context.request.fetch(`${this.server.url}${path}`, { method, headers, data });
    expect(answer.ok(), `${method} ${path}: ${answer.status()}`).toBe(true);
    return await answer.json();
  }

  /** A channel of this person's, with others in it. */
  async create(name: string, kind: "public" | "private", others: Person[] = []): Promise<string> {
    const { id } = await this.ask<{ id: string }>("POST", "/v1/channels", { name, kind });
    for (const other of others) await this.ask("POST", `/v1/channels/${id}/members`, { user_id: other.id });
    await expect(this.link(name)).toBeVisible();
    for (const other of others) await expect(other.link(name)).toBeVisible();
    return id;
  }

  /** Messages "Message 1." and so on, of different lengths. */
  async fill(channelId: string, first: number, last: number): Promise<void> {
    for (let index = first; index <= last; index += 1) {
      const text = `Message ${index}.${" And more of it.".repeat((index * 7) % 24)}`;
      await this.ask("POST", `/v1/channels/${channelId}/messages`, { text });
    }
  }
}

/** The rows of the channel's list: the live region repeats texts, so they are looked for here alone. */
export function message(page: Page, text: string): Locator {
  return page.locator("[data-pane]").getByRole("article").filter({ hasText: text });
}

export function sidebarLink(page: Page, channel: string): Locator {
  return page.getByRole("navigation").getByRole("link", { name: new RegExp(`^${channel}\\b`) });
}

export async function isLive(page: Page, transport?: Transport): Promise<void> {
  const over = transport ? `[data-transport="${transport}"]` : "";
  await expect(page.locator(`[data-connection="live"]${over}`)).toHaveCount(1);
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
