/** `data-copy="text"` or `data-copy="#id"` copies; `data-copied="word"` is shown for two seconds. */
export function copyButtons(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-copy]");
    if (!button) return;
    const what = button.dataset.copy ?? "";
    const from = /^#[\w-]+$/.test(what) ? document.querySelector(what) : null;
    const text = from ? (from instanceof HTMLInputElement || from instanceof HTMLTextAreaElement ? from.value : (from.textContent ?? "")) : what;
    void copy(text.trim()).then((done) => {
      const word = button.dataset.copied;
      if (!done || !word || button.dataset.before !== undefined) return;
      button.dataset.before = button.textContent ?? "";
      button.textContent = word;
      setTimeout(() => {
        button.textContent = button.dataset.before ?? "";
        delete button.dataset.before;
      }, 2_000);
    });
  });
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No clipboard on plain http: the old way.
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
