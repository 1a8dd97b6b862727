import { create } from "zustand";
import { usesTokens } from "@/api/base";
import { api, ask, onSessionEnded } from "@/api/client";
import { accept, forget, mayBeSignedIn, refreshToken } from "@/api/credential";
import { asFailure } from "@/api/problem";
import type { AuthAnswer, User } from "@/api/types";
import { change, clearStore } from "@/cache/store";
import { putUser } from "@/cache/users";
import { startLive, stopLive } from "@/realtime/live";
import { restoreOutbox } from "@/realtime/outbox";
import { restoreDrafts } from "@/view/drafts";
import { closeDialog } from "@/view/view";

type Standing = "unknown" | "out" | "in" | "unreachable";

/** Whether somebody is signed in on this page. */
export const useSession = create<{ standing: Standing; note: string | null }>()(() => ({
  standing: "unknown",
  note: null,
}));

/** With a cookie the server knows who this is; tokens in memory do not outlive the page. */
export async function resume(): Promise<void> {
  onSessionEnded(ended);
  if (usesTokens || !mayBeSignedIn()) return useSession.setState({ standing: "out" });
  try {
    enter(await ask(api.GET("/v1/me")));
  } catch (error) {
    useSession.setState({ standing: asFailure(error).status === 401 ? "out" : "unreachable", note: null });
  }
}

export type Login = { username: string; password: string };

export async function login(body: Login): Promise<void> {
  welcome(await ask(api.POST("/v1/auth/login", { body: { ...body, ...sessionKind } })));
}

export async function register(body: Login & { display_name?: string }): Promise<void> {
  welcome(await ask(api.POST("/v1/auth/register", { body: { ...body, ...sessionKind } })));
}

export async function logout(): Promise<void> {
  const refresh_token = refreshToken();
  const body = refresh_token === null ? undefined : { refresh_token };
  await ask(api.POST("/v1/auth/logout", { body })).catch(() => {});
  leave(null);
}

const sessionKind = usesTokens ? {} : ({ session: "cookie" } as const);

function welcome(answer: AuthAnswer): void {
  accept(answer);
  enter(answer.user);
}

function enter(user: User): void {
  change((state) => putUser({ ...state, me: user }, user));
  restoreDrafts(user.id);
  restoreOutbox();
  useSession.setState({ standing: "in", note: null });
  startLive(ended);
}

function ended(): void {
  if (useSession.getState().standing === "in") leave("Your session has ended. Sign in again to go on.");
}

function leave(note: string | null): void {
  stopLive();
  forget();
  closeDialog();
  clearStore();
  useSession.setState({ standing: "out", note });
}
