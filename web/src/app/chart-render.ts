/** ECharts with only the parts we draw. This file is a chunk of its own. */

import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { Chart } from "./chart-data";

use([BarChart, LineChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

/** Told apart by lightness as well as hue, lines also by their strokes. */
const COLORS = ["#0b6b45", "#d97706", "#1c4587", "#b4235a", "#5aa9a0", "#6b7280"];
const STROKES = ["solid", [8, 5], [2, 4], [12, 4, 2, 4], "solid", [8, 5]] as const;

/** 2020-02-10 becomes 2-10: the year is in the title of the page. */
const label = (x: string): string => {
  const day = /^\d{4}-(\d{2})-(\d{2})$/.exec(x);
  return day ? `${Number(day[1])}-${Number(day[2])}` : x;
};

const stroke = (index: number): "solid" | number[] => {
  const type = STROKES[index % STROKES.length] ?? "solid";
  return type === "solid" ? type : [...type];
};

export function render(element: HTMLElement, chart: Chart): { resize(): void; dispose(): void } {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
  const text = { fontSize: Math.round(rem * 0.85), color: "#37474f", fontFamily: getComputedStyle(document.body).fontFamily };
  const lang = document.documentElement.lang || "zh-CN";
  const number = new Intl.NumberFormat(lang);
  // The legend of three names or more takes two lines on a phone.
  const crowded = chart.series.length > 2 && element.clientWidth < 40 * rem;
  const plot = init(element, null, { renderer: "svg", locale: lang.startsWith("zh") ? "ZH" : "EN" });
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  plot.setOption({
    animation: !still,
    color: COLORS,
    textStyle: text,
    aria: { enabled: true, label: { description: chart.title } },
    grid: { left: 8, right: 16, top: (crowded ? 5.75 : 3.25) * rem, bottom: 8, containLabel: true },
    legend: chart.series.length > 1 ? { top: 0, left: "center", padding: [4, 16], textStyle: text, itemGap: 18, itemWidth: 36 } : { show: false },
    tooltip: {
      trigger: "axis",
      confine: true,
      textStyle: text,
      valueFormatter: (value: unknown) => (typeof value === "number" ? `${number.format(value)} ${chart.unit}`.trim() : "—"),
    },
    xAxis: {
      type: "category",
      data: chart.x.map(label),
      boundaryGap: chart.kind === "bar",
      axisLabel: { ...text, hideOverlap: true },
      axisTick: { show: false },
      axisLine: { lineStyle: { color: "#90a4ae" } },
    },
    yAxis: {
      type: "value",
      name: chart.unit,
      nameTextStyle: { ...text, align: "left" },
      nameGap: 16,
      minInterval: 1,
      axisLabel: { ...text, formatter: (value: number) => number.format(value) },
      splitLine: { lineStyle: { color: "#dde3e0" } },
    },
    series: chart.series.map(({ name, data }, index) =>
      chart.kind === "line"
        ? {
            type: "line" as const,
            name,
            data,
            // Where lines lie on one another, the first is on top.
            z: 2 + chart.series.length - index,
            lineStyle: { width: index === 0 ? 4 : 3, type: stroke(index) },
            symbol: "circle",
            symbolSize: 7,
            showSymbol: data.length <= 31,
            ...(chart.stack ? { stack: "all", areaStyle: { opacity: 0.25 } } : {}),
          }
        : {
            type: "bar" as const,
            name,
            data,
            barMaxWidth: 40,
            itemStyle: { borderRadius: chart.stack ? 0 : [4, 4, 0, 0] },
            ...(chart.stack ? { stack: "all" } : {}),
          },
    ),
  });
  return plot;
}
