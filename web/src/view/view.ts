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
  | "card";

export type Toast = { id: number; text: string; is_error: boolean };

/** Whose card is open, and beside what; without a place, in the middle. */
export type Card = { user_id: string; beside: DOMRect | null };

/** What is open on this page: nothing that the server knows of. */
export type View = {
  dialog: DialogName | null;
  card: Card | null;
  /** The message that is edited in place. */
  editing: string | null;
  toasts: Toast[];
  /** Drafts by channel or root. */
  drafts: Record<string, string>;
};

export const useView = create<View>()(() => ({
  dialog: null,
  card: null,
  editing: null,
  toasts: [],
  drafts: {},
}));

export const openDialog = (dialog: DialogName): void => useView.setState({ dialog });
export const openCard = (user_id: string, beside: Element | null): void =>
  useView.setState({ dialog: "card", card: { user_id, beside: beside?.getBoundingClientRect() ?? null } });
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
