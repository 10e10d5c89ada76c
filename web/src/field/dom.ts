/** A small way to make elements. Text is always text, never HTML. */

type Child = Node | string | null | false | undefined;
type Attributes = Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>;

const SVG = "http://www.w3.org/2000/svg";

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value == null || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

const ICONS = {
  check: "M5 12l5 5L20 7",
  out: "M14 8V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h6a2 2 0 0 0 2-2v-2M9 12h12m-3-3 3 3-3 3",
  clock: "M12 7v5l3 3M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z",
  place: "M12 21s-7-5.5-7-11a7 7 0 0 1 14 0c0 5.5-7 11-7 11zM14.5 10a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z",
  next: "M9 6l6 6-6 6",
  minus: "M5 12h14",
  plus: "M12 5v14M5 12h14",
  alert: "M12 9v4m0 4h.01M10.3 4 2.5 18a2 2 0 0 0 1.7 3h15.6a2 2 0 0 0 1.7-3L13.7 4a2 2 0 0 0-3.4 0z",
  calendar: "M4 7a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2zM16 3v4M8 3v4M4 11h16",
  bell: "M10 5a2 2 0 1 1 4 0a7 7 0 0 1 4 6v3a4 4 0 0 0 2 3H4a4 4 0 0 0 2-3v-3a7 7 0 0 1 4-6M9 17v1a3 3 0 0 0 6 0v-1",
  cloudOff: "M9.6 5.2A6 6 0 0 1 18 10a4 4 0 0 1 2.7 7M17 19H7a5 5 0 0 1-.8-9.9M3 3l18 18",
} as const;

export type Icon = keyof typeof ICONS;

export function icon(name: Icon): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** Makes a part of the screen anew; whatever had the focus has it again, found by its `data-key`. */
export function keepFocus(root: HTMLElement, make: () => void): void {
  const focused = root.contains(document.activeElement) ? document.activeElement?.getAttribute("data-key") : null;
  make();
  if (!focused) return;
  for (const element of Array.from(root.querySelectorAll<HTMLElement>("[data-key]"))) {
    if (element.getAttribute("data-key") === focused) element.focus({ preventScroll: true });
  }
}

/** A part of the screen that is made anew only when what it shows has changed, so that focus is kept. */
export class Part {
  private shown: string | undefined;
  constructor(readonly root: HTMLElement) {}

  show(key: unknown, make: () => Child[]): void {
    const next = JSON.stringify(key);
    if (next === this.shown) return;
    this.shown = next;
    keepFocus(this.root, () => {
      const children = make().filter((child): child is Node | string => Boolean(child));
      this.root.replaceChildren(...children);
      this.root.hidden = children.length === 0;
    });
  }
}
