// A channel with very many messages, and a reader who has loaded them all.

const PASSWORD = "hubbub perf";
const AT_A_TIME = 16;
const LINES = [
  "Sounds good.",
  "The **pump station** is back, see https://example.org/status for the numbers.",
  "I looked at it again this morning, and the figures of the last week do not add up.\nCan somebody look at `totals.sql`?",
  "- unlock\n- ride\n- lock",
  "```\nselect station, count(*)\nfrom rides\ngroup by station\n```",
  "> Who has the key?\nI do.",
  "On my way, five minutes.",
];

/** Makes the channels on the server, and says how a reader opens and loads them. */
export async function fill(base, wanted) {
  const name = Date.now().toString(36);
  const call = caller(base);
  const writer = await call("POST", "/v1/auth/register", {
    username: `writer_${name}`,
    password: PASSWORD,
    display_name: "Wanda Writer",
  });
  const reader = `reader_${name}`;
  const login = { username: reader, password: PASSWORD, session: "cookie" };
  const { user } = await call("POST", "/v1/auth/register", { ...login, display_name: "Rita Reader" });

  const channels = [];
  for (const [about, count] of [
    ["long", wanted],
    ["one", 150],
    ["two", 150],
  ]) {
    const { id } = await call("POST", "/v1/channels", { name: `${about} ${name}`, kind: "public" }, writer);
    await call("POST", `/v1/channels/${id}/members`, { user_id: user.id }, writer);
    await say(call, writer, id, count);
    channels.push(id);
  }
  const [long, ...short] = channels;
  return {
    long,
    short,
    open: (browser) => openPage(browser, base, login, long),
    loadAll: (page) => loadAll(page, wanted),
  };
}

function caller(base) {
  return async (method, path, body, who) => {
    const answer = await fetch(base + path, {
      method,
      headers: {
        "Content-Type": "application/json",
        Origin: new URL(base).origin,
        ...(who && { Authorization: `Bearer ${who.access_token}` }),
      },
      body: JSON.stringify(body),
    }).catch(() => null);
    if (!answer) throw new Error(`Nobody answers at ${base}. Is it running? (\`RATE_LIMITS=off make run\`)`);
    const result = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${result.detail ?? answer.status}`);
    return result;
  };
}

async function say(call, writer, channel, count) {
  let sent = 0;
  const run = async () => {
    while (sent < count) {
      sent += 1;
      const text = `${sent}. ${LINES[sent % LINES.length]}`;
      await call("POST", `/v1/channels/${channel}/messages`, { text }, writer);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, run));
}

async function openPage(browser, base, login, channel) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const answer = await context.request.post(`${base}/v1/auth/login`, {
    headers: { Origin: base },
    data: login,
  });
  const { expires_in } = await answer.json();
  const fresh = String(Date.now() + expires_in * 1_000);
  await context.addInitScript((until) => localStorage.setItem("hubbub.session.fresh_until", until), fresh);
  const page = await context.newPage();
  await page.goto(`${base}/c/${channel}`);
  await page.locator("[data-row]").first().waitFor();
  return page;
}

/** Scrolls up until the channel's start is there, and back down to its end. */
async function loadAll(page, wanted) {
  await page.evaluate(async () => {
    const list = document.querySelector("[data-message-list]");
    const frame = () => new Promise((next) => requestAnimationFrame(next));
    while (!list.textContent.includes("This is the start of")) {
      list.scrollTop = 0;
      await frame();
    }
  });
  await page.getByRole("button", { name: "Latest messages" }).click();
  await page.getByRole("button", { name: "Latest messages" }).waitFor({ state: "detached" });
  const loaded = await page.evaluate(
    () =>
      1 + Math.max(...[...document.querySelectorAll("[data-index]")].map((row) => Number(row.dataset.index))),
  );
  if (loaded < wanted) throw new Error(`${loaded} of ${wanted} messages are loaded.`);
}
