/** A safe subset of Markdown as a tree. Nothing of it ever becomes HTML text, so there is nothing to escape from. */
export type Inline =
  | { kind: "text"; text: string }
  | { kind: "code"; text: string }
  | { kind: "bold" | "italic" | "strike"; items: Inline[] }
  | { kind: "link"; href: string; items: Inline[] };

export type Block =
  | { kind: "paragraph"; items: Inline[] }
  | { kind: "code"; text: string }
  | { kind: "quote"; blocks: Block[] }
  | { kind: "list"; is_ordered: boolean; start: number; items: Inline[][] };

const DEEPEST = 4;
const bullet = /^\s{0,3}[-*+]\s+(.*)$/;
const numbered = /^\s{0,3}(\d{1,6})[.)]\s+(.*)$/;

export function parseBlocks(text: string, depth = 0): Block[] {
  const lines = text.split("\n");
  const blocks: Block[] = [];
  const isQuote = (line: string) => line.startsWith(">") && depth < DEEPEST;
  const isFence = (line: string) => line.startsWith("```");
  const startsBlock = (line: string) =>
    line.trim() === "" || isFence(line) || isQuote(line) || bullet.test(line) || numbered.test(line);
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? "";
    if (isFence(line)) {
      const end = lines.findIndex((other, index) => index > at && isFence(other));
      const stop = end === -1 ? lines.length : end;
      blocks.push({ kind: "code", text: lines.slice(at + 1, stop).join("\n") });
      at = stop + 1;
    } else if (isQuote(line)) {
      const quoted = takeWhile(lines, at, isQuote);
      const inner = quoted.map((other) => other.replace(/^>\s?/, "")).join("\n");
      blocks.push({ kind: "quote", blocks: parseBlocks(inner, depth + 1) });
      at += quoted.length;
    } else if (bullet.test(line) || numbered.test(line)) {
      const pattern = bullet.test(line) ? bullet : numbered;
      const rows = takeWhile(lines, at, (other) => pattern.test(other));
      const items = rows.map((row) => parseInline(pattern.exec(row)?.at(-1) ?? ""));
      const start = Number(numbered.exec(line)?.[1] ?? 1);
      blocks.push({ kind: "list", is_ordered: pattern === numbered, start, items });
      at += rows.length;
    } else if (line.trim() === "") {
      at += 1;
    } else {
      const rest = takeWhile(lines, at + 1, (other) => !startsBlock(other));
      blocks.push({ kind: "paragraph", items: parseInline([line, ...rest].join("\n")) });
      at += rest.length + 1;
    }
  }
  return blocks;
}

function takeWhile(lines: string[], from: number, isPart: (line: string) => boolean): string[] {
  let end = from;
  while (end < lines.length && isPart(lines[end] ?? "")) end += 1;
  return lines.slice(from, end);
}

const token = new RegExp(
  [
    "(?<code>`[^`\\n]+`)",
    "\\[(?<label>[^\\]\\n]{1,300})\\]\\((?<target>https?:\\/\\/[^\\s)]+)\\)",
    "(?<url>https?:\\/\\/[^\\s<>\"']+)",
    "\\*\\*(?<bold>[^\\s*](?:[^*\\n]*[^\\s*])?)\\*\\*",
    "(?<![\\w*])\\*(?<star>[^\\s*](?:[^*\\n]*[^\\s*])?)\\*(?![\\w*])",
    "(?<![\\w_])_(?<low>[^\\s_](?:[^_\\n]*[^\\s_])?)_(?![\\w_])",
    "~~(?<strike>[^\\s~](?:[^~\\n]*[^\\s~])?)~~",
  ].join("|"),
  "gu",
);

export function parseInline(text: string, depth = 0): Inline[] {
  if (depth > DEEPEST) return [{ kind: "text", text }];
  const items: Inline[] = [];
  let last = 0;
  const inner = (part: string) => parseInline(part, depth + 1);
  for (const match of text.matchAll(token)) {
    const { code, label, target, url, bold, star, low, strike } = match.groups ?? {};
    let end = match.index + match[0].length;
    let item: Inline;
    if (code) item = { kind: "code", text: code.slice(1, -1) };
    else if (label && target) item = { kind: "link", href: target, items: [{ kind: "text", text: label }] };
    else if (url) {
      const href = withoutTail(url);
      end = match.index + href.length;
      item = { kind: "link", href, items: [{ kind: "text", text: href }] };
    } else if (bold) item = { kind: "bold", items: inner(bold) };
    else if (strike) item = { kind: "strike", items: inner(strike) };
    else item = { kind: "italic", items: inner(star ?? low ?? "") };
    if (match.index > last) items.push({ kind: "text", text: text.slice(last, match.index) });
    items.push(item);
    last = end;
  }
  if (last < text.length) items.push({ kind: "text", text: text.slice(last) });
  return items;
}

/** A full stop, or a bracket that was opened before the link, is not a part of it. */
function withoutTail(url: string): string {
  const count = (text: string, letter: string) => text.split(letter).length - 1;
  let href = url.replace(/[.,;:!?*_~]+$/u, "");
  while (href.endsWith(")") && count(href, ")") > count(href, "(")) {
    href = href.slice(0, -1).replace(/[.,;:!?]+$/u, "");
  }
  return href;
}
