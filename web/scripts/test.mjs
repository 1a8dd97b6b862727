// Everything that the page has to pass, in one run that ends with one line: `N passed, N failed`.
//
//   npm test                 all of it; the journeys need the server's release binary (`cargo build --release`) and Chromium
//   npm test -- unit         without the browser
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const only = process.argv[2] ?? "all";
const folder = mkdtempSync(join(tmpdir(), "hubbub-web-test-"));
let passed = 0;
let failed = 0;

function run(command, args, env = {}) {
  return spawnSync(command, args, { stdio: "inherit", env: { ...process.env, ...env } }).status === 0;
}

function check(name, command, args) {
  const isFine = run(command, args);
  console.log(`${isFine ? "ok" : "FAILED"}  ${name}`);
  if (isFine) passed += 1;
  else failed += 1;
}

/** Counts what a runner reports; a runner that reports nothing has failed. */
function count(name, command, args, report, read) {
  rmSync(report, { force: true });
  const isFine = run(command, args, { PLAYWRIGHT_JSON_OUTPUT_FILE: report });
  const result = existsSync(report)
    ? read(JSON.parse(readFileSync(report, "utf8")))
    : { passed: 0, failed: 1 };
  passed += result.passed;
  failed += result.failed + (!isFine && result.failed === 0 ? 1 : 0);
  console.log(`${name}: ${result.passed} passed, ${result.failed} failed`);
}

const bin = (name) => join("node_modules", ".bin", name);

const fresh = join(folder, "schema.ts");
run(bin("openapi-typescript"), ["../openapi/openapi.json", "-o", fresh]);
check("the types are those of the document (`npm run schema` renews them)", "cmp", [
  "src/api/schema.ts",
  fresh,
]);
check("types", bin("tsc"), ["--noEmit"]);
check("lint and format", bin("biome"), ["check", "."]);
check("budgets", process.execPath, ["scripts/budget.mjs"]);

const units = join(folder, "units.json");
count(
  "unit tests",
  bin("vitest"),
  ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${units}`],
  units,
  (report) => ({
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numFailedTestSuites * (report.numFailedTests === 0 ? 1 : 0),
  }),
);

if (only === "all") {
  const journeys = join(folder, "journeys.json");
  count("journeys", bin("playwright"), ["test"], journeys, ({ stats }) => ({
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky,
  }));
}

rmSync(folder, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
