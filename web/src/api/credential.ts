import { readItem, writeItem } from "@/lib/storage";
import { apiUrl, usesTokens } from "./base";
import { Failure } from "./problem";
import type { AuthAnswer, Problem } from "./types";

/** In cookie mode the tokens are where no script sees them; then only the time until which the session is fresh is known. */
let tokens: { access: string; refresh: string } | null = null;
let freshUntil = 0;
let renewing: Promise<boolean> | null = null;

/** All tabs of a cookie session share it, so they share this too. */
const FRESH_UNTIL = "session.fresh_until";

export function accept(answer: AuthAnswer): void {
  freshUntil = Date.now() + answer.expires_in * 1000;
  if (usesTokens && answer.access_token && answer.refresh_token) {
    tokens = { access: answer.access_token, refresh: answer.refresh_token };
  } else {
    writeItem(FRESH_UNTIL, String(freshUntil));
  }
}

export function forget(): void {
  tokens = null;
  freshUntil = 0;
  if (!usesTokens) writeItem(FRESH_UNTIL, null);
}

export function bearer(): string | null {
  return tokens ? `Bearer ${tokens.access}` : null;
}

export function refreshToken(): string | null {
  return tokens?.refresh ?? null;
}

/** When the access token expires, in ms since the epoch; 0 if this page does not know. */
export function expiresAt(): number {
  return usesTokens ? freshUntil : Number(readItem(FRESH_UNTIL) ?? 0);
}

/** Whether this browser remembers a sign-in: without one there is nothing to ask the server. */
export const mayBeSignedIn = (): boolean => usesTokens || readItem(FRESH_UNTIL) !== null;

/** Gets a new access token: true when there is one, false when the session is over. Throws when nobody answers. */
export function renew(): Promise<boolean> {
  renewing ??= underLock().finally(() => {
    renewing = null;
  });
  return renewing;
}

/** One tab at a time, because the refresh token is good once; who waited finds the work done. */
async function underLock(): Promise<boolean> {
  const before = expiresAt();
  const run = async () => {
    if (!usesTokens && expiresAt() > before && expiresAt() > Date.now()) return true;
    return refresh();
  };
  return navigator.locks ? await navigator.locks.request("hubbub.renew", run) : await run();
}

async function refresh(): Promise<boolean> {
  if (usesTokens && !tokens) return false;
  let answer: Response;
  try {
    answer = await fetch(new URL("/v1/auth/refresh", apiUrl), {
      method: "POST",
      ...(tokens && {
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ refresh_token: tokens.refresh }),
      }),
    });
  } catch {
    throw new Failure(null, 0);
  }
  if (answer.status === 401 || answer.status === 422) {
    forget();
    return false;
  }
  if (!answer.ok) throw new Failure((await answer.json().catch(() => null)) as Problem | null, answer.status);
  accept((await answer.json()) as AuthAnswer);
  return true;
}
