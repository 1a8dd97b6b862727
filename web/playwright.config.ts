import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";
import type { Settings } from "./e2e/support/journey";

const chromium = process.env.CHROMIUM || ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);

/** Every journey runs over both transports; what does not depend on them runs once. */
export default defineConfig<Settings>({
  testDir: "e2e",
  outputDir: "test-results",
  projects: [
    { name: "ws", testDir: "e2e/journeys", use: { transport: "ws" } },
    { name: "sse", testDir: "e2e/journeys", use: { transport: "sse" } },
    { name: "page", testDir: "e2e/page" },
  ],
  workers: 2,
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  // Generous, for machines that are slow and shared: nothing here is about speed.
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: [
    ["list"],
    ["json", { outputFile: process.env.PLAYWRIGHT_JSON_OUTPUT_FILE ?? "test-results/report.json" }],
  ],
  use: {
    viewport: { width: 1280, height: 800 },
    trace: { mode: "retain-on-failure", screenshots: false, snapshots: true, sources: false },
    launchOptions: {
      executablePath: chromium,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--autoplay-policy=no-user-gesture-required",
        "--disable-features=LocalNetworkAccessChecks",
      ],
    },
  },
});
