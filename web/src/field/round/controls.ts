/** What is not typed: a position, a small picture, a signature drawn with the finger. Each calls `set` with its answer. */

import { h } from "../dom";
import type { RoundTexts } from "./texts";

/** Characters of a picture at most, as a data URL; the server takes no more (`crates/rounds/src/form.rs`). */
export const PICTURE = 10_000;
/** Characters of a signature at most. */
export const SIGNATURE = 3_000;
/** A picture's longer side, tried from the largest down until it is small enough. */
const SIDES = [640, 480, 400, 320, 240, 160];
const QUALITIES = [0.7, 0.5, 0.35, 0.25];

type Set = (answer: string | undefined) => void;

/** Whether an answer is a position. */
export const isPlace = (text: string): boolean => {
  const [latitude, longitude, ...more] = text.split(",").map(Number);
  return more.length === 0 && Math.abs(latitude ?? NaN) <= 90 && Math.abs(longitude ?? NaN) <= 180;
};

/** Whether an answer is a picture that fits into a record. */
export const isPhoto = (text: string): boolean => text.length <= PICTURE && /^data:image\/jpeg;base64,[A-Za-z0-9+/=]+$/.test(text);

/** Whether an answer is a signature. */
export const isSignature = (text: string): boolean => text.length <= SIGNATURE && /^M[\dML ]+$/.test(text);

/** Where the phone is, to about ten metres: more is not needed to find a door again. */
export function placeControl(t: RoundTexts, name: string, before: string | undefined, set: Set): HTMLElement {
  const shown = h("span", { role: "status" }, before ?? "");
  const ask = (): void => {
    shown.textContent = t.placeWait;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const text = `${coords.latitude.toFixed(4)},${coords.longitude.toFixed(4)}`;
        shown.textContent = text;
        set(text);
      },
      () => {
        shown.textContent = t.placeNone;
      },
      { enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000 },
    );
  };
  return h("div", { class: "gate-pair" }, h("button", { type: "button", class: "gate-side", "data-key": name, click: ask }, t.placeTake), shown);
}

/** The picture of a file, made small enough; null when it cannot be read or is never small enough. */
async function small(file: Blob): Promise<string | null> {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) return null;
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  if (!context) return null;
  for (const side of SIDES) {
    const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    for (const quality of QUALITIES) {
      const url = canvas.toDataURL("image/jpeg", quality);
      if (isPhoto(url)) return url;
    }
  }
  return null;
}

export function photoControl(t: RoundTexts, name: string, label: string, set: Set): HTMLElement {
  const shown = h("img", { class: "form-photo", alt: label, hidden: true });
  const error = h("span", { class: "field-error", role: "alert" });
  const input = h("input", {
    class: "gate-search",
    type: "file",
    accept: "image/*",
    capture: "environment",
    "aria-label": label,
    "data-key": name,
    change: () => {
      const file = input.files?.[0];
      if (!file) return;
      void small(file).then((url) => {
        error.textContent = url ? "" : t.photoWrong;
        shown.hidden = !url;
        if (url) shown.src = url;
        set(url ?? undefined);
      });
    },
  });
  return h("div", { class: "form-stack" }, input, shown, error);
}

/** A signature drawn with the finger, kept as strokes of whole coordinates in a field 300 wide and 120 high. */
export function signatureControl(t: RoundTexts, name: string, label: string, set: Set): HTMLElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 300 120");
  svg.setAttribute("class", "form-signature");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  svg.setAttribute("data-key", name);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.append(path);
  let drawn = "";
  let last: [number, number] | null = null;
  const at = (event: PointerEvent): [number, number] => {
    const box = svg.getBoundingClientRect();
    const within = (n: number, most: number): number => Math.round(Math.min(Math.max(n, 0), 1) * most);
    return [within((event.clientX - box.left) / box.width, 300), within((event.clientY - box.top) / box.height, 120)];
  };
  const add = (command: "M" | "L", [x, y]: [number, number]): void => {
    const step = `${command}${x} ${y}`;
    if (drawn.length + step.length > SIGNATURE) return;
    drawn += step;
    last = [x, y];
    path.setAttribute("d", drawn);
  };
  svg.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    svg.setPointerCapture(event.pointerId);
    add("M", at(event));
  });
  svg.addEventListener("pointermove", (event) => {
    if (!last) return;
    const point = at(event);
    // Two points nearer than this are one for the eye.
    if (Math.hypot(point[0] - last[0], point[1] - last[1]) >= 3) add("L", point);
  });
  const end = (): void => {
    last = null;
    set(drawn.includes("L") ? drawn : undefined);
  };
  svg.addEventListener("pointerup", end);
  svg.addEventListener("pointercancel", end);
  const clear = (): void => {
    drawn = "";
    path.setAttribute("d", "");
    set(undefined);
  };
  const frame = h("div", { class: "form-stack" }, h("button", { type: "button", class: "gate-side", click: clear }, t.signAgain));
  frame.prepend(svg);
  return frame;
}
