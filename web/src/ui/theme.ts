import { readItem, writeItem } from "@/lib/storage";

export type ThemeChoice = "light" | "dark" | "system";

const prefersDark = matchMedia("(prefers-color-scheme: dark)");

export function themeChoice(): ThemeChoice {
  const held = readItem("theme");
  return held === "light" || held === "dark" ? held : "system";
}

export function chooseTheme(choice: ThemeChoice): void {
  writeItem("theme", choice === "system" ? null : choice);
  showTheme();
}

export function showTheme(): void {
  const choice = themeChoice();
  const isDark = choice === "dark" || (choice === "system" && prefersDark.matches);
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
}

/** Follows the system, and the choice made in another tab. */
export function followTheme(): void {
  prefersDark.addEventListener("change", showTheme);
  addEventListener("storage", showTheme);
}
