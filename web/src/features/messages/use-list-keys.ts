import type { Virtualizer } from "@tanstack/react-virtual";
import type { FocusEvent, KeyboardEvent, RefObject } from "react";
import type { Row } from "./rows";

type Input = {
  virtualizer: Virtualizer<HTMLDivElement, Element>;
  rows: Row[];
  scroller: RefObject<HTMLDivElement | null>;
  focused: string | null;
  setFocused: (key: string | null) => void;
  toEnd: () => void;
};

/** Arrows walk the rows, Home and End the list; Enter opens the menu of the row that has the focus. */
export function useListKeys({ virtualizer, rows, scroller, focused, setFocused, toEnd }: Input) {
  const focusRow = (index: number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (!row) return;
    setFocused(row.key);
    virtualizer.scrollToIndex(rows.indexOf(row), { align: "auto" });
    requestAnimationFrame(() => rowElement(scroller.current, row.key)?.focus({ preventScroll: true }));
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    const isOnRow = target.matches("[data-row]");
    if (target !== scroller.current && !isOnRow) return;
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const at = isOnRow ? rows.findIndex((row) => row.key === focused) : rows.length;
    if (event.key === "ArrowUp") focusRow(at - 1);
    else if (event.key === "ArrowDown" && isOnRow) focusRow(at + 1);
    else if (event.key === "Home") virtualizer.scrollToIndex(0, { align: "start" });
    else if (event.key === "End") toEnd();
    else if (event.key === "Enter" && isOnRow) openMenu(target);
    else return;
    event.preventDefault();
  };

  const onFocus = (event: FocusEvent) => {
    const row = (event.target as HTMLElement).closest<HTMLElement>("[data-row]");
    setFocused(row?.dataset.row ?? null);
  };

  return { onKeyDown, onFocus };
}

function rowElement(list: HTMLElement | null, key: string): HTMLElement | null {
  return list?.querySelector<HTMLElement>(`[data-row="${CSS.escape(key)}"]`) ?? null;
}

function openMenu(row: HTMLElement): void {
  const { left, top, height } = row.getBoundingClientRect();
  const at = { clientX: left + 60, clientY: top + Math.min(height, 40) };
  row.dispatchEvent(new MouseEvent("contextmenu", { bubbles: true, cancelable: true, ...at }));
}
