// What is measured, in the page itself: from an input's own time stamp until the frame that shows it is painted.

/** In the page: `painted()` is done once the next frame is drawn; its work comes before the message of a channel. */
const tools = () => {
  if (window.perf) return;
  const painted = () =>
    new Promise((done) => {
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => done(performance.now());
        port2.postMessage(null);
      });
    });
  /** The lengths of all frames while `isOn` says so. */
  const frames = (isOn) =>
    new Promise((done) => {
      const lengths = [];
      let last = performance.now();
      const next = (now) => {
        lengths.push(now - last);
        last = now;
        if (isOn()) requestAnimationFrame(next);
        else done(lengths.slice(1));
      };
      requestAnimationFrame(next);
    });
  window.perf = { painted, frames };
};

const SCROLL_PX = 20_000;
const PX_A_SECOND = 5_000;

/** One long, even movement upwards, and back to the end. */
async function scroll(page) {
  await page.evaluate(tools);
  return page.evaluate(
    async ([distance, speed]) => {
      const list = document.querySelector("[data-message-list]");
      const began = performance.now();
      const from = list.scrollTop;
      const lengths = await window.perf.frames(() => {
        const done = Math.min(distance, ((performance.now() - began) / 1_000) * speed);
        list.scrollTop = from - done;
        return done < distance;
      });
      list.scrollTop = list.scrollHeight;
      await window.perf.painted();
      return lengths;
    },
    [SCROLL_PX, PX_A_SECOND],
  );
}

const KEYS = 120;

/** From the key's time stamp until its letter is painted. */
async function keys(page) {
  await page.evaluate(tools);
  await page.evaluate(() => {
    window.perf.keys = [];
    const box = document.querySelector("[data-composer]");
    box.focus();
    window.perf.listen ??= addEventListener(
      "keydown",
      (event) => void window.perf.painted().then((at) => window.perf.keys.push(at - event.timeStamp)),
      true,
    );
    window.perf.listen ??= true;
  });
  for (let index = 0; index < KEYS; index += 1) {
    await page.keyboard.press("abcdefghij klmnop"[index % 17]);
    // People do not type in step with the display.
    await page.waitForTimeout(30 + ((index * 7) % 17));
  }
  await page.locator("[data-composer]").fill("");
  return page.evaluate(() => window.perf.keys);
}

const SWITCHES = 30;

/** From the click's time stamp until the other channel's messages are painted. */
async function switches(page, { short }) {
  await page.evaluate(tools);
  const samples = [];
  for (let index = 0; index <= SWITCHES; index += 1) {
    const id = short[index % 2];
    const took = page.evaluate(
      (channel) =>
        new Promise((done) => {
          const look = async (from) => {
            const at = await window.perf.painted();
            if (document.querySelector(`[data-pane="${channel}"] [data-row]`)) done(at - from);
            else look(from);
          };
          addEventListener("click", (event) => void look(event.timeStamp), { once: true, capture: true });
        }),
      id,
    );
    await page.locator(`[data-channel="${id}"]`).click();
    samples.push(await took);
    await page.waitForTimeout(250);
  }
  // The first visits load what later ones find.
  return samples.slice(2);
}

const SENDS = 12;

/** Every frame while messages are written and sent. */
async function sends(page, { long }) {
  await page.evaluate(tools);
  if (!page.url().includes(long)) await page.locator(`[data-channel="${long}"]`).click();
  await page.evaluate(() => {
    window.perf.isSending = true;
    window.perf.sending = window.perf.frames(() => window.perf.isSending);
  });
  for (let index = 0; index < SENDS; index += 1) {
    await page.locator("[data-composer]").pressSequentially("Fine");
    await page.keyboard.press("Enter");
    await page.waitForTimeout(300);
  }
  return page.evaluate(() => {
    window.perf.isSending = false;
    return window.perf.sending;
  });
}

/** Every frame while nothing happens: what the machine itself loses. */
async function rest(page) {
  await page.evaluate(tools);
  return page.evaluate(() => {
    const until = performance.now() + 4_000;
    return window.perf.frames(() => performance.now() < until);
  });
}

/** By whether the display's rhythm is kept. The order matters: leaving the long channel lets go of what was loaded. */
export const measures = { paced: { rest, scroll, sends, switches }, unpaced: { keys } };
