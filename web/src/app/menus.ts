/** `<details class="dropdown">` works by itself; this closes it on Escape and on a tap elsewhere. */
export function menus(): void {
  const open = () => document.querySelectorAll<HTMLDetailsElement>("details.dropdown[open]");
  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target as Node)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector<HTMLElement>("summary")?.focus();
    }
  });
}
