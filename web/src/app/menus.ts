/** `<details class="dropdown">` and the menu on phones work by themselves; this closes them on Escape and on a tap elsewhere. */
export function menus(): void {
  const open = () => document.querySelectorAll<HTMLDetailsElement>("details.dropdown[open]");
  const menu = () => document.querySelector<HTMLInputElement>(".fx-menu:checked");
  document.addEventListener("click", (event) => {
    for (const details of open()) if (!details.contains(event.target as Node)) details.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const details of open()) {
      details.open = false;
      details.querySelector<HTMLElement>("summary")?.focus();
    }
    const check = menu();
    if (check) {
      check.checked = false;
      check.focus();
    }
  });
  // Coming back to a page finds its menu folded.
  addEventListener("pageshow", () => {
    const check = menu();
    if (check) check.checked = false;
  });
}
