/** The cards of the page: the shift with its one big button, the counts, the team, the other shifts. */

import { h, icon, Part } from "./dom";
import type { Format } from "./format";
import type { Contents } from "./queue";
import type { Entry } from "./model";
import { counts, type CountView, type PersonView, type ShiftView } from "./state";
import type { Texts } from "./texts";
import type { Activity, KeptDuty } from "./types";

/** What the cards may ask for. */
export interface Acts {
  commit(entries: Entry[], message: string): Promise<boolean>;
  remove(id: string, shift: string): Promise<void>;
  select(shift: string): void;
}

export interface View {
  kept: KeptDuty;
  contents: Contents;
  user: string;
  shifts: ShiftView[];
  shift: ShiftView | null;
  now: number;
  format: Format;
}

const MOST = 100_000;
const MINUTE = 60_000;

export class Cards {
  private readonly shift = new Part(h("section", { class: "card shift" }));
  private readonly counter = new Part(h("section", { class: "card counts" }));
  private readonly entries = new Part(h("section", { class: "card entries" }));
  private readonly team = new Part(h("section", { class: "card team" }));
  private readonly others = new Part(h("section", { class: "card others" }));
  private readonly empty = new Part(h("section", { class: "card empty" }));
  private activities: Activity[] = [];

  constructor(
    private readonly acts: Acts,
    root: HTMLElement,
    private readonly lang: string,
    private readonly t: Texts,
  ) {
    const parts = [this.empty, this.shift, this.counter, this.entries, this.team, this.others];
    root.replaceChildren(...parts.map((part) => part.root));
  }

  activityName(code: string): string {
    const found = this.activities.find((activity) => activity.code === code);
    return found ? (this.lang.startsWith("zh") ? found.zh : found.en) : code;
  }

  /** Nothing is known yet. */
  drawWithout(why: "loading" | "offline" | "error", retry: () => void): void {
    const { t } = this;
    for (const part of [this.shift, this.counter, this.entries, this.team, this.others]) part.show(why, () => []);
    this.empty.show(why, () =>
      why === "loading"
        ? [h("div", { class: "spinner", "aria-hidden": "true" }), h("p", { class: "lead" }, t.loading)]
        : [
            icon(why === "offline" ? "cloudOff" : "alert"),
            h("h2", {}, why === "offline" ? t.noDataTitle : t.errorTitle),
            h("p", { class: "lead" }, why === "offline" ? t.noDataHint : t.errorHint),
            h("button", { type: "button", class: "big quiet", click: retry }, t.retry),
          ],
    );
  }

  draw(view: View): void {
    const { t } = this;
    this.activities = view.kept.duty.activities;
    this.empty.show(view.shift === null, () =>
      view.shift
        ? []
        : [icon("calendar"), h("h2", {}, t.noShiftsTitle), h("p", { class: "lead" }, t.noShiftsHint)],
    );
    this.drawShift(view);
    this.drawCounter(view);
    this.drawEntries(view);
    this.drawTeam(view);
    this.drawOthers(view);
  }

  private span(view: View, shift: ShiftView): string {
    const { format } = view;
    return this.t.fromTo(format.time(shift.starts_at), format.time(shift.ends_at));
  }

  private when(view: View, shift: ShiftView): { text: string; tone: string } {
    const { format, now } = view;
    const start = Date.parse(shift.starts_at);
    if (now >= start && now <= Date.parse(shift.ends_at)) return { text: this.t.now, tone: "on" };
    if (now > start) return { text: this.t.past, tone: "" };
    return { text: format.day(start) === format.day(now) ? this.t.today : this.t.next, tone: "" };
  }

  private duration(from: string, to: number): string {
    const minutes = Math.max(0, Math.floor((to - Date.parse(from)) / MINUTE));
    return this.t.hm(Math.floor(minutes / 60), minutes % 60);
  }

  private drawShift(view: View): void {
    const { t } = this;
    const { shift, format } = view;
    const me = shift?.me ?? null;
    const when = shift && this.when(view, shift);
    const end = me?.out_at ? Date.parse(me.out_at) : view.now;
    const spent = me?.in_at ? this.duration(me.in_at, end) : "";
    const day = shift ? format.date(shift.starts_at) : "";
    this.shift.show([shift && { ...shift, people: [] }, when, spent, day], () => {
      if (!shift || !when) return [];
      return [
        h(
          "div",
          { class: "shift-top" },
          h("span", { class: `tag ${when.tone}` }, when.text),
          h("span", { class: "day" }, day),
          shift.leader && h("span", { class: "tag" }, t.leader),
        ),
        h("h2", { class: "post" }, shift.post),
        h("p", { class: "fact" }, icon("clock"), h("b", {}, this.span(view, shift))),
        h("p", { class: "fact" }, icon("place"), [shift.place, shift.org].filter(Boolean).join(" · ")),
        me && this.presence(shift, me, spent, format),
      ];
    });
  }

  private presence(shift: ShiftView, me: PersonView, spent: string, format: Format): HTMLElement {
    const { t } = this;
    const mark = me.waiting && h("span", { class: "mark" }, t.waitingMark);
    const act = (kind: "attendance.check-in" | "attendance.check-out", message: string) => () =>
      void this.acts.commit([{ kind, shift: shift.id, body: { helper: me.helper } }], message);
    if (me.state === "here") {
      return h(
        "div",
        { class: "presence here" },
        h(
          "div",
          { class: "status" },
          h("span", { class: "status-word" }, t.onDuty, mark),
          h("strong", { class: "spent" }, spent),
          me.in_at && h("span", { class: "status-note" }, t.inSince(format.time(me.in_at))),
        ),
        h(
          "button",
          { type: "button", class: "huge out", "data-key": "out", click: act("attendance.check-out", t.savedCheckOut) },
          icon("out"),
          t.checkOut,
        ),
      );
    }
    if (me.state === "left") {
      return h(
        "div",
        { class: "presence left" },
        h(
          "div",
          { class: "status" },
          h("span", { class: "status-word" }, t.left, mark),
          spent && h("strong", { class: "spent" }, spent),
          me.in_at &&
            me.out_at &&
            h("span", { class: "status-note" }, `${t.fromTo(format.time(me.in_at), format.time(me.out_at))} · ${t.thanks}`),
        ),
        h(
          "button",
          { type: "button", class: "quiet", "data-key": "in", click: act("attendance.check-in", t.savedCheckIn) },
          t.checkInAgain,
        ),
      );
    }
    return h(
      "div",
      { class: "presence" },
      mark && h("div", { class: "status" }, mark),
      h(
        "button",
        { type: "button", class: "huge in", "data-key": "in", click: act("attendance.check-in", t.savedCheckIn) },
        icon("check"),
        t.checkIn,
      ),
    );
  }

  private drawCounter(view: View): void {
    const { t } = this;
    const { shift } = view;
    const helper = view.kept.duty.user.helper;
    // Counting belongs to a shift one is on, or has been on.
    const open = shift?.me && shift.me.state !== "expected" && helper;
    const activities = open ? this.activities : [];
    const mine = counts(view.user, view.contents, view.format.day, view.format.day(view.now));
    const totals = activities.map((activity) => {
      const own = mine.filter((count) => count.activity === activity.code);
      return {
        sum: own.reduce((sum, count) => sum + count.quantity, 0),
        waiting: own.some((count) => count.waiting),
      };
    });
    this.counter.show([activities, shift?.id, helper], () => {
      if (activities.length === 0 || !shift || !helper) return [];
      return [
        h("h2", {}, t.counts),
        h("ul", { class: "steppers" }, ...activities.map((activity) => this.stepper(activity, shift.id, helper))),
      ];
    });
    // The sums change with every record; the rows above must keep what is being typed.
    activities.forEach((activity, i) => {
      const place = this.counter.root.querySelector(`[data-total="${CSS.escape(activity.code)}"]`);
      const total = totals[i];
      if (!place || !total) return;
      const text = total.sum > 0 ? `${t.todayTotal} ${view.format.number(total.sum)}` : "";
      const mark = total.waiting ? t.waitingMark : "";
      if (place.textContent === text + mark) return;
      place.replaceChildren(text, ...(mark ? [h("span", { class: "mark" }, mark)] : []));
    });
  }

  private stepper(activity: Activity, shift: string, helper: string): HTMLElement {
    const { t } = this;
    const name = this.activityName(activity.code);
    const problem = h("p", { class: "problem", role: "alert" });
    const input = h("input", {
      type: "text",
      inputmode: "numeric",
      pattern: "[0-9]*",
      autocomplete: "off",
      maxlength: 6,
      value: "0",
      "aria-label": t.quantityOf(name),
      focus: () => input.select(),
      input: () => refresh(),
    });
    const read = () => (/^\d{1,6}$/.test(input.value.trim()) ? Number(input.value) : Number.NaN);
    const good = (value: number) => value >= 1 && value <= MOST;
    const step = (by: number) => () => {
      const value = read();
      input.value = String(Math.min(MOST, Math.max(0, (Number.isNaN(value) ? 0 : value) + by)));
      refresh();
    };
    const less = h("button", { type: "button", class: "step", "aria-label": `${t.less}: ${name}`, click: step(-1) }, icon("minus"));
    const more = h("button", { type: "button", class: "step", "aria-label": `${t.more}: ${name}`, click: step(1) }, icon("plus"));
    let busy = false;
    const save = async () => {
      const quantity = read();
      if (busy) return;
      if (!good(quantity)) {
        problem.textContent = t.quantityWrong;
        return;
      }
      busy = true;
      const kept = await this.acts.commit(
        [{ kind: "work.count", shift, body: { helper, activity: activity.code, quantity } }],
        t.savedCount(name, String(quantity)),
      );
      busy = false;
      // What could not be kept stays in the field, to be tried again.
      if (kept) input.value = "0";
      refresh();
    };
    const record = h("button", { type: "button", class: "record", click: () => void save() }, t.record);
    const refresh = () => {
      problem.textContent = "";
      less.disabled = read() === 0;
      record.classList.toggle("armed", good(read()));
    };
    refresh();
    return h(
      "li",
      { class: "stepper" },
      h("div", { class: "stepper-head" }, h("span", { class: "what" }, name), h("span", { class: "total", "data-total": activity.code })),
      h("div", { class: "stepper-row" }, less, input, more, record),
      problem,
    );
  }

  private drawEntries(view: View): void {
    const { t } = this;
    const { format } = view;
    const own = counts(view.user, view.contents, format.day, format.day(view.now)).reverse();
    const open = this.entries.root.querySelector("details")?.open ?? false;
    this.entries.show(own, () => {
      if (own.length === 0) return [];
      const row = (count: CountView) =>
        h(
          "li",
          {},
          h(
            "div",
            { class: "row-text" },
            h("strong", {}, `${this.activityName(count.activity)} ${format.number(count.quantity)}`),
            h("p", {}, format.time(count.at), count.waiting && h("span", { class: "mark" }, t.waitingMark)),
          ),
          h(
            "button",
            { type: "button", class: "small", "data-key": count.id, click: () => void this.acts.remove(count.id, count.shift) },
            t.remove,
          ),
        );
      return [
        h(
          "details",
          { open },
          h("summary", {}, h("h2", {}, t.todayCounts(own.length))),
          h("ul", { class: "rows" }, ...own.map(row)),
        ),
      ];
    });
  }

  private drawTeam(view: View): void {
    const { t } = this;
    const { shift, format } = view;
    const people = shift?.leader ? shift.people : [];
    this.team.show([shift?.id, people], () => {
      if (!shift || people.length === 0) return [];
      const missing = people.filter((person) => person.state === "expected");
      const here = people.filter((person) => person.state === "here").length;
      const all = () =>
        void this.acts.commit(
          missing.map((person) => ({ kind: "attendance.check-in", shift: shift.id, body: { helper: person.helper } })),
          t.savedCheckInMany(missing.length),
        );
      return [
        h("div", { class: "team-head" }, h("h2", {}, t.team), h("span", { class: "tally" }, t.teamState(here, people.length))),
        missing.length > 1 &&
          h("button", { type: "button", class: "big all", "data-key": "all", click: all }, icon("check"), t.checkInAll(missing.length)),
        h("ul", { class: "rows people" }, ...people.map((person) => this.member(shift, person, format))),
      ];
    });
  }

  private member(shift: ShiftView, person: PersonView, format: Format): HTMLElement {
    const { t } = this;
    const out = person.state === "here";
    const note =
      person.state === "here" && person.in_at
        ? `${t.here} · ${t.inSince(format.time(person.in_at))}`
        : person.state === "left" && person.in_at && person.out_at
          ? `${t.left} · ${t.fromTo(format.time(person.in_at), format.time(person.out_at))}`
          : t[person.state];
    return h(
      "li",
      { class: person.state },
      h(
        "div",
        { class: "row-text" },
        h("strong", {}, person.name),
        h("p", {}, note, person.waiting && h("span", { class: "mark" }, t.waitingMark)),
      ),
      h(
        "button",
        {
          type: "button",
          class: `person ${out ? "out" : person.state === "left" ? "again" : "in"}`,
          "data-key": person.helper,
          "aria-label": `${out ? t.checkOut : person.state === "left" ? t.checkInAgain : t.checkIn}: ${person.name}`,
          click: () =>
            void this.acts.commit(
              [
                {
                  kind: out ? "attendance.check-out" : "attendance.check-in",
                  shift: shift.id,
                  body: { helper: person.helper },
                },
              ],
              out ? t.savedCheckOutName(person.name) : t.savedCheckInName(person.name),
            ),
        },
        out ? t.checkOut : t.checkIn,
      ),
    );
  }

  private drawOthers(view: View): void {
    const { t } = this;
    const others = view.shifts.filter((shift) => shift.id !== view.shift?.id);
    const rows = others.map((shift) => ({
      id: shift.id,
      post: shift.post,
      place: shift.place,
      day: view.format.date(shift.starts_at),
      span: this.span(view, shift),
      left: shift.me?.state === "left",
    }));
    this.others.show(rows, () =>
      rows.length === 0
        ? []
        : [
            h("h2", {}, t.upcoming),
            h(
              "ul",
              { class: "rows" },
              ...rows.map((row) =>
                h(
                  "li",
                  {},
                  h(
                    "button",
                    { type: "button", class: "pick", "data-key": row.id, click: () => this.acts.select(row.id) },
                    h(
                      "span",
                      { class: "row-text" },
                      h("span", { class: "pick-when" }, h("b", {}, row.day), h("i", {}, row.span)),
                      h("strong", {}, row.post),
                      h("span", {}, row.left ? t.left : row.place),
                    ),
                    icon("next"),
                  ),
                ),
              ),
            ),
          ],
    );
  }
}
