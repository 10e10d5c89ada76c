/** The gate on a phone: find, decide, record; with or without a network. Loaded when somebody opens a gate. */

import { h, icon, keepFocus } from "../dom";
import { makeFormat } from "../format";
import type { Entry, Model } from "../model";
import type { DutyGate } from "../types";
import { drawWhenReleased } from "../press";
import { canKeep, forget, prune, wipe } from "../vault";
import { kindOf, makeBook, type Book } from "./book";
import { find, ofPass, ofVisit, type Found } from "./find";
import { flats, parcelForm, returneeForm, visitorForm, type VisitorInput } from "./forms";
import { looksLikePass, readPass } from "./pass";
import { Person, type Draft, type Surroundings } from "./person";
import { fetchRoster, keepRoster, keptRoster, type Held } from "./roster";
import { gateTexts, type GateTexts } from "./texts";
import type { Direction, Passage } from "./types";

/** How often the server is asked for changes while the page is looked at. */
const REFRESH_MS = 15_000;
/** How long the green or red of what was recorded fills the screen. */
const FLASH_MS = 900;
const TABS = ["pass", "inside", "parcels", "own"] as const;
type Tab = (typeof TABS)[number];
const DIRECTION = "fangxian-gate-direction";

function lastDirection(): Direction {
  try {
    return localStorage.getItem(DIRECTION) === "out" ? "out" : "in";
  } catch {
    return "in";
  }
}

export class Gate {
  readonly root = h("section", { class: "gate" });
  private readonly t: GateTexts;
  private readonly body = h("div", { class: "gate-body" });
  private readonly head = h("div", { class: "gate-head" });
  private readonly results = h("div", { class: "gate-results" });
  private readonly search: HTMLInputElement;
  private readonly video = h("video", { class: "gate-video", playsinline: true, muted: true });
  private held: Held | null = null;
  private book: Book = { inside: [], parcels: [], own: [] };
  private tab: Tab = "pass";
  private direction: Direction = lastDirection();
  /** What fills the screen instead of search and lists: a person, a form. */
  private over: HTMLElement | null = null;
  private gone = false;
  private ready = false;
  private note = "";
  private stopCamera: (() => void) | null = null;
  private refreshing = false;
  private sentBefore = 0;
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(
    private readonly model: Model,
    private readonly gate: DutyGate,
    private readonly lang: string,
  ) {
    this.t = gateTexts(lang);
    this.search = h("input", {
      type: "search",
      class: "gate-search",
      placeholder: this.t.search,
      "aria-label": this.t.search,
      autocomplete: "off",
      autocapitalize: "characters",
      enterkeyhint: "search",
      input: () => this.drawResults(),
    });
    this.root.append(this.head, this.body);
    this.timer = setInterval(() => {
      if (document.visibilityState === "visible") void this.refresh();
    }, REFRESH_MS);
    void this.start();
  }

  /** Ends the camera and the clock; the roster stays for the next time. */
  close(): void {
    clearInterval(this.timer);
    this.endCamera();
  }

  private get format() {
    return makeFormat(this.lang, this.model.kept?.duty.zone ?? "Asia/Shanghai");
  }

  /** The server's clock, as far as the phone knows it: the phone's own may be wrong. */
  private now(): number {
    return Date.now() + (this.held?.skew ?? 0);
  }

  private async start(): Promise<void> {
    const { db, user } = this.model;
    await prune(db, user).catch(() => undefined);
    this.held = await keptRoster(db, user, this.gate.id).catch(() => null);
    this.changed();
    await this.refresh();
    this.ready = true;
    this.draw();
    if (!("BarcodeDetector" in window)) {
      // Kept for when there is no network.
      void import("./scan").catch(() => undefined);
    }
  }

  private async refresh(): Promise<void> {
    if (this.refreshing) return;
    this.refreshing = true;
    const { db, fetch, user } = this.model;
    const result = await fetchRoster(fetch, this.gate.id, this.held?.version ?? "").catch(() => ({ kind: "unreachable" as const }));
    this.refreshing = false;
    switch (result.kind) {
      case "roster":
        this.held = result.held;
        this.gone = false;
        // A full phone still works while the page is open.
        await keepRoster(db, user, result.held).catch(() => undefined);
        drawWhenReleased(this.redraw);
        break;
      case "same":
        if (this.held) this.held = { ...this.held, receivedAt: Date.now() };
        break;
      case "gone":
        await forget(db, user, this.gate.id).catch(() => undefined);
        this.held = null;
        this.gone = true;
        this.draw();
        break;
      case "signed-out":
      case "other-user":
        // The phone may be in other hands: what it held is gone; records that wait are not.
        await wipe(db).catch(() => undefined);
        this.held = null;
        this.draw();
        break;
      default:
    }
  }

  private readonly redraw = (): void => this.changed();

  /** Records, roster or time have changed. */
  changed(): void {
    const { model } = this;
    if (this.held && Date.parse(this.held.roster.until) <= this.now()) {
      this.held = null;
      void prune(model.db, model.user).catch(() => undefined);
    }
    if (this.held) this.book = makeBook(this.held, model.contents, model.user);
    // What has just been sent may change what the server knows: others' gates, exits, the shelf.
    const sent = model.contents.sent.length;
    if (sent > this.sentBefore && this.ready) void this.refresh();
    this.sentBefore = sent;
    this.draw();
  }

  private draw(): void {
    keepFocus(this.head, () => this.drawHead());
    // A picture that is taken out of the page stops: while the camera looks, the rest may wait.
    if (this.over || this.stopCamera) return;
    this.drawBody();
  }

  private drawHead(): void {
    const { t, gate, held } = this;
    const way = (direction: Direction) =>
      h(
        "button",
        {
          type: "button",
          "data-key": `way-${direction}`,
          class: `way ${direction}`,
          "aria-pressed": String(this.direction === direction),
          click: () => {
            this.direction = direction;
            try {
              localStorage.setItem(DIRECTION, direction);
            } catch {
              // private mode: it holds until the page is closed
            }
            this.reset();
          },
        },
        t[direction],
      );
    this.head.replaceChildren(
      h(
        "div",
        { class: "gate-title" },
        h("a", { href: "#", class: "gate-back", "data-key": "back" }, t.back),
        h("h2", {}, gate.name),
        h("p", {}, held ? `${held.roster.gate.compound} · ${t.asOf(this.format.time(held.receivedAt + held.skew))}` : gate.place),
      ),
      h("div", { class: "ways", role: "group", "aria-label": `${t.in} / ${t.out}` }, way("in"), way("out")),
    );
  }

  /** Back to finding the next person. */
  private reset(): void {
    this.over = null;
    this.search.value = "";
    this.draw();
  }

  private show(over: HTMLElement): void {
    this.endCamera();
    this.over = over;
    this.body.replaceChildren(over);
    scrollTo({ top: 0 });
  }

  private drawBody(): void {
    keepFocus(this.body, () => this.renderBody());
  }

  private renderBody(): void {
    const { t, held } = this;
    if (!held) {
      const words = this.gone ? [t.gone, ""] : this.ready ? [t.noRoster, t.noRosterHint] : [t.loading, ""];
      this.body.replaceChildren(h("div", { class: "notice plain" }, h("div", {}, h("strong", {}, words[0]!), h("p", {}, words[1]!))));
      return;
    }
    const { book } = this;
    const counts: Record<Tab, number> = { pass: 0, inside: book.inside.length, parcels: book.parcels.length, own: 0 };
    const tabs = h(
      "div",
      { class: "segments gate-tabs", role: "group" },
      ...TABS.map((tab) =>
        h(
          "button",
          {
            type: "button",
            "data-key": tab,
            "aria-pressed": String(this.tab === tab),
            click: () => {
              this.tab = tab;
              this.endCamera();
              this.drawBody();
            },
          },
          counts[tab] > 0 ? `${t.tabs[tab]} ${counts[tab]}` : t.tabs[tab],
        ),
      ),
    );
    const typing = document.activeElement === this.search;
    const hints = [!canKeep() && t.notKept, !("serviceWorker" in navigator) && t.noWorker].filter(Boolean) as string[];
    const content =
      this.tab === "pass" ? this.passTab() : this.tab === "inside" ? this.insideTab() : this.tab === "parcels" ? this.parcelTab() : this.ownTab();
    this.body.replaceChildren(
      tabs,
      ...hints.map((hint) => h("p", { class: "notice off" }, hint)),
      ...(this.note ? [h("p", { class: "gate-note", role: "status" }, this.note)] : []),
      ...content,
      flats(held.roster),
    );
    if (typing) this.search.focus({ preventScroll: true });
  }

  private passTab(): HTMLElement[] {
    const { t } = this;
    this.drawResults();
    const side = (key: string, text: string, click: () => void) =>
      h("button", { type: "button", class: "gate-side", "data-key": key, click }, text);
    return [
      h(
        "form",
        {
          class: "gate-find",
          role: "search",
          submit: (event) => {
            event.preventDefault();
            this.entered(this.search.value);
          },
        },
        this.search,
        h("button", { type: "button", class: "gate-scan", "data-key": "scan", click: () => void this.camera() }, t.scan),
      ),
      h("div", { class: "gate-camera", hidden: this.stopCamera === null }, this.video, h("p", {}, t.scanning), side("stop-scan", t.scanStop, () => {
        this.endCamera();
        this.drawBody();
      })),
      this.results,
      h(
        "div",
        { class: "gate-actions" },
        side("visitor", t.visitor, () => this.visitor(this.search.value.trim())),
        side("returnee", t.returnee, () => this.returnee({})),
      ),
    ];
  }

  private drawResults(): void {
    const { t, held } = this;
    if (!held) return;
    const text = this.search.value.trim();
    if (looksLikePass(text)) return this.entered(text);
    const { found, wrongNumber } = find(held.roster, this.book.inside, text);
    this.results.replaceChildren(
      ...found.map((one) =>
        h(
          "button",
          { type: "button", class: "gate-row", "data-key": one.key, click: () => this.person({ kind: kindOf(one), by: one.by, found: one }) },
          h("strong", {}, one.name),
          h("span", {}, one.hint),
          one.resident?.weak && h("span", { class: "tag" }, t.weak),
        ),
      ),
      ...(text !== "" && found.length === 0 ? [h("p", { class: "gate-none", role: "status" }, wrongNumber ? t.wrongNumber : t.nothing)] : []),
    );
  }

  /** A code was scanned, or a text was sent: one that finds a single person goes straight to them. */
  private entered(text: string): void {
    const { held } = this;
    if (!held || text.trim() === "") return;
    if (looksLikePass(text)) return this.scanned(text);
    const { found } = find(held.roster, this.book.inside, text);
    if (found.length === 1) this.person({ kind: kindOf(found[0]!), by: found[0]!.by, found: found[0]! });
  }

  private scanned(code: string): void {
    const { held } = this;
    if (!held) return;
    const { roster } = held;
    const { trust, claims } = readPass(code, roster.keys, roster.gate.community_id);
    const end = code.trim().slice(-12);
    if (trust !== "ok" || !claims) {
      const foreign = trust === "foreign";
      return this.person({ kind: "unknown", by: "scan", found: null, disbelieved: { trust: foreign ? "foreign" : "forged", end } });
    }
    const known = roster.passes.find((pass) => pass.id === claims.id);
    if (known) return this.person({ kind: kindOf(ofPass(roster, known, "scan")), by: "scan", found: ofPass(roster, known, "scan") });
    // Signed, and issued after this phone last heard from the server: the code itself says what it is worth.
    const pass = {
      id: claims.id,
      number: "",
      kind: claims.kind,
      resident: claims.resident,
      household: null,
      name: claims.kind === "vehicle" ? "" : claims.label,
      plate: claims.kind === "vehicle" ? claims.label : "",
      from: new Date(claims.from).toISOString(),
      until: new Date(claims.until).toISOString(),
      state: "active" as const,
    };
    const found = ofPass(roster, pass, "scan");
    this.person({ kind: claims.kind, by: "scan", found });
  }

  private person(draft: Draft): void {
    const { held } = this;
    if (!held) return;
    const around: Surroundings = {
      roster: held.roster,
      book: this.book,
      direction: this.direction,
      format: this.format,
      t: this.t,
      now: () => this.now(),
      record: (passage) => this.passage(passage),
      cancel: () => this.reset(),
      returnee: () => this.returnee(draft.visitor ?? {}),
    };
    this.show(new Person(draft, around).root);
  }

  private visitor(typed: string): void {
    const send = (visitor: VisitorInput) => this.person({ kind: "visitor", by: "visitor", found: null, visitor });
    this.show(h("div", {}, visitorForm(this.t, typed, send, () => this.reset()), ...this.lists()));
  }

  private lists(): HTMLElement[] {
    return this.held ? [flats(this.held.roster)] : [];
  }

  private returnee(known: Partial<VisitorInput>): void {
    const today = this.format.day(this.now());
    const form = returneeForm(
      this.t,
      this.gate.id,
      today,
      known,
      (body) => void this.keep([{ kind: "gate.returnee", shift: this.gate.shift, body }], this.t.registered),
      () => this.reset(),
    );
    this.show(h("div", {}, form, ...this.lists()));
  }

  /** Keeps records on the phone; only then the screen says so. */
  private async keep(entries: Entry[], note: string): Promise<boolean> {
    const ids = await this.model.record(entries);
    if (!ids) {
      scrollTo({ top: 0 });
      return false;
    }
    navigator.vibrate?.(40);
    this.note = note;
    this.reset();
    return true;
  }

  private async passage(passage: Passage): Promise<boolean> {
    const ids = await this.model.record([{ kind: "gate.passage", shift: this.gate.shift, body: passage }]);
    if (!ids) return false;
    navigator.vibrate?.(passage.decision === "go" ? 40 : [80, 60, 80]);
    const { t } = this;
    this.note = "";
    const flash = h("div", { class: `gate-flash ${passage.decision}`, role: "status" }, icon("check"), h("b", {}, t.recorded[passage.decision]));
    this.show(flash);
    const on = () => {
      if (this.over === flash) this.reset();
    };
    flash.addEventListener("click", on);
    setTimeout(on, FLASH_MS);
    return true;
  }

  private insideTab(): HTMLElement[] {
    const { t, book, format } = this;
    if (book.inside.length === 0) return [h("p", { class: "gate-none" }, t.insideNone)];
    return book.inside.map((one) =>
      h(
        "div",
        { class: "gate-row" },
        h("strong", {}, one.name || one.plate),
        h("span", {}, [one.visiting, one.plate, t.since(format.time(one.at))].filter(Boolean).join(" · ")),
        h(
          "button",
          { type: "button", class: "gate-side", "data-key": one.visit, click: () => void this.leaves(ofVisit(one)) },
          t.leave,
        ),
      ),
    );
  }

  private async leaves(found: Found): Promise<void> {
    await this.passage({
      gate: this.gate.id,
      direction: "out",
      decision: "go",
      reason: "",
      by: "visit",
      visit: found.visit!.visit,
    });
  }

  private parcelTab(): HTMLElement[] {
    const { t, book, format, held } = this;
    const out = (parcel: string, carried: boolean) => {
      const entries: Entry[] = [
        { kind: "gate.parcel-out", shift: this.gate.shift, body: { gate: this.gate.id, parcel, carried } },
      ];
      const helper = this.model.kept?.duty.user.helper;
      // Carried up: a piece of work, on the helper's report card.
      if (carried && helper && this.gate.shift) {
        entries.push({ kind: "work.count", shift: this.gate.shift, body: { helper, activity: "parcels-carried", quantity: 1 } });
      }
      void this.keep(entries, t.parcelTaken);
    };
    return [
      h(
        "button",
        {
          type: "button",
          class: "gate-big go",
          "data-key": "parcel-in",
          click: () => {
            const form = parcelForm(
              t,
              this.gate.id,
              held?.roster.residents ?? [],
              (body) => void this.keep([{ kind: "gate.parcel", shift: this.gate.shift, body }], t.parcelKept),
              () => this.reset(),
            );
            this.show(h("div", {}, form, ...this.lists()));
          },
        },
        t.parcelIn,
      ),
      ...(book.parcels.length === 0 ? [h("p", { class: "gate-none" }, t.parcelsNone)] : []),
      ...book.parcels.map((one) =>
        h(
          "div",
          { class: "gate-row" },
          h("strong", {}, one.flat || one.name),
          h("span", {}, [one.name, one.code.slice(-6), format.time(one.at)].filter(Boolean).join(" · ")),
          one.heavy && h("span", { class: "tag" }, t.heavy),
          one.carry && h("span", { class: "tag" }, t.carry),
          h(
            "div",
            { class: "gate-pair" },
            h("button", { type: "button", class: "gate-side", "data-key": `${one.parcel}-o`, click: () => out(one.parcel, false) }, t.handOut),
            h("button", { type: "button", class: "gate-side", "data-key": `${one.parcel}-c`, click: () => out(one.parcel, true) }, t.carried),
          ),
        ),
      ),
    ];
  }

  private ownTab(): HTMLElement[] {
    const { t, book, format, held } = this;
    const today = format.day(this.now());
    const own = book.own.filter((one) => format.day(one.at) === today).slice(0, 50);
    if (own.length === 0) return [h("p", { class: "gate-none" }, t.ownNone)];
    return own.map(({ id, at, shift, passage, waits }) => {
      const resident = held?.roster.residents.find((one) => one.id === passage.resident);
      const pass = held?.roster.passes.find((one) => one.id === passage.pass);
      const visit = book.own.find((one) => one.id === passage.visit);
      const name = resident?.name || passage.name || pass?.name || pass?.plate || visit?.passage.name || "—";
      const words = [
        format.time(at),
        t[passage.direction],
        passage.decision === "stop" ? (t.reason[passage.reason]?.title ?? t.stop) : null,
        passage.temperature ? `${(passage.temperature / 10).toFixed(1)} ℃` : null,
        waits ? t.waits : null,
      ];
      return h(
        "div",
        { class: `gate-row ${passage.decision}` },
        h("strong", {}, name),
        h("span", {}, words.filter(Boolean).join(" · ")),
        h(
          "button",
          {
            type: "button",
            class: "gate-side",
            "data-key": id,
            click: () =>
              void this.keep(
                [
                  {
                    kind: "record.void",
                    shift,
                    body: { record: id, reason: t.undoReason, ...(shift ? {} : { place: this.gate.id }) },
                  },
                ],
                t.undone,
              ),
          },
          t.undo,
        ),
      );
    });
  }

  private async camera(): Promise<void> {
    const { t } = this;
    if (this.stopCamera) {
      this.endCamera();
      return this.drawBody();
    }
    if (!navigator.mediaDevices?.getUserMedia) {
      this.note = isSecureContext ? t.scanNo : t.scanInsecure;
      return this.drawBody();
    }
    this.note = "";
    try {
      const { scan } = await import("./scan");
      this.stopCamera = await scan(this.video, (text) => {
        if (looksLikePass(text)) this.scanned(text);
        else if (this.over === null) {
          this.search.value = text;
          this.entered(text);
          if (this.over === null) this.drawResults();
        }
      });
    } catch {
      this.note = t.scanNo;
    }
    this.drawBody();
  }

  private endCamera(): void {
    this.stopCamera?.();
    this.stopCamera = null;
  }
}
