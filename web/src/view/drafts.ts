import { itemNames, readItem, writeItem } from "@/lib/storage";
import { useView } from "./view";

const SAVE_AFTER_MS = 300;
const timers = new Map<string, ReturnType<typeof setTimeout>>();
let owner = "";

/** Drafts belong to the account: the next one on this browser does not see them. */
export function restoreDrafts(userId: string): void {
  owner = userId;
  const start = `draft.${userId}.`;
  const drafts: Record<string, string> = {};
  for (const name of itemNames(start)) drafts[name.slice(start.length)] = readItem(name) ?? "";
  useView.setState({ drafts });
}

export const draftOf = (key: string): string => useView.getState().drafts[key] ?? "";

/** Saved a moment after the last key, so that typing writes to no disk. */
export function keepDraft(key: string, text: string): void {
  clearTimeout(timers.get(key));
  timers.set(
    key,
    setTimeout(() => saveDraft(key, text), SAVE_AFTER_MS),
  );
}

export function saveDraft(key: string, text: string): void {
  clearTimeout(timers.get(key));
  writeItem(`draft.${owner}.${key}`, text === "" ? null : text);
  const { [key]: _, ...rest } = useView.getState().drafts;
  useView.setState({ drafts: text === "" ? rest : { ...rest, [key]: text } });
}
