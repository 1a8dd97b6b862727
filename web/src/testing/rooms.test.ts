import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";

const SRC = new URL("..", import.meta.url).pathname;
const LONGEST_FILE = 250;

/** What each room may import; features may not import one another, and nobody imports the app. */
const MAY_IMPORT: Record<string, string[]> = {
  lib: [],
  api: ["lib"],
  cache: ["api", "lib"],
  realtime: ["cache", "api", "lib"],
  ui: ["api", "lib"],
  people: ["view", "realtime", "cache", "api", "lib"],
  view: ["lib"],
  features: ["people", "view", "realtime", "cache", "ui", "api", "lib"],
};

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(tsx?|mjs)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));

const files = filesIn(SRC)
  .map((path) => relative(SRC, path))
  .filter((path) => path !== "api/schema.ts");

/** `features` has a room for each of its folders. */
const roomOf = (path: string): string =>
  path
    .split("/")
    .slice(0, path.startsWith("features/") ? 2 : 1)
    .join("/");

test("imports run one way", () => {
  const strays: string[] = [];
  for (const path of files) {
    const room = roomOf(path);
    const allowed = MAY_IMPORT[room.split("/")[0] ?? ""];
    if (!allowed || /\.test\.tsx?$/.test(path)) continue;
    const text = readFileSync(join(SRC, path), "utf8");
    if (/from "\.\.\//.test(text)) strays.push(`${path}: say "@/…", so that the room shows`);
    for (const [, imported = ""] of text.matchAll(/(?:from |import\()"@\/([^"]+)"/g)) {
      const other = roomOf(imported);
      if (other !== room && !allowed.includes(other))
        strays.push(`${path}: ${room} may not import ${imported}`);
    }
  }
  expect(strays).toEqual([]);
});

test("no file is long", () => {
  const inWeb = ["e2e", "scripts"].flatMap((folder) => filesIn(join(SRC, "..", folder)));
  const all = [...files.map((path) => join(SRC, path)), ...inWeb];
  const long = all.filter((path) => readFileSync(path, "utf8").split("\n").length > LONGEST_FILE + 1);
  expect(long).toEqual([]);
});

test("types come from the document alone", () => {
  const holders = files.filter(
    (path) => !path.startsWith("testing/") && /api\/schema"/.test(readFileSync(join(SRC, path), "utf8")),
  );
  expect(holders).toEqual([]);
});
