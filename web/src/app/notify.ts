import { watch } from "../shared/told";

/** Notifications on a desk page, and the button that asks the browser for them. */
export function notify(): void {
  if (!document.body.classList.contains("fx-inside")) return;
  if ("Notification" in window && Notification.permission === "granted") watch(() => undefined);
  const button = document.querySelector<HTMLButtonElement>("[data-notify]");
  const state = document.querySelector<HTMLElement>("[data-notify-state]");
  if (!button || !state) return;
  const draw = () => {
    const permission = "Notification" in window ? Notification.permission : null;
    button.hidden = permission !== "default";
    const words = { granted: state.dataset.on, denied: state.dataset.denied, default: "" };
    state.textContent = (permission ? words[permission] : state.dataset.none) ?? "";
  };
  button.addEventListener("click", () => {
    void Notification.requestPermission().then((permission) => {
      draw();
      if (permission === "granted") watch(() => undefined);
    });
  });
  draw();
}
