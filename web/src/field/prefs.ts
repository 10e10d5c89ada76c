/** How the person likes the screen. Kept on the phone only. */

export type Theme = "auto" | "light" | "dark";

export interface Prefs {
  theme: Theme;
  largeType: boolean;
}

const KEY = "fangxian-field-display";

export function loadPrefs(): Prefs {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Prefs>;
    const theme = kept.theme === "light" || kept.theme === "dark" ? kept.theme : "auto";
    return { theme, largeType: kept.largeType === true };
  } catch {
    return { theme: "auto", largeType: false };
  }
}

export function applyPrefs(prefs: Prefs): void {
  const root = document.documentElement;
  if (prefs.theme === "auto") root.removeAttribute("data-theme");
  else root.setAttribute("data-theme", prefs.theme);
  root.toggleAttribute("data-large-type", prefs.largeType);
}

export function savePrefs(prefs: Prefs): void {
  applyPrefs(prefs);
  try {
    localStorage.setItem(KEY, JSON.stringify(prefs));
  } catch {
    // private mode: it holds until the page is closed
  }
}
