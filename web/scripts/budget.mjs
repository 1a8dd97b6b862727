// Fails when the built page is larger than it may be: gzip, in kB of 1,000 bytes.
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const INITIAL_JS = 150;
const CSS = 12;
const LAZY_CHUNK = 40;

const dist = new URL("../dist/", import.meta.url);
const index = readFileSync(new URL("index.html", dist), "utf8");
const files = readdirSync(new URL("assets/", dist)).filter((name) => /\.(js|css)$/.test(name));
const sizes = files.map((name) => ({
  name,
  kb: gzipSync(readFileSync(new URL(`assets/${name}`, dist)), { level: 9 }).length / 1000,
  isInitial: index.includes(name),
}));

const sum = (list) => list.reduce((total, { kb }) => total + kb, 0);
const scripts = sizes.filter(({ name }) => name.endsWith(".js"));
const checks = [
  { what: "initial JavaScript", kb: sum(scripts.filter(({ isInitial }) => isInitial)), most: INITIAL_JS },
  { what: "CSS", kb: sum(sizes.filter(({ name }) => name.endsWith(".css"))), most: CSS },
  ...scripts
    .filter(({ isInitial }) => !isInitial)
    .map(({ name, kb }) => ({ what: name, kb, most: LAZY_CHUNK })),
];

for (const { what, kb, most } of checks) {
  console.log(`${kb > most ? "OVER" : "  ok"}  ${what}: ${kb.toFixed(1)} of ${most} kB`);
}
if (checks.some(({ kb, most }) => kb > most)) process.exitCode = 1;
