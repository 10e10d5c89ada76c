/** What a template may ask to be drawn. */
export interface Chart {
  kind: "line" | "bar";
  title: string;
  /** Days (2020-02-10) or names, one for each value. */
  x: string[];
  series: { name: string; data: (number | null)[] }[];
  stack: boolean;
  unit: string;
}

const isNumberOrNull = (value: unknown): value is number | null => value === null || typeof value === "number";

/** The chart in this JSON text, or null when it is not one. */
export function readChart(text: string): Chart | null {
  let value: Partial<Chart> | null;
  try {
    value = JSON.parse(text) as Partial<Chart> | null;
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { kind, title, x, series, stack, unit } = value;
  if (kind !== "line" && kind !== "bar") return null;
  if (!Array.isArray(x) || !Array.isArray(series)) return null;
  const good = series.every(
    (one) => typeof one?.name === "string" && Array.isArray(one.data) && one.data.every(isNumberOrNull),
  );
  if (!good) return null;
  return { kind, title: String(title ?? ""), x: x.map(String), series, stack: stack === true, unit: String(unit ?? "") };
}
