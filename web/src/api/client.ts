import createClient from "openapi-fetch";
import { apiUrl, usesTokens } from "./base";
import { bearer, renew } from "./credential";
import { Failure } from "./problem";
import type { paths } from "./schema";
import type { Problem } from "./types";

/** The typed client. An expired access token is renewed once, and the request sent again. */
export const api = createClient<paths>({
  baseUrl: apiUrl,
  credentials: usesTokens ? "omit" : "same-origin",
  fetch: authorizedFetch,
  querySerializer: { array: { style: "form", explode: false } },
});

let sessionEnded: () => void = () => {};

/** Called when the server says that the session is over. */
export function onSessionEnded(listener: () => void): void {
  sessionEnded = listener;
}

export async function authorizedFetch(request: Request): Promise<Response> {
  const again = request.clone();
  const answer = await fetch(authorized(request));
  if (answer.status !== 401 || isAboutSigningIn(request.url)) return answer;
  if (!(await renew())) {
    sessionEnded();
    return answer;
  }
  return fetch(authorized(again));
}

function authorized(request: Request): Request {
  const credential = bearer();
  if (credential) request.headers.set("Authorization", credential);
  return request;
}

function isAboutSigningIn(url: string): boolean {
  return /\/v1\/auth\/(login|register|refresh|logout)$/.test(url);
}

/** What was asked for, or a thrown `Failure`. */
export async function ask<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  let settled: Awaited<typeof answer>;
  try {
    settled = await answer;
  } catch (error) {
    throw error instanceof Failure ? error : new Failure(null, 0);
  }
  const { data, error, response } = settled;
  if (response.ok) return data as T;
  const seconds = Number(response.headers.get("Retry-After"));
  throw new Failure(isProblem(error) ? error : null, response.status, seconds > 0 ? seconds * 1000 : null);
}

function isProblem(error: unknown): error is Problem {
  return typeof error === "object" && error !== null && "code" in error && "detail" in error;
}
