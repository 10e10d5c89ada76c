/** Buttons that show a part of the page on the whole screen, such as a board on the wall. Hidden where a browser cannot. */

export function fullscreen(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-fullscreen]")) {
    const part = document.getElementById(button.dataset.fullscreen ?? "");
    if (!part || !document.fullscreenEnabled) continue;
    button.hidden = false;
    button.addEventListener("click", () => void part.requestFullscreen().catch(() => undefined));
  }
}
