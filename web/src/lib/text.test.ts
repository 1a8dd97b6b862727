import { expect, test } from "vitest";
import { cut, initials, scalarCount } from "./text";

test("a text is cut by what a reader counts, the ellipsis included", () => {
  const family = "👩‍👩‍👧‍👦";
  expect(cut("short", 50)).toBe("short");
  expect(cut("x".repeat(50), 50)).toBe("x".repeat(50));
  expect(cut("x".repeat(51), 50)).toBe(`${"x".repeat(49)}…`);
  expect(cut(family.repeat(60), 50)).toBe(`${family.repeat(49)}…`);
  expect(cut("two\nlines  here", 50)).toBe("two lines here");
});

test("characters are counted as the server counts them", () => {
  expect(scalarCount("  a😀  ")).toBe(2);
});

test("a name has one or two letters", () => {
  expect(initials("Mara Lindqvist")).toBe("ML");
  expect(initials("mara")).toBe("M");
  expect(initials("Anna van der Berg")).toBe("AB");
  expect(initials("e\u0301lodie 👩‍👩‍👧‍👦")).toBe("E\u0301👩‍👩‍👧‍👦");
  expect(initials("")).toBe("");
});
