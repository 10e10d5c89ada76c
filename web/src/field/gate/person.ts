/** One person at the gate: who it is, what was measured, go or stop, and one tap that records it. */

import { h, icon } from "../dom";
import type { Format } from "../format";
import { again, question, type Book, type Looked } from "./book";
import { decide, type Asked, type Kind } from "./decide";
import type { Found } from "./find";
import { Keypad } from "./keypad";
import type { GateTexts } from "./texts";
import type { By, Direction, Passage, Roster } from "./types";

/** Somebody at the gate who is to be let through or not. */
export interface Draft {
  kind: Kind;
  by: By;
  found: Found | null;
  /** A pass that cannot be believed: the end of its code. */
  disbelieved?: { trust: "forged" | "foreign"; end: string };
  visitor?: { name: string; phone: string; visiting: string; from: string; plate: string; companions: number };
}

export interface Surroundings {
  roster: Roster;
  book: Book;
  direction: Direction;
  format: Format;
  t: GateTexts;
  /** Milliseconds, by the server's clock. */
  now: () => number;
  /** Records it; true when it is durable. */
  record(passage: Passage): Promise<boolean>;
  cancel(): void;
  /** Registers somebody who has come back from elsewhere. */
  returnee(): void;
}

const label = (tenths: number): string => (tenths / 10).toFixed(1);

export class Person {
  readonly root = h("section", { class: "gate-person" });
  private readonly looked: Looked = { temperature: null, health: null, travel: null, mask: null, boot: null };
  private readonly verdict = h("div", { class: "verdict", role: "status", "aria-live": "assertive" });
  private readonly actions = h("div", { class: "gate-actions" });
  private readonly checks = h("div", { class: "gate-checks" });
  private despite = false;
  private busy = false;

  constructor(
    private readonly draft: Draft,
    private readonly around: Surroundings,
  ) {
    const { rule } = around.roster;
    const { t } = around;
    if (rule.mask) this.looked.mask = true;
    if (this.car && rule.boot && around.direction === "in") this.looked.boot = false;
    const keypad = new Keypad(t, (tenths) => {
      this.looked.temperature = tenths;
      this.draw();
    });
    this.root.append(this.who(), this.verdict, this.actions, keypad.root, this.checks);
    this.draw();
  }

  private get car(): boolean {
    const { found, visitor } = this.draft;
    return (found?.pass?.plate ?? "") !== "" || (visitor?.plate ?? "") !== "" || (found?.visit?.plate ?? "") !== "";
  }

  private who(): HTMLElement {
    const { draft, around } = this;
    const { t, format, book, direction } = around;
    const { found, visitor } = draft;
    const pass = found?.pass;
    const last = found ? again(book, found, direction, this.around.now()) : null;
    const minutes = last ? Math.max(1, Math.round(Math.abs(this.around.now() - Date.parse(last.at)) / 60_000)) : 0;
    const lines = [
      visitor ? [visitor.visiting, visitor.from, visitor.plate].filter(Boolean).join(" · ") : found?.hint,
      pass
        ? `${t.pass[pass.kind]} · ${t.number(pass.number)} · ${format.date(pass.until)}`
        : found?.resident
          ? t.noPass
          : null,
    ];
    return h(
      "header",
      { class: "gate-who" },
      h("strong", {}, visitor?.name || found?.name || draft.disbelieved?.end || "?"),
      found?.resident?.weak && h("span", { class: "tag" }, t.weak),
      ...lines.filter(Boolean).map((line) => h("p", {}, line as string)),
      last && h("p", { class: "warn", role: "alert" }, icon("alert"), t.again(minutes, direction)),
    );
  }

  private asked(): Asked {
    const { draft, around } = this;
    const asked = question(
      around.roster,
      around.book,
      draft.found,
      draft.kind,
      this.looked,
      this.car,
      around.direction,
      this.around.now(),
    );
    if (!draft.disbelieved) return asked;
    const now = asked.now;
    return { ...asked, pass: { state: "active", from: now, until: now, trust: draft.disbelieved.trust } };
  }

  private draw(): void {
    const { around, draft } = this;
    const { t } = around;
    const { decision, reason } = decide(this.asked());
    const words = t.reason[reason] ?? t.reason["other"]!;
    this.root.dataset.decision = decision;
    this.verdict.className = `verdict ${decision}`;
    this.verdict.replaceChildren(
      h("b", {}, decision === "go" ? t.go : t.stop),
      h("span", { class: "why" }, words.title),
      h("span", { class: "say" }, words.say),
    );
    const home = reason === "hot" && draft.kind === "resident";
    const button = (key: string, className: string, text: string, passage: () => Passage) =>
      h("button", { type: "button", class: className, "data-key": key, click: () => void this.finish(passage()) }, text);
    const tap = (key: string, text: string, click: () => void) =>
      h("button", { type: "button", class: "gate-side", "data-key": key, click }, text);
    this.actions.replaceChildren(
      decision === "go"
        ? button("go", "gate-big go", around.direction === "in" ? t.letIn : t.letOut, () => this.passage("go", ""))
        : button("stop", "gate-big stop", home ? t.sendHome : t.turnAway, () => this.passage("stop", reason)),
      ...(decision === "stop" && this.despite
        ? (["medical", "order", "other"] as const).map((why) =>
            button(`despite-${why}`, "gate-side go", t.despiteWhy[why], () => this.passage("go", reason, t.despiteWhy[why])),
          )
        : []),
      ...(decision === "stop" && !this.despite
        ? [
            // A way to the doctor is never barred; it is asked for in one tap.
            around.direction === "out"
              ? button("medical", "gate-side go", `${t.despite}: ${t.despiteWhy.medical}`, () =>
                  this.passage("go", reason, t.despiteWhy.medical),
                )
              : null,
            tap("despite", t.despite, () => {
              this.despite = true;
              this.draw();
            }),
          ].filter((one): one is HTMLButtonElement => one !== null)
        : []),
      tap("cancel", t.cancel, () => around.cancel()),
    );
    this.drawChecks();
  }

  private drawChecks(): void {
    const { around, draft, looked } = this;
    const { t } = around;
    const { rule } = around.roster;
    const outsider = draft.kind === "visitor" || draft.kind === "unknown" || draft.kind === "worker";
    const choose = <T extends string>(key: string, title: string, words: Record<T, string>, now: T | null | undefined, set: (value: T) => void) =>
      h(
        "div",
        { class: "segments", role: "group", "aria-label": title },
        ...(Object.keys(words) as T[]).map((value) =>
          h(
            "button",
            {
              type: "button",
              "data-key": `${key}-${value}`,
              "aria-pressed": String(now === value),
              click: () => {
                set(value);
                this.draw();
              },
            },
            words[value],
          ),
        ),
      );
    const truth = (value: boolean | null): "yes" | "no" | null => (value === null ? null : value ? "yes" : "no");
    this.checks.replaceChildren(
      ...[
        rule.mask
          ? choose("mask", t.mask, { yes: t.mask, no: t.noMask }, truth(looked.mask), (value) => {
              looked.mask = value === "yes";
            })
          : null,
        rule.boot && this.car && around.direction === "in"
          ? choose("boot", t.boot, { yes: t.boot, no: t.bootClosed }, truth(looked.boot), (value) => {
              looked.boot = value === "yes";
            })
          : null,
        rule.health || outsider
          ? h("div", { class: "check" }, h("span", {}, t.health), choose("health", t.health, t.healthWords, looked.health, (value) => {
              looked.health = value;
            }))
          : null,
        rule.travel || outsider
          ? h("div", { class: "check" }, h("span", {}, t.travel), choose("travel", t.travel, t.travelWords, looked.travel, (value) => {
              looked.travel = value;
            }))
          : null,
        outsider && around.direction === "in"
          ? h("button", { type: "button", class: "gate-side", "data-key": "returnee", click: () => around.returnee() }, t.returnee)
          : null,
      ].flatMap((one) => (one === null ? [] : [one])),
    );
  }

  private passage(decision: "go" | "stop", reason: string, despite = ""): Passage {
    const { draft, around, looked } = this;
    const { found, visitor, disbelieved } = draft;
    return {
      gate: around.roster.gate.id,
      direction: around.direction,
      decision,
      reason,
      by: draft.by,
      ...(found?.resident ? { resident: found.resident.id } : {}),
      ...(found?.pass ? { pass: found.pass.id } : {}),
      ...(found?.visit ? { visit: found.visit.visit } : {}),
      ...(disbelieved ? { name: disbelieved.end } : {}),
      ...(visitor
        ? {
            name: visitor.name,
            ...(visitor.phone ? { phone: visitor.phone } : {}),
            ...(visitor.visiting ? { visiting: visitor.visiting } : {}),
            ...(visitor.from ? { from: visitor.from } : {}),
            ...(visitor.plate ? { plate: visitor.plate } : {}),
            companions: visitor.companions,
          }
        : {}),
      ...(looked.temperature !== null ? { temperature: looked.temperature } : {}),
      ...(looked.health ? { health: looked.health } : {}),
      ...(looked.travel ? { travel: looked.travel } : {}),
      ...(looked.mask !== null ? { mask: looked.mask } : {}),
      ...(looked.boot !== null ? { boot: looked.boot } : {}),
      ...(despite ? { despite } : {}),
    };
  }

  private async finish(passage: Passage): Promise<void> {
    if (this.busy) return;
    const { t, roster } = this.around;
    const { temperature } = passage;
    // A fever is no slip of the thumb: it is measured again before anybody is sent home.
    if (temperature !== undefined && temperature > roster.rule.alarm && !confirm(t.confirmHot(label(temperature)))) return;
    this.busy = true;
    const kept = await this.around.record(passage);
    this.busy = false;
    if (!kept) {
      this.verdict.className = "verdict stop";
      this.verdict.replaceChildren(h("b", {}, t.notRecorded));
    }
  }
}
