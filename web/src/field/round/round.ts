/** Rounds on a phone: take a building, go from door to door, take the next; with or without a network. */

import { h, keepFocus } from "../dom";
import { makeFormat } from "../format";
import type { Model } from "../model";
import { drawWhenReleased } from "../press";
import { prune, type Held } from "../vault";
import { formPanel } from "./form";
import { claimWaits, mine, next, overlaid, staircases } from "./doors";
import { roundTexts, type RoundTexts } from "./texts";
import type { Door, Need, Outcome, Piece, Sheet, Visited, Work } from "./types";
import { fetchNext, fetchPieces, fetchSheet, forgetNext, forgetSheet, give, keepNext, keepSheet, keptNext, keptSheets, take, type Taken } from "./works";

/** How often the server is asked for changes while the page is looked at. */
const REFRESH_MS = 20_000;
/** How long the building that was brought along may be out of date. */
const NEXT_MS = 120_000;
const NEEDS: Need[] = ["medicine", "medical-trip", "examination", "food", "other"];
const TEAM = "fangxian-round-team";

/** A sign beside the colour, for those who do not tell colours apart. */
const marks: Record<string, string> = { final: "✓", tried: "…", help: "!", away: "–", none: "" };

const look = (door: Door): string => {
  if (door.outcome === "") return "none";
  if (door.outcome === "needs-help") return "help";
  if (!door.last) return "tried";
  return door.outcome === "moved" || door.outcome === "exempt" ? "away" : "final";
};

export class Rounds {
  readonly root = h("section", { class: "gate round" });
  private readonly t: RoundTexts;
  private readonly head = h("div", { class: "gate-head" });
  private readonly body = h("div", { class: "gate-body" });
  private sheets: Held<Sheet>[] = [];
  private pieces: Piece[] | null = null;
  private round: Work | null = null;
  private piece = "";
  private door: string | null = null;
  private asking: "need" | "form" | null = null;
  private note = "";
  private busy = false;
  /** When the next building was asked for last, and from where. */
  private brought = { near: "", at: 0 };
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(
    private readonly model: Model,
    private readonly lang: string,
  ) {
    this.t = roundTexts(lang);
    this.root.append(this.head, this.body);
    this.timer = setInterval(() => {
      if (document.visibilityState === "visible") void this.refresh();
    }, REFRESH_MS);
    void this.start();
  }

  close(): void {
    clearInterval(this.timer);
  }

  /** Records or rounds have changed. */
  changed(): void {
    this.draw();
  }

  private get format() {
    return makeFormat(this.lang, this.model.kept?.duty.zone ?? "Asia/Shanghai");
  }

  private get sheet(): Held<Sheet> | null {
    return this.sheets.find((one) => one.value.piece.id === this.piece) ?? null;
  }

  private async start(): Promise<void> {
    const { db, user } = this.model;
    await prune(db, user).catch(() => undefined);
    this.sheets = await keptSheets(db, user).catch(() => []);
    const { works } = this.model;
    if (works.length === 1) this.round = works[0]!;
    this.draw();
    await this.refresh();
  }

  /** The team's number, where the work was split. */
  private get team(): number {
    try {
      return Number(localStorage.getItem(TEAM)) || 0;
    } catch {
      return 0;
    }
  }

  private async refresh(): Promise<void> {
    const { round } = this;
    if (this.piece) {
      // What waits on this phone is laid over it, so a newer sheet takes nothing away.
      const got = await fetchSheet(this.model.fetch, this.piece);
      if (got.kind === "taken") {
        await this.hold(got.held);
        await this.bringNext(got.held.value.round.id, this.piece);
      } else if (got.kind === "refused" && got.code === "not-found") await this.lost(this.piece);
    } else if (round) {
      const pieces = await fetchPieces(this.model.fetch, round.id);
      if (pieces) {
        this.pieces = pieces;
        // A building that fell to somebody else, or was given back elsewhere, is no longer ours.
        for (const one of this.sheets) {
          const known = pieces.find((piece) => piece.id === one.value.piece.id);
          if (known && !known.mine && one.value.round.id === round.id) await this.lost(known.id);
        }
        for (const known of pieces.filter((piece) => piece.mine)) {
          if (this.sheets.some((one) => one.value.piece.id === known.id)) continue;
          const got = await fetchSheet(this.model.fetch, known.id);
          if (got.kind === "taken") await this.hold(got.held);
        }
      }
    }
    drawWhenReleased(this.redraw);
  }

  private async hold(held: Held<Sheet>): Promise<void> {
    const id = held.value.piece.id;
    this.sheets = [...this.sheets.filter((one) => one.value.piece.id !== id), held];
    // A full phone still works while the page is open.
    await keepSheet(this.model.db, this.model.user, held).catch(() => undefined);
  }

  /** While there is a network the next building is brought along, for when there is none. */
  private async bringNext(round: string, near: string): Promise<void> {
    const { db, user } = this.model;
    if (this.brought.near === near && Date.now() - this.brought.at < NEXT_MS) return;
    this.brought = { near, at: Date.now() };
    const got = await fetchNext(this.model.fetch, round, near, this.team);
    if (got.kind === "taken") await keepNext(db, user, got.held).catch(() => undefined);
    else if (got.kind === "refused") await forgetNext(db, user, round).catch(() => undefined);
  }

  /** Takes the building that was brought along; the server hears of it later. */
  private async takeOffline(round: Work): Promise<boolean> {
    const { db, user } = this.model;
    const kept = await keptNext(db, user, round.id).catch(() => null);
    if (!kept || this.sheets.some((one) => one.value.piece.id === kept.value.piece.id)) return false;
    const { piece } = kept.value;
    const ids = await this.model.record([{ kind: "round.claim", shift: kept.value.shift, body: { round: round.id, piece: piece.id } }]);
    if (!ids) return false;
    await this.hold({ ...kept, value: { ...kept.value, piece: { ...piece, mine: true } } });
    await forgetNext(db, user, round.id).catch(() => undefined);
    this.enter(piece.id);
    this.note = this.t.takenOffline;
    this.draw();
    return true;
  }

  private async lost(piece: string): Promise<void> {
    // Taken without a network: the server does not know yet.
    if (claimWaits(this.model.contents, this.model.user, piece)) return;
    await forgetSheet(this.model.db, this.model.user, piece).catch(() => undefined);
    this.sheets = this.sheets.filter((one) => one.value.piece.id !== piece);
    if (this.piece !== piece) return;
    this.piece = "";
    this.note = this.t.gone;
  }

  private readonly redraw = (): void => this.draw();

  private draw(): void {
    keepFocus(this.head, () => this.drawHead());
    // A form or a note that is being filled in is not drawn away.
    if (this.asking && this.body.querySelector(".door-panel :is(form, input)")) return;
    keepFocus(this.body, () => this.drawBody());
  }

  private drawHead(): void {
    const { t, round, sheet } = this;
    const up = sheet || (round && this.model.works.length > 1);
    this.head.replaceChildren(
      h(
        "div",
        { class: "gate-title" },
        up
          ? h(
              "button",
              {
                type: "button",
                class: "gate-back",
                "data-key": "up",
                click: () => {
                  if (this.piece) this.piece = "";
                  else this.round = null;
                  this.note = "";
                  this.asking = null;
                  this.draw();
                  void this.refresh();
                },
              },
              sheet ? t.toRound : t.rounds,
            )
          : h("a", { href: "#", class: "gate-back", "data-key": "back" }, t.back),
        h("h2", {}, sheet ? sheet.value.piece.name : (round?.name ?? t.rounds)),
        h("p", {}, sheet ? sheet.value.round.name : round ? `${round.place} · ${t.until(this.format.date(round.deadline) + " " + this.format.time(round.deadline))}` : ""),
      ),
    );
  }

  private drawBody(): void {
    const { t, sheet, round } = this;
    const notes = this.note ? [h("p", { class: "gate-note", role: "status" }, this.note)] : [];
    const content = sheet ? this.building(sheet) : round ? this.buildings(round) : this.works();
    this.body.replaceChildren(...notes, ...content);
    if (content.length === 0) this.body.append(h("p", { class: "gate-none" }, t.none));
  }

  private works(): HTMLElement[] {
    const { t } = this;
    return this.model.works.map((work) =>
      h(
        "button",
        {
          type: "button",
          class: "gate-row",
          "data-key": work.id,
          click: () => {
            this.round = work;
            this.pieces = null;
            this.draw();
            void this.refresh();
          },
        },
        h("strong", {}, work.name),
        h("span", {}, `${work.place} · ${t.covered(work.finals, work.targets)}`),
      ),
    );
  }

  private buildings(round: Work): HTMLElement[] {
    const { t } = this;
    const own = this.sheets.filter((one) => one.value.round.id === round.id);
    const pieces = this.pieces ?? [];
    const free = pieces.filter((piece) => !piece.mine && !piece.held && piece.finals < piece.targets);
    const teams = Math.max(0, ...pieces.map((piece) => piece.team));
    const rows: HTMLElement[] = [];
    if (teams > 0) {
      const choices = Array.from({ length: teams + 1 }, (_, team) =>
        h("option", { value: String(team), selected: team === this.team }, team === 0 ? t.anyTeam : t.team(team)),
      );
      const select = h(
        "select",
        {
          class: "gate-search",
          change: (event) => {
            try {
              localStorage.setItem(TEAM, (event.target as HTMLSelectElement).value);
            } catch {
              // private mode: it is chosen again the next time
            }
            this.draw();
          },
        },
        ...choices,
      );
      rows.push(h("label", { class: "gate-field" }, h("span", {}, t.myTeam), select));
    }
    for (const one of own) {
      const doors = overlaid(one, mine(this.model.contents, this.model.user, one.value.piece.id));
      const finals = doors.filter((door) => door.last).length;
      rows.push(
        h(
          "button",
          { type: "button", class: "gate-row go", "data-key": one.value.piece.id, click: () => this.enter(one.value.piece.id) },
          h("strong", {}, one.value.piece.name),
          h("span", {}, [t.mine, t.covered(finals, doors.length), this.build(one.value.piece)].join(" · ")),
        ),
      );
    }
    rows.push(this.takeButton(round, own.length > 0 ? t.takeNext : t.takeFirst, own.at(-1)?.value.piece.id));
    if (free.length > 0) rows.push(h("h3", {}, t.free));
    for (const piece of free.slice(0, 60)) {
      rows.push(
        h(
          "div",
          { class: "gate-row" },
          h("strong", {}, piece.name),
          h("span", {}, [t.covered(piece.finals, piece.targets), this.build(piece)].join(" · ")),
          h(
            "button",
            { type: "button", class: "gate-side", "data-key": `take-${piece.id}`, click: () => void this.take(round, { piece: piece.id }) },
            t.take,
          ),
        ),
      );
    }
    return rows;
  }

  private build(piece: Piece): string {
    const { t } = this;
    return [
      piece.floors > 0 ? t.floors(piece.floors) : "",
      piece.floors > 0 ? (piece.lift ? t.lift : t.noLift) : "",
      t.minutes(piece.effort),
      piece.team > 0 ? t.team(piece.team) : "",
    ]
      .filter(Boolean)
      .join(" · ");
  }

  private takeButton(round: Work, words: string, near?: string): HTMLElement {
    return h(
      "button",
      {
        type: "button",
        class: "gate-big go",
        "data-key": "take",
        disabled: this.busy,
        click: () => void this.take(round, { ...(near ? { near } : {}), ...(this.team ? { team: this.team } : {}) }),
      },
      words,
    );
  }

  private async take(round: Work, wanted: { piece?: string; near?: string; team?: number }): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.draw();
    const got: Taken = await take(this.model.fetch, round.id, wanted).catch(() => ({ kind: "offline" }));
    this.busy = false;
    if (got.kind === "taken") {
      await this.hold(got.held);
      this.pieces = null;
      this.enter(got.held.value.piece.id);
      void this.bringNext(round.id, got.held.value.piece.id);
      return;
    }
    if (got.kind === "offline" && !wanted.piece && (await this.takeOffline(round))) return;
    this.note = got.kind === "refused" ? got.title : this.t.offline;
    this.draw();
    void this.refresh();
  }

  private enter(piece: string): void {
    this.piece = piece;
    this.door = null;
    this.note = "";
    this.asking = null;
    this.draw();
    scrollTo({ top: 0 });
  }

  private building(held: Held<Sheet>): HTMLElement[] {
    const { t, model } = this;
    const own = mine(model.contents, model.user, held.value.piece.id);
    const doors = overlaid(held, own);
    const finals = doors.filter((door) => door.last).length;
    // The first door at which nobody was is offered by itself: one tap for the common case.
    const chosen = doors.find((door) => door.id === this.door) ?? (finals === doors.length ? null : next(doors, null));
    const cell = (door: Door): HTMLElement =>
      h(
        "button",
        {
          type: "button",
          class: `door ${look(door)}`,
          "data-key": door.id,
          "aria-pressed": String(door.id === chosen?.id),
          "aria-label": [t.door(door.unit, door.label), door.name, door.outcome ? t.outcome[door.outcome] : ""].filter(Boolean).join(", "),
          click: () => {
            this.door = door.id;
            this.asking = null;
            this.draw();
          },
        },
        h("b", {}, door.name || door.label),
        h("span", { "aria-hidden": "true" }, marks[look(door)] || (door.weak ? "♥" : "")),
      );
    const stairs = staircases(doors).map((staircase) =>
      h(
        "div",
        { class: "staircase" },
        staircase.unit ? h("h3", {}, staircase.unit) : null,
        ...staircase.floors.map(({ floor, doors: row }) =>
          h("div", { class: "floor", role: "group", "aria-label": floor > 0 ? t.floor(floor) : staircase.unit }, ...row.map(cell)),
        ),
      ),
    );
    const rows: HTMLElement[] = [
      h("div", { class: "round-bar" }, h("progress", { max: doors.length, value: finals, "aria-label": t.covered(finals, doors.length) }), h("b", {}, t.covered(finals, doors.length))),
      // Shops along a street have long names and hardly any floors.
      held.value.round.reach === "businesses"
        ? h("div", { class: "shops", role: "group" }, ...doors.map(cell))
        : h("div", { class: "building" }, ...stairs),
    ];
    if (chosen) rows.push(this.panel(held, doors, chosen));
    else rows.push(h("p", { class: "gate-note", role: "status" }, finals === doors.length ? t.done : t.again(doors.length - finals)), this.takeButton(held.value.round, t.takeNext, held.value.piece.id));
    const last = own.at(-1);
    rows.push(
      h(
        "div",
        { class: "gate-pair" },
        last
          ? h("button", { type: "button", class: "gate-side", "data-key": "undo", click: () => void this.undo(held, last.id) }, t.undo)
          : h("span", {}),
        h("button", { type: "button", class: "gate-side", "data-key": "give", click: () => void this.give(held.value.piece.id) }, t.give),
      ),
    );
    return rows;
  }

  /** What happened at a door: the most common outcome is the big one. */
  private panel(held: Held<Sheet>, doors: Door[], door: Door): HTMLElement {
    const { t } = this;
    const facts = [
      door.people > 0 ? t.people(door.people) : "",
      door.weak ? t.weak : "",
      door.tries > 0 ? t.tries(door.tries) : "",
      door.outcome ? t.outcome[door.outcome] : "",
    ].filter(Boolean);
    const head = h("p", { class: "door-head" }, h("strong", {}, [t.door(door.unit, door.label), door.name].filter(Boolean).join(" ")), h("span", {}, facts.join(" · ")));
    if (this.asking === "need") {
      const note = h("input", { class: "gate-search", maxlength: 300, "aria-label": t.note, placeholder: t.note, autocomplete: "off" });
      return h(
        "div",
        { class: "door-panel" },
        head,
        h("p", {}, t.needWhat),
        note,
        h(
          "div",
          { class: "gate-pair" },
          ...NEEDS.map((need) =>
            h(
              "button",
              {
                type: "button",
                class: "gate-side",
                "data-key": need,
                click: () => {
                  const words = note.value.trim();
                  void this.visited(held, doors, door, { outcome: "needs-help", need, ...(words ? { note: words } : {}) });
                },
              },
              t.need[need],
            ),
          ),
        ),
        h(
          "button",
          {
            type: "button",
            class: "gate-side",
            "data-key": "cancel",
            click: () => {
              this.asking = null;
              this.draw();
            },
          },
          t.cancel,
        ),
      );
    }
    const questions = held.value.round.form?.questions ?? [];
    const common = held.value.round.offers[0]?.outcome;
    if (this.asking === "form" && common) {
      const leave = (): void => {
        this.asking = null;
        this.draw();
      };
      const answered = (answers: NonNullable<Visited["answers"]>): void => void this.visited(held, doors, door, { outcome: common, answers });
      return h("div", { class: "door-panel asked" }, head, formPanel(questions, door.known ?? {}, this.lang, t, answered, leave));
    }
    const tap = (outcome: Outcome): void => {
      if (outcome === common && questions.length > 0) {
        this.asking = "form";
        this.draw();
      } else if (outcome === "needs-help") {
        this.asking = "need";
        this.draw();
      } else {
        void this.visited(held, doors, door, { outcome });
      }
    };
    const [first, ...others] = held.value.round.offers;
    return h(
      "div",
      { class: "door-panel" },
      head,
      first
        ? h("button", { type: "button", class: "gate-big go", "data-key": "first", click: () => tap(first.outcome) }, t.outcome[first.outcome])
        : null,
      h(
        "div",
        { class: "gate-pair" },
        ...others.map(({ outcome }) =>
          h("button", { type: "button", class: "gate-side", "data-key": outcome, click: () => tap(outcome) }, t.outcome[outcome]),
        ),
      ),
    );
  }

  /** Keeps what happened on the phone; only then the next door is offered. */
  private async visited(held: Held<Sheet>, doors: Door[], door: Door, what: Pick<Visited, "outcome" | "need" | "note" | "answers">): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    const body: Visited = { round: held.value.round.id, piece: held.value.piece.id, target: door.id, ...what };
    const ids = await this.model.record([{ kind: "round.outcome", shift: held.value.shift, body }]);
    this.busy = false;
    if (!ids) {
      scrollTo({ top: 0 });
      return;
    }
    navigator.vibrate?.(30);
    this.asking = null;
    this.note = "";
    this.door = next(doors, door.id)?.id ?? null;
    this.draw();
    // In a tower the next door may lie outside the screen, or under the panel.
    this.body.querySelector(".door[aria-pressed=true]")?.scrollIntoView({ block: "nearest" });
  }

  private async undo(held: Held<Sheet>, record: string): Promise<void> {
    const { shift, piece } = held.value;
    // A team of a whole sub-district works in its communities: the place says where the record lies.
    const body = { record, reason: this.t.undoReason, place: piece.place };
    const ids = await this.model.record([{ kind: "record.void", shift, body }]);
    if (ids) this.note = this.t.undone;
    this.draw();
  }

  private async give(piece: string): Promise<void> {
    if (!(await give(this.model.fetch, piece))) {
      this.note = this.t.offline;
      return this.draw();
    }
    await this.lost(piece);
    this.note = this.t.given;
    this.pieces = null;
    this.draw();
    void this.refresh();
  }
}
