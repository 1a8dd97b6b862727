import { expect, test } from "vitest";
import { type Block, type Inline, parseBlocks, parseInline } from "./markdown";

const text = (items: Inline[]): string =>
  items.map((item) => ("items" in item ? text(item.items) : item.text)).join("");

const links = (blocks: Block[]): string[] => {
  const inItems = (items: Inline[]): string[] =>
    items.flatMap((item) =>
      "items" in item ? [...(item.kind === "link" ? [item.href] : []), ...inItems(item.items)] : [],
    );
  return blocks.flatMap((block) => {
    if (block.kind === "paragraph") return inItems(block.items);
    if (block.kind === "quote") return links(block.blocks);
    return block.kind === "list" ? block.items.flatMap(inItems) : [];
  });
};

test("bold, italic, struck, code and links are found, and words with underscores are left alone", () => {
  const kinds = (input: string) => parseInline(input).map(({ kind }) => kind);
  expect(kinds("a **b** c")).toEqual(["text", "bold", "text"]);
  expect(kinds("*a* _b_")).toEqual(["italic", "text", "italic"]);
  expect(kinds("~~a~~ `**b**`")).toEqual(["strike", "text", "code"]);
  expect(kinds("snake_case_name and 2*3*4")).toEqual(["text"]);
  expect(kinds("[notes](https://example.org/a)")).toEqual(["link"]);
});

test("a link ends where the sentence goes on", () => {
  expect(links(parseBlocks("See https://example.org/a(b).")).at(0)).toBe("https://example.org/a(b)");
  expect(links(parseBlocks("(https://example.org/a)")).at(0)).toBe("https://example.org/a");
  expect(text(parseInline("See https://example.org/a, please."))).toBe("See https://example.org/a, please.");
});

test("code, quotes and lists are blocks", () => {
  const kinds = parseBlocks("Hello\n```\n> not a quote\n```\n> a quote\n- one\n- two\n3. three").map(
    ({ kind }) => kind,
  );
  expect(kinds).toEqual(["paragraph", "code", "quote", "list", "list"]);
  expect(parseBlocks("```\nnever closed")).toEqual([{ kind: "code", text: "never closed" }]);
});

test("nothing but http and https becomes a link, whatever somebody tries", () => {
  const corpus = [
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:msgbox(1))",
    "<a href='javascript:alert(1)'>x</a>",
    "<img src=x onerror=alert(1)>",
    "javascript:https://example.org",
    "[x](\u0001javascript:alert(1))",
    "[<b>](https://example.org)",
  ];
  for (const input of corpus) {
    for (const href of links(parseBlocks(input))) expect(new URL(href).protocol).toMatch(/^https?:$/);
  }
});

test("no input is slow or loses a word", () => {
  const nasty = [
    "*".repeat(4_000),
    "_a".repeat(2_000),
    "[".repeat(4_000),
    ">".repeat(4_000),
    "`a".repeat(3_000),
    "**a ".repeat(2_000),
  ];
  for (const input of nasty) {
    const before = performance.now();
    parseBlocks(input);
    expect(performance.now() - before).toBeLessThan(500);
  }
});
