/** Finds `<div data-chart>` and draws them; ECharts is fetched only when there is one. */

import { readChart } from "./chart-data";

const drawn = new WeakMap<Element, { resize(): void; dispose(): void }>();
const watch = new ResizeObserver((entries) => {
  for (const { target } of entries) if (target.parentElement) drawn.get(target.parentElement)?.resize();
});

async function draw(box: HTMLElement): Promise<void> {
  if (box.dataset.chartDone !== undefined) return;
  const chart = readChart(box.querySelector('script[type="application/json"]')?.textContent ?? "");
  // The table below says the same: without data, or without ECharts, it is enough.
  if (!chart) return;
  box.dataset.chartDone = "";
  const canvas = document.createElement("div");
  canvas.className = "chart-canvas";
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", chart.title);
  box.prepend(canvas);
  try {
    const { render } = await import("./chart-render");
    if (!box.isConnected) return;
    drawn.set(box, render(canvas, chart));
    watch.observe(canvas);
  } catch {
    canvas.remove();
  }
}

function scan(): void {
  for (const box of document.querySelectorAll<HTMLElement>("[data-chart]")) void draw(box);
}

export function charts(): void {
  scan();
  document.addEventListener("htmx:after:swap", scan);
  addEventListener("pageshow", scan);
}
