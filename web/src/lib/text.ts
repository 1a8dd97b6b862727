const numbers = new Intl.NumberFormat();
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** At most `limit` characters as a reader counts them, the "…" included. */
export function cut(text: string, limit: number): string {
  const line = text.replace(/\s+/gu, " ").trim();
  const parts: string[] = [];
  for (const { segment } of graphemes.segment(line)) {
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
    .map((word) => (word ? ([...graphemes.segment(word)][0]?.segment ?? "") : ""))
    .join("")
    .toUpperCase();
}

export function plural(count: number, one: string, many: string): string {
  return `${numbers.format(count)} ${count === 1 ? one : many}`;
}
