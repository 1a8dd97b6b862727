// How quick the page is with 10,000 messages loaded, in a real Chromium against a running server: `npm run perf`.
//
//   RATE_LIMITS=off make run        in one terminal; `make build` and its binary give the truer figures
//   npm run perf [-- http://localhost:8080 [messages]]
//
// The machine should be idle: each figure is the median of several rounds, and beside it stands the time that the page's
// main thread worked for one sample, which others on the machine lengthen less.
import { chromium } from "@playwright/test";
import { fill } from "./perf-fill.mjs";
import { measures } from "./perf-page.mjs";

const base = process.argv[2] ?? "http://localhost:8080";
const wanted = Number(process.argv[3] ?? 10_000);
const ROUNDS = 3;

/** What is measured, the most it may be in ms, and how it is taken from a round's samples. */
const bars = [
  { name: "scroll", what: "frames while scrolling, p95", most: 20, of: (samples) => quantile(samples, 0.95) },
  { name: "keys", what: "key press to paint, p95", most: 16, of: (samples) => quantile(samples, 0.95) },
  {
    name: "switches",
    what: "switch of a cached channel, p95",
    most: 50,
    of: (samples) => quantile(samples, 0.95),
  },
  { name: "rest", what: "worst frame with nothing to do", most: 50, of: (samples) => Math.max(...samples) },
  { name: "sends", what: "worst frame while sending", most: 50, of: (samples) => Math.max(...samples) },
];

const quantile = (samples, part) => samples.toSorted((a, b) => a - b)[Math.ceil(samples.length * part) - 1];
const median = (values) => quantile(values, 0.5);

/**
 * A display shows a new frame every 16.7 ms, so a key waits up to that long for the next one whatever the page does.
 * Without the display's rhythm a frame comes as soon as it is ready, and the time is the page's own.
 */
const UNPACED = ["--disable-gpu-vsync", "--disable-frame-rate-limit"];

const place = await fill(base, wanted);
const results = new Map();
for (const [pace, flags] of [
  ["paced", []],
  ["unpaced", UNPACED],
]) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", ...flags],
  });
  const page = await place.open(browser);
  await place.loadAll(page);
  const worked = await workClock(page);
  for (const [name, measure] of Object.entries(measures[pace])) {
    const rounds = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const before = await worked();
      const samples = await measure(page, place);
      rounds.push({ samples, work: ((await worked()) - before) / samples.length });
    }
    results.set(name, rounds);
  }
  await browser.close();
}

console.log(`${wanted} messages, ${ROUNDS} rounds`);
for (const { name, what, most, of } of bars) {
  const rounds = results.get(name);
  const figures = rounds.map(({ samples }) => of(samples));
  const figure = median(figures);
  const work = median(rounds.map((round) => round.work)).toFixed(1);
  const all = figures.map((each) => each.toFixed(1)).join(", ");
  console.log(
    `${figure > most ? "OVER" : "  ok"}  ${what}: ${figure.toFixed(1)} of ${most} ms (${all}), ${work} ms of work each`,
  );
  if (figure > most) process.exitCode = 1;
}

/** Says how long, in ms, the page's main thread has worked so far: its own time, and not what others took of it. */
async function workClock(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
  return async () => {
    const { metrics } = await devtools.send("Performance.getMetrics");
    return 1_000 * metrics.find(({ name }) => name === "TaskDuration").value;
  };
}
