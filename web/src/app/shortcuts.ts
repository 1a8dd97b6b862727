import { useEffect } from "react";
import { current } from "@/cache/store";
import { sectionsOf } from "@/features/channels/channel-list";
import { markAllRead } from "@/features/channels/use-reading";
import { channelPath, go, membersPath, type Spot } from "@/view/paths";
import { openDialog, stopEditing, useView } from "@/view/view";

/** One table: what is pressed, what happens, and how the sheet says it. */
export type Shortcut = { keys: string; help: string; run: (spot: Spot) => void };

export const shortcuts: Shortcut[] = [
  { keys: "Ctrl+K", help: "Go to a channel or person", run: () => openDialog("switcher") },
  { keys: "Ctrl+/", help: "Show these shortcuts", run: () => openDialog("shortcuts") },
  { keys: "Alt+ArrowUp", help: "Previous channel", run: (spot) => step(spot, -1, false) },
  { keys: "Alt+ArrowDown", help: "Next channel", run: (spot) => step(spot, 1, false) },
  { keys: "Alt+Shift+ArrowUp", help: "Previous unread channel", run: (spot) => step(spot, -1, true) },
  { keys: "Alt+Shift+ArrowDown", help: "Next unread channel", run: (spot) => step(spot, 1, true) },
  { keys: "Shift+Escape", help: "Mark everything read", run: () => void markAllRead() },
  { keys: "Ctrl+Shift+L", help: "Write a message", run: focusComposer },
  { keys: "Ctrl+.", help: "Show or hide the panel on the right", run: togglePanel },
  { keys: "F6", help: "Next part of the page", run: () => moveRegion(1) },
  { keys: "Shift+F6", help: "Previous part of the page", run: () => moveRegion(-1) },
  { keys: "Ctrl+F6", help: "Next part of the page", run: () => moveRegion(1) },
  { keys: "Ctrl+Shift+F6", help: "Previous part of the page", run: () => moveRegion(-1) },
];

export function useShortcuts(spot: Spot): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.isComposing || event.defaultPrevented) return;
      if (useView.getState().dialog !== null) return;
      const found = shortcuts.find((shortcut) => shortcut.keys === pressed(event));
      if (found) {
        event.preventDefault();
        found.run(spot);
      } else if (event.key === "Escape" && !event.shiftKey) stepBack(spot);
      else if (isLetter(event)) focusComposer();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, [spot]);
}

function pressed(event: KeyboardEvent): string {
  const isCommand = event.ctrlKey || event.metaKey;
  const key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  return [isCommand && "Ctrl", event.altKey && "Alt", event.shiftKey && "Shift", key]
    .filter(Boolean)
    .join("+");
}

/** In order: the edit, the panel, then down to the newest message. Menus and dialogs have closed themselves before. */
function stepBack(spot: Spot): void {
  if (document.querySelector("[role=menu]")) return;
  if (useView.getState().editing !== null) return stopEditing();
  if (spot.channel_id === null) return;
  if (spot.root_id !== null || spot.shows_members) {
    go(channelPath(spot.channel_id));
    return focusComposer();
  }
  const list = document.querySelector("[data-message-list]");
  list?.scrollTo({ top: list.scrollHeight });
  focusComposer();
}

function step(spot: Spot, by: number, onlyUnread: boolean): void {
  const { channels, dms } = sectionsOf(
    Object.values(current().channels).map((entry) => entry.view),
    current().me?.id ?? "",
  );
  const all = [...channels, ...dms];
  const at = all.findIndex((channel) => channel.id === spot.channel_id);
  for (let distance = 1; distance <= all.length; distance += 1) {
    const channel = all[(at + by * distance + all.length * 2) % all.length];
    if (channel && (!onlyUnread || (channel.unread_count ?? 0) > 0)) return go(channelPath(channel.id));
  }
}

function togglePanel(spot: Spot): void {
  if (spot.channel_id === null) return;
  const isOpen = spot.root_id !== null || spot.shows_members;
  go(isOpen ? channelPath(spot.channel_id) : membersPath(spot.channel_id));
}

function focusComposer(): void {
  const composer =
    document.querySelector<HTMLElement>("[data-thread-composer]") ??
    document.querySelector<HTMLElement>("[data-composer]");
  composer?.focus();
}

const FOCUSABLE = "textarea, [data-message-list], a[href], button:not([disabled])";

function moveRegion(by: number): void {
  const regions = [...document.querySelectorAll<HTMLElement>("[data-region], [data-message-list]")].filter(
    (region) =>
      region.offsetParent !== null && !(region.matches("[data-message-list]") && region.closest("aside")),
  );
  const at = regions.findIndex((region) => region.contains(document.activeElement));
  const next = regions[(at + by + regions.length) % regions.length];
  if (!next) return;
  const target = next.matches("[tabindex]")
    ? next
    : (next.querySelector<HTMLElement>("[aria-current=page]") ?? next.querySelector<HTMLElement>(FOCUSABLE));
  target?.focus();
}

/** A letter typed anywhere else is meant for the composer. */
function isLetter(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1 || event.key === " ")
    return false;
  const target = event.target;
  return (
    target instanceof HTMLElement &&
    target.closest("input, textarea, select, [contenteditable], [role=menu]") === null
  );
}
