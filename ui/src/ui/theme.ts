// Light or dark: set before the first paint by public/theme.js, kept in the browser.
import { useSyncExternalStore } from "react";

export type Theme = "light" | "dark";

const listeners = new Set<() => void>();

const read = (): Theme => (document.documentElement.dataset["theme"] === "dark" ? "dark" : "light");

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function setTheme(theme: Theme) {
  document.documentElement.dataset["theme"] = theme;
  try {
    localStorage.setItem("gyre.theme", theme);
  } catch {
    // Without storage it holds until the page is left.
  }
  listeners.forEach((listener) => listener());
}

export const useTheme = (): [Theme, (theme: Theme) => void] => [useSyncExternalStore(subscribe, read), setTheme];
