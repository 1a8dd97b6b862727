/** What this browser remembers. Storage may be full or forbidden: then it remembers nothing, and nothing breaks. */

const PREFIX = "hubbub.";

export function readItem(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

export function writeItem(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, value);
  } catch {
    // Full or forbidden.
  }
}

export function readJson<T>(name: string, isValid: (value: unknown) => value is T): T | null {
  const text = readItem(name);
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isValid(value) ? value : null;
  } catch {
    return null;
  }
}

export function writeJson(name: string, value: unknown): void {
  writeItem(name, JSON.stringify(value));
}

/** The names of all remembered items that begin so. */
export function itemNames(start: string): string[] {
  try {
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(PREFIX + start))
      .map((key) => key.slice(PREFIX.length));
  } catch {
    return [];
  }
}
