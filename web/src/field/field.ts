/** The phone page for those on post: check in, count, check out; with or without a network. */

import "./field.css";
import "./gate/gate.css";
import "./round/round.css";
import "./lane/lane.css";
import { openDb, StorageError } from "./db";
import { Model } from "./model";
import { applyPrefs, loadPrefs } from "./prefs";
import { texts } from "./texts";
import { Screen } from "./screen";
import { h, icon } from "./dom";
import { drawWhenReleased } from "./press";
import { watch } from "../shared/told";

/** How often the clock on the screen moves on, and what waits is looked at. */
const TICK_MS = 15_000;

async function main(): Promise<void> {
  const root = document.getElementById("field-app");
  if (!root) return;
  applyPrefs(loadPrefs());
  const lang = document.documentElement.lang || "zh-CN";
  const t = texts(lang);

  if ("serviceWorker" in navigator) {
    navigator.serviceWorker.register("/sw.js", { scope: "/field" }).catch(() => undefined);
  }

  let db;
  try {
    db = await openDb();
  } catch (cause) {
    const full = cause instanceof StorageError && cause.reason === "full";
    // The server-rendered page below stays: it works without storage.
    root.prepend(
      h(
        "div",
        { class: "notice bad", role: "alert" },
        icon("alert"),
        h(
          "div",
          {},
          h("strong", {}, full ? t.storageFull : t.storageBroken),
          h("p", {}, full ? t.storageFullHint : t.storageBrokenHint),
        ),
      ),
    );
    return;
  }

  const model = new Model({
    db,
    fetch: (input, init) => fetch(input, init),
    user: root.dataset.user ?? "",
    locks: navigator.locks,
    channel: "BroadcastChannel" in window ? new BroadcastChannel("fangxian-field") : undefined,
  });
  const screen = new Screen(root, model, lang, t);
  const draw = (): void => screen.draw();
  const changed = (): void => drawWhenReleased(draw);
  model.onChange(changed);
  draw();

  addEventListener("online", () => void model.sync("network"));
  addEventListener("offline", changed);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void model.sync("network");
  });
  setInterval(() => {
    changed();
    if (document.visibilityState === "visible") void model.sync("no");
  }, TICK_MS);
  // What is kept must not be thrown away by the browser when space runs short.
  addEventListener(
    "pointerup",
    () => void navigator.storage?.persist?.().catch(() => undefined),
    { once: true },
  );
  watch((told) => screen.tell(told));
  await model.start();
}

void main();
