import { expect, type Page } from "@playwright/test";

/**
 * What every painted frame of the channel's list is held to:
 * - `anchor`: the row at the upper edge stays where it is;
 * - `end`: the list stands at its end;
 * - `glide`: scrolled up by some pixels a frame, each row in view moves by just these;
 * - `wheel`: scrolled up by whoever holds the wheel, no row ever moves back, and there is always one in view.
 */
type Rule = "anchor" | "end" | "glide" | "wheel";

type Fault = { frame: number; what: string; px: number };

type Watch = { frames: number; faults: Fault[]; isOver: boolean };

/** Does something, and looks at each frame of it: the faults are those that were more than 1 px off. */
export async function expectFrames(page: Page, rule: Rule, action: () => Promise<unknown>): Promise<void> {
  await page.evaluate(start, rule);
  await action();
  const { faults } = await page.evaluate(stop);
  expect(faults).toEqual([]);
}

function stop(): Promise<Watch> {
  const { watch } = window as unknown as { watch: Watch };
  const seen = watch.frames;
  // What has just been done is still to be painted.
  return new Promise((resolve) => {
    const wait = () => {
      if (watch.frames < seen + 10) return setTimeout(wait);
      watch.isOver = true;
      resolve(watch);
    };
    wait();
  });
}

/** Runs in the page, and so brings with it all that it needs. */
function start(rule: Rule): void {
  const GLIDE_PX = 40;
  const found = document.querySelector<HTMLElement>("[data-pane] [data-message-list]");
  if (!found) throw new Error("there is no list");
  const list: HTMLElement = found;
  const watch: Watch = { frames: 0, faults: [], isOver: false };
  Object.assign(window, { watch });

  const rowsInView = () => {
    const { top, bottom } = list.getBoundingClientRect();
    const places = [...list.querySelectorAll<HTMLElement>("[data-row]")].map((row) => ({
      row,
      key: row.dataset.row ?? "",
      top: row.getBoundingClientRect().top - top,
      bottom: row.getBoundingClientRect().bottom - top,
    }));
    return places
      .filter((place) => place.bottom > 0 && place.top < bottom - top)
      .sort((a, b) => a.top - b.top);
  };
  const topOf = (key: string) => {
    const row = list.querySelector(`[data-row="${CSS.escape(key)}"]`);
    return row ? row.getBoundingClientRect().top - list.getBoundingClientRect().top : null;
  };
  const fault = (what: string, px: number) => watch.faults.push({ frame: watch.frames, what, px });

  const [anchor] = rowsInView();
  let before = new Map(rowsInView().map((place) => [place.key, place.top]));
  let scrolled = 0;

  const rules: Record<Rule, () => void> = {
    anchor() {
      const top = anchor ? topOf(anchor.key) : null;
      if (!anchor || top === null) fault("the anchor is gone", 0);
      else if (Math.abs(top - anchor.top) > 1) fault("the anchor moved", top - anchor.top);
    },
    end() {
      const px = list.scrollHeight - list.scrollTop - list.clientHeight;
      if (px > 1) fault("off the end", px);
    },
    glide() {
      compare((moved) => Math.abs(moved - scrolled) > 1);
    },
    wheel() {
      compare((moved) => moved < -1);
    },
  };

  function compare(isWrong: (moved: number) => boolean): void {
    const now = rowsInView();
    if (now.length === 0) fault("nothing in view", 0);
    for (const { key, top } of now) {
      const was = before.get(key);
      if (was === undefined || !isWrong(top - was)) continue;
      fault("a row jumped", top - was - scrolled);
      break;
    }
    before = new Map(now.map((place) => [place.key, place.top]));
  }

  // The first task after the one that paints: whatever else waits would show what is not painted yet.
  const look = () => {
    watch.frames += 1;
    rules[rule]();
    if (!watch.isOver) requestAnimationFrame(frame);
  };
  const frame = () => {
    if (rule === "glide") {
      const was = list.scrollTop;
      list.scrollTop = was - GLIDE_PX;
      scrolled = was - list.scrollTop;
      // A hand's scrolling is known at the start of a frame, this one would be only in the next.
      list.dispatchEvent(new Event("scroll"));
    }
    void scheduler.postTask(look, { priority: "user-blocking" });
  };
  requestAnimationFrame(frame);
}

declare const scheduler: {
  postTask: (task: () => void, options: { priority: "user-blocking" }) => Promise<void>;
};
