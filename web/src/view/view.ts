import { create } from "zustand";

export type DialogName =
  | "create"
  | "browse"
  | "settings"
  | "switcher"
  | "shortcuts"
  | "invite"
  | "people"
  | "channel"
  | "card"
  | "confirm";

export type Toast = { id: number; text: string; is_error: boolean };

/** Whose card is open, and beside what; without a place, in the middle. */
export type Card = { user_id: string; beside: DOMRect | null };

/** Asked before something is done that is not taken back so easily. */
export type Question = {
  title: string;
  text: string;
  /** What it is about, in somebody's own words. */
  quote?: string;
  /** What the button says that does it. */
  action: string;
  run: () => Promise<void>;
};

/** What is open on this page: nothing that the server knows of. */
export type View = {
  dialog: DialogName | null;
  card: Card | null;
  question: Question | null;
  /** The message that is edited in place. */
  editing: string | null;
  toasts: Toast[];
  /** Drafts by channel or root. */
  drafts: Record<string, string>;
};

export const useView = create<View>()(() => ({
  dialog: null,
  card: null,
  question: null,
  editing: null,
  toasts: [],
  drafts: {},
}));

export const openDialog = (dialog: DialogName): void => useView.setState({ dialog });
export const openCard = (user_id: string, beside: Element | null): void =>
  useView.setState({ dialog: "card", card: { user_id, beside: beside?.getBoundingClientRect() ?? null } });
export const confirmFirst = (question: Question): void => useView.setState({ dialog: "confirm", question });
export const closeDialog = (): void => useView.setState({ dialog: null });
export const startEditing = (messageId: string): void => useView.setState({ editing: messageId });
export const stopEditing = (): void => useView.setState({ editing: null });

const TOAST_MS = 5_000;
let lastToast = 0;

export function toast(text: string, isError = false): void {
  lastToast += 1;
  const id = lastToast;
  useView.setState((view) => ({ toasts: [...view.toasts.slice(-2), { id, text, is_error: isError }] }));
  setTimeout(
    () => useView.setState((view) => ({ toasts: view.toasts.filter((held) => held.id !== id) })),
    TOAST_MS,
  );
}
