/**
 * Go or stop: what the gate says to a person. The same as `crates/gates/src/decide.rs`; both are tested by
 * `crates/gates/tests/decisions.json`.
 */

import type { Decision, Direction, Rule } from "./types";

export type Kind = "resident" | "vehicle" | "visitor" | "worker" | "unknown";
export type Trust = "ok" | "forged" | "foreign";

export interface Asked {
  direction: Direction;
  kind: Kind;
  pass?: { state: string; from: string; until: string; trust: Trust } | null;
  confined?: { from: string; until?: string | null } | null;
  permit?: { from: string; until?: string | null } | null;
  /** Exits the household has left; null when there is no limit or it is not known. */
  exits_left?: number | null;
  temperature?: number | null;
  health?: string | null;
  travel?: string | null;
  mask?: boolean | null;
  boot?: boolean | null;
  car?: boolean;
  rule: Rule;
  now: string;
}

const covers = (span: { from: string; until?: string | null } | null | undefined, now: number): boolean =>
  span != null && Date.parse(span.from) <= now && (span.until == null || now < Date.parse(span.until));

function unfit(pass: NonNullable<Asked["pass"]>, now: number): string {
  if (pass.state === "withdrawn" || pass.state === "returned") return "pass-withdrawn";
  if (pass.state === "replaced") return "pass-replaced";
  if (now < Date.parse(pass.from)) return "pass-early";
  return now >= Date.parse(pass.until) ? "pass-expired" : "";
}

/** What stands against it, the first that applies; empty when nothing does. */
function against(asked: Asked): string {
  const { rule, pass, kind } = asked;
  const now = Date.parse(asked.now);
  const inward = asked.direction === "in";
  const stranger = kind === "visitor" || kind === "unknown";
  const permitted = covers(asked.permit, now);
  const none = (seen: string | null | undefined) => seen == null || seen === "" || seen === "none";
  if (pass?.trust === "forged") return "pass-forged";
  if (pass?.trust === "foreign") return "pass-foreign";
  if (asked.temperature != null && asked.temperature > rule.alarm) return "hot";
  const ended = pass ? unfit(pass, now) : "";
  if (ended) return ended;
  if (asked.health === "red") return "code-red";
  if (asked.health === "yellow") return "code-yellow";
  if (inward && asked.travel === "marked" && (stranger || kind === "worker")) return "travel-marked";
  if (!inward && covers(asked.confined, now) && !permitted) return "confined";
  if (inward && stranger && !pass && !rule.visitors) return "visitors-closed";
  if (inward && kind === "unknown") return "unknown";
  if (!inward && kind === "resident" && rule.exits && asked.exits_left != null && asked.exits_left <= 0 && !permitted) {
    return "exits-used";
  }
  if (rule.mask && asked.mask === false) return "no-mask";
  if (inward && kind === "visitor" && rule.health && none(asked.health)) return "no-health-code";
  if (inward && kind === "visitor" && rule.travel && none(asked.travel)) return "no-travel-code";
  if (inward && asked.car && rule.boot && asked.boot === false) return "boot-closed";
  return "";
}

export function decide(asked: Asked): { decision: Decision; reason: string } {
  const reason = against(asked);
  return { decision: reason ? "stop" : "go", reason };
}
