/** A `data-autosubmit` field sends its form when it changes; the button (`class="no-js"`) is for browsers without us. */
export function autosubmit(): void {
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLSelectElement || field instanceof HTMLInputElement)) return;
    if (field.hasAttribute("data-autosubmit")) field.form?.requestSubmit();
  });
}
