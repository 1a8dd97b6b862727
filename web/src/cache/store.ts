import { create } from "zustand";
import { emptyState, type State } from "./state";

/** The one copy of what this page knows. Components select from it; only `change` writes. */
export const useStore = create<State>()(() => emptyState());

export const current = (): State => useStore.getState();

export function change(update: (state: State) => State): void {
  useStore.setState(update, true);
}

/** Another account must not see what this one knew. */
export function clearStore(): void {
  useStore.setState(emptyState(), true);
}
