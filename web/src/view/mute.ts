import { readItem, writeItem } from "@/lib/storage";

const listeners = new Set<() => void>();

export const isMuted = (): boolean => readItem("muted") === "yes";

export function setMuted(muted: boolean): void {
  writeItem("muted", muted ? "yes" : null);
  for (const listener of listeners) listener();
}

export function onMuteChange(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("storage", listener);
  };
}
