const numbers = new Intl.NumberFormat();
let segmenter: Intl.Segmenter | undefined;

/** What a reader counts as characters. Its tables are large: they load with the first text that needs them. */
function graphemes(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return segmenter.segment(text);
}

/** At most `limit` characters as a reader counts them, the "…" included. */
export function cut(text: string, limit: number): string {
  const line = text.replace(/\s+/gu, " ").trim();
  const parts: string[] = [];
  for (const { segment } of graphemes(line)) {
    parts.push(segment);
    if (parts.length > limit)
      return `${parts
        .slice(0, limit - 1)
        .join("")
        .trimEnd()}…`;
  }
  return line;
}

/** What the server counts: Unicode scalars after removing white space at both ends. */
export function scalarCount(text: string): number {
  let count = 0;
  for (const _ of text.trim()) count += 1;
  return count;
}

/** One or two letters that stand for a name. */
export function initials(name: string): string {
  const words = name.split(/[\s._-]+/u).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined];
  return letters
    .map((word) => (word === undefined ? "" : firstOf(word)))
    .join("")
    .toUpperCase();
}

function firstOf(word: string): string {
  const letter = /^\p{L}(?![\p{M}\u200d])/u.exec(word)?.[0];
  return letter ?? [...graphemes(word)][0]?.segment ?? "";
}

export function plural(count: number, one: string, many: string): string {
  return `${numbers.format(count)} ${count === 1 ? one : many}`;
}
