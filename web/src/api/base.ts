/** Where the API is: on the page's own origin, or, built with `VITE_API_URL`, on another one. */
const url: string = (import.meta.env.VITE_API_URL ?? "").replace(/\/$/, "");

/** On another origin cookies do not travel: tokens are kept in memory, and streams are opened with tickets. */
export const usesTokens = url !== "";
export const apiUrl = url === "" ? location.origin : url;

export function streamUrl(path: string, query: Record<string, string | number | null | undefined>): URL {
  const target = new URL(path, apiUrl);
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") target.searchParams.set(name, String(value));
  }
  return target;
}
