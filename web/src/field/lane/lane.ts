/** A sampling lane on a phone: a tube, person after person with one tap or none, the next tube; with or without a network. */

import { h, keepFocus } from "../dom";
import { looksLikePass, readPass } from "../gate/pass";
import type { Entry, Model } from "../model";
import { drawWhenReleased } from "../press";
import { prune, type Held } from "../vault";
import { fetchLanes, fetchList, forgetList, keepList, keptLists } from "./list";
import { laneTexts, type LaneTexts } from "./texts";
import { boxesOf, CAPACITIES, findPeople, refusePerson, refuseTube, stateOf, tubeCode, type Box, type State, type Tube } from "./tubes";
import type { Lane, LaneList, LanePerson, Sample } from "./types";

/** How often the server is asked for changes while the page is looked at. */
const REFRESH_MS = 20_000;
const CAPACITY = "fangxian-tube-capacity";

export class SamplingLane {
  readonly root = h("section", { class: "gate lane" });
  private readonly t: LaneTexts;
  private readonly head = h("div", { class: "gate-head" });
  private readonly body = h("div", { class: "gate-body" });
  private readonly results = h("div", { class: "gate-results" });
  private readonly search: HTMLInputElement;
  private readonly tubeInput: HTMLInputElement;
  private readonly boxInput: HTMLInputElement;
  private readonly video = h("video", { class: "gate-video", playsinline: true, muted: true });
  private lanes: Lane[] = [];
  private held: Held<LaneList> | null = null;
  /** Begun on this phone, and nobody in it yet. */
  private fresh: Tube | null = null;
  private registering = false;
  /** The box that is being handed over. */
  private handing: Box | null = null;
  private note: { words: string; bad: boolean } | null = null;
  private ready = false;
  private stopCamera: (() => void) | null = null;
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(
    private readonly model: Model,
    lang: string,
  ) {
    this.t = laneTexts(lang);
    const field = (label: string, input: () => void): HTMLInputElement =>
      h("input", { class: "gate-search", placeholder: label, "aria-label": label, autocomplete: "off", autocapitalize: "characters", enterkeyhint: "go", input });
    this.search = field(this.t.who, () => this.drawResults());
    this.tubeInput = field(this.t.tube, () => undefined);
    this.boxInput = field(this.t.box, () => undefined);
    this.root.append(this.head, this.body);
    this.timer = setInterval(() => {
      if (document.visibilityState === "visible") void this.refresh();
    }, REFRESH_MS);
    void this.start();
  }

  close(): void {
    clearInterval(this.timer);
    this.endCamera();
  }

  changed(): void {
    this.draw();
  }

  private async start(): Promise<void> {
    const { db, user } = this.model;
    await prune(db, user).catch(() => undefined);
    const kept = await keptLists(db, user).catch(() => []);
    this.lanes = kept.map((one) => one.value.lane);
    if (kept.length === 1) this.held = kept[0]!;
    this.draw();
    const lanes = await fetchLanes(this.model.fetch);
    if (lanes) this.lanes = lanes;
    if (!this.held && this.lanes.length === 1) await this.enter(this.lanes[0]!);
    else await this.refresh();
    this.ready = true;
    this.draw();
  }

  private async enter(lane: Lane): Promise<void> {
    const { db, user } = this.model;
    const kept = await keptLists(db, user).catch(() => []);
    this.held = kept.find((one) => one.value.lane.round === lane.round && one.value.lane.site === lane.site) ?? null;
    await this.refresh(lane);
  }

  private async refresh(lane: Lane | undefined = this.held?.value.lane): Promise<void> {
    if (!lane) return;
    const { db, user } = this.model;
    const got = await fetchList(this.model.fetch, lane);
    if (got === "gone") {
      await forgetList(db, user, lane).catch(() => undefined);
      this.held = null;
      this.lanes = this.lanes.filter((one) => one !== lane);
    } else if (got) {
      this.held = got;
      // A full phone still works while the page is open.
      await keepList(db, user, got).catch(() => undefined);
    }
    drawWhenReleased(this.redraw);
  }

  private get state(): State | null {
    return this.held && stateOf(this.held.value, this.model.contents, this.model.user);
  }

  private say(words: string, bad: boolean): void {
    this.note = { words, bad };
    navigator.vibrate?.(bad ? [80, 60, 80] : 30);
  }

  private readonly redraw = (): void => this.draw();

  private draw(): void {
    keepFocus(this.head, () => this.drawHead());
    // A picture that is taken out of the page stops: while the camera looks, only the words beside it change.
    if (this.stopCamera) return this.drawBeside();
    keepFocus(this.body, () => this.drawBody());
  }

  private drawHead(): void {
    const { t, held, state } = this;
    this.head.replaceChildren(
      h(
        "div",
        { class: "gate-title" },
        h("a", { href: "#", class: "gate-back", "data-key": "back" }, t.back),
        h("h2", {}, held?.value.lane.lane || t.title),
        h("p", {}, held && state ? [held.value.lane.name, t.sampled(state.own.length, held.value.people.length), held.value.waiting ? t.waiting(held.value.waiting) : ""].filter(Boolean).join(" · ") : ""),
      ),
    );
  }

  /** What changes while the camera looks. */
  private readonly beside = h("div", { class: "lane-beside" });

  private drawBeside(): void {
    const { state } = this;
    if (!state) return;
    this.beside.replaceChildren(...this.noted(), ...this.tubeCard(this.fresh ?? state.open));
  }

  private noted(): HTMLElement[] {
    const { note } = this;
    return note ? [h("p", { class: note.bad ? "gate-note bad" : "gate-note", role: note.bad ? "alert" : "status" }, note.words)] : [];
  }

  private tubeCard(tube: Tube | null): HTMLElement[] {
    if (!tube) return [];
    const dots = Array.from({ length: Math.max(tube.capacity, tube.taken) }, (_, i) => h("i", { class: i < tube.taken ? "full" : "" }));
    return [
      h("div", { class: "tube" }, h("strong", {}, tube.code), h("span", {}, this.t.filled(tube.taken, tube.capacity)), h("div", { class: "dots", "aria-hidden": "true" }, ...dots)),
    ];
  }

  private drawBody(): void {
    const { t, held, state } = this;
    if (!held || !state) {
      const rows = this.lanes.map((lane) =>
        h(
          "button",
          { type: "button", class: "gate-row", "data-key": lane.round + lane.site, click: () => void this.enter(lane) },
          h("strong", {}, lane.lane || lane.place),
          h("span", {}, lane.name),
        ),
      );
      this.body.replaceChildren(...(rows.length > 0 ? rows : [h("p", { class: "gate-none" }, this.ready ? t.none : t.loading)]));
      return;
    }
    // What is typed about a box or a stranger is not drawn away.
    if ((this.handing || this.registering) && this.body.querySelector(".gate-form")) return;
    const typing = [this.search, this.tubeInput, this.boxInput].find((input) => input === document.activeElement);
    const tube = this.fresh ?? state.open;
    const camera = h(
      "div",
      { class: "gate-camera", hidden: true },
      this.video,
      this.beside,
      h("button", { type: "button", class: "gate-side", "data-key": "stop", click: () => this.endCamera() }, t.scanStop),
    );
    const content = tube ? this.withTube(tube) : this.withoutTube();
    const last = state.own[0];
    this.body.replaceChildren(
      ...this.noted(),
      camera,
      ...content,
      ...(last && !this.registering
        ? [h("button", { type: "button", class: "gate-side", "data-key": "undo", click: () => void this.undo(last.id) }, t.undo)]
        : []),
    );
    this.drawResults();
    typing?.focus({ preventScroll: true });
  }

  private scanButton(): HTMLElement {
    return h("button", { type: "button", class: "gate-scan", "data-key": "scan", click: () => void this.camera() }, this.t.scan);
  }

  /** A box goes to whoever carries it away: both count. */
  private handOver(box: Box): HTMLElement {
    const { t } = this;
    const leave = (): void => {
      this.handing = null;
      this.draw();
    };
    const input = (label: string, more: Record<string, string | number>) => h("input", { class: "gate-search", "aria-label": label, placeholder: label, autocomplete: "off", ...more });
    const count = input(t.counted, { inputmode: "numeric", maxlength: 5, "data-key": "count" });
    const to = input(t.carrier, { maxlength: 60, "data-key": "to" });
    const error = h("span", { class: "field-error", role: "alert" });
    return h(
      "form",
      {
        class: "gate-form",
        novalidate: true,
        submit: (event) => {
          event.preventDefault();
          const tubes = Number(count.value.trim());
          if (!Number.isInteger(tubes) || tubes < 1 || tubes > 10_000) {
            error.textContent = t.countMissing;
            return count.focus();
          }
          if (to.value.trim() === "") {
            error.textContent = t.carrierMissing;
            return to.focus();
          }
          void this.handedOver(box, tubes, to.value.trim());
        },
      },
      h("strong", {}, `${box.box} · ${t.tubes(box.tubes)}`),
      count,
      to,
      error,
      h("button", { class: "gate-big go", "data-key": "hand" }, t.handOver),
      h("button", { type: "button", class: "gate-side", "data-key": "cancel", click: leave }, t.cancel),
    );
  }

  private async handedOver(box: Box, tubes: number, to: string): Promise<void> {
    const { t, held } = this;
    if (!held) return;
    const { site, shift } = held.value.lane;
    if (!(await this.model.record([{ kind: "sampling.hand-over", shift, body: { site, box: box.box, tubes, to } }]))) return scrollTo({ top: 0 });
    this.handing = null;
    this.say(tubes === box.tubes ? t.handed(box.box, to) : t.handedDiffers(box.box, box.tubes, tubes), tubes !== box.tubes);
    this.draw();
  }

  private boxes(): HTMLElement[] {
    const { t, held } = this;
    const boxes = held ? boxesOf(held.value, this.model.contents, this.model.user) : [];
    if (boxes.length === 0) return [];
    const row = (box: Box): HTMLElement =>
      h(
        "button",
        {
          type: "button",
          class: "gate-row",
          "data-key": `box-${box.box}`,
          click: () => {
            this.handing = box;
            this.draw();
          },
        },
        h("strong", {}, box.box),
        h("span", {}, t.tubes(box.tubes)),
      );
    return [h("h3", {}, t.boxes), ...boxes.map(row)];
  }

  /** No tube is open: the next one, or a box to be handed over. */
  private withoutTube(): HTMLElement[] {
    const { t } = this;
    if (this.handing) return [this.handOver(this.handing)];
    const now = this.capacity;
    return [
      h(
        "form",
        {
          class: "gate-find",
          submit: (event) => {
            event.preventDefault();
            this.begin(this.tubeInput.value);
          },
        },
        this.tubeInput,
        this.scanButton(),
        h("button", { class: "gate-big go lane-wide", "data-key": "begin" }, t.begin),
      ),
      h(
        "div",
        { class: "segments lane-capacities", role: "group" },
        ...CAPACITIES.map((capacity) =>
          h(
            "button",
            {
              type: "button",
              "data-key": `c${capacity}`,
              "aria-pressed": String(capacity === now),
              click: () => {
                try {
                  localStorage.setItem(CAPACITY, String(capacity));
                } catch {
                  // private mode: chosen again for the next tube
                }
                this.chosen = capacity;
                this.draw();
              },
            },
            t.capacity(capacity),
          ),
        ),
      ),
      ...this.boxes(),
    ];
  }

  private chosen: number | null = null;

  private get capacity(): number {
    if (this.chosen !== null) return this.chosen;
    try {
      const kept = Number(localStorage.getItem(CAPACITY) ?? 10);
      return (CAPACITIES as readonly number[]).includes(kept) ? kept : 10;
    } catch {
      return 10;
    }
  }

  private begin(typed: string): void {
    const { t, held, state } = this;
    if (!held || !state) return;
    const code = tubeCode(typed);
    const { lane } = held.value.lane;
    const why = refuseTube(state, code, lane);
    if (why || !code) {
      this.say(t.tubeWhy[why ?? "bad"], true);
      this.draw();
      this.tubeInput.select();
      return;
    }
    this.fresh = state.tubes.get(code) ?? { code, capacity: this.capacity, taken: 0, sealed: false, lane, own: [] };
    this.note = null;
    this.tubeInput.value = "";
    this.draw();
    if (!this.stopCamera) this.search.focus();
  }

  private withTube(tube: Tube): HTMLElement[] {
    const { t } = this;
    if (this.registering) return [...this.tubeCard(tube), this.register(tube)];
    const full = tube.capacity > 0 && tube.taken >= tube.capacity;
    const close = [
      this.boxInput,
      h("button", { type: "button", class: full ? "gate-big go" : "gate-side", "data-key": "seal", click: () => void this.seal(tube) }, t.seal),
    ];
    return [
      ...this.tubeCard(tube),
      ...(full
        ? close
        : [
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
              this.scanButton(),
            ),
            this.results,
            h(
              "button",
              {
                type: "button",
                class: "gate-side",
                "data-key": "stranger",
                click: () => {
                  this.registering = true;
                  this.draw();
                },
              },
              t.stranger,
            ),
            ...(tube.taken > 0
              ? [h("details", { open: this.body.querySelector("details")?.open }, h("summary", {}, t.seal), ...close)]
              : [
                  h(
                    "button",
                    {
                      type: "button",
                      class: "gate-side",
                      "data-key": "cancel",
                      click: () => {
                        this.fresh = null;
                        this.draw();
                      },
                    },
                    t.cancel,
                  ),
                ]),
          ]),
    ];
  }

  private drawResults(): void {
    const { t, held } = this;
    const text = this.search.value.trim();
    if (!held || looksLikePass(text)) return looksLikePass(text) ? this.entered(text) : undefined;
    const found = findPeople(held.value, text);
    this.results.replaceChildren(
      ...found.map((one) =>
        h(
          "button",
          { type: "button", class: "gate-row", "data-key": one.target, click: () => void this.person(one) },
          h("strong", {}, one.name),
          h("span", {}, one.flat),
        ),
      ),
      ...(text !== "" && found.length === 0 ? [h("p", { class: "gate-none", role: "status" }, t.nobody)] : []),
    );
  }

  /** A code was scanned, or a text was sent: one that finds a single person samples them. */
  private entered(text: string): void {
    const { t, held, state } = this;
    if (!held || !state || text.trim() === "") return;
    this.search.value = "";
    if (looksLikePass(text)) {
      const { trust, claims } = readPass(text, held.value.keys, held.value.community);
      const person = trust === "ok" && claims?.resident ? held.value.people.find((one) => one.target === claims.resident) : undefined;
      if (person) return void this.person(person);
      this.say(t.badPass, true);
      return this.draw();
    }
    const found = findPeople(held.value, text);
    if (found.length === 1) return void this.person(found[0]!);
    // A tube's barcode while another tube is open: the wrong thing was scanned.
    const code = tubeCode(text);
    if (found.length === 0 && code && /\d{4}/.test(code)) {
      this.say(t.wrongTube(code), true);
      return this.draw();
    }
    this.search.value = text;
    this.drawResults();
  }

  private async person(person: LanePerson): Promise<void> {
    const { t, held, state } = this;
    const tube = this.fresh ?? state?.open;
    if (!held || !state || !tube) return;
    const why = refusePerson(held.value, state, tube, person);
    if (why) {
      this.say(`${person.name}: ${t.personWhy[why]}`, true);
      return this.draw();
    }
    await this.sample(tube, { piece: person.piece, target: person.target }, person.name);
  }

  private async sample(tube: Tube, who: Partial<Sample>, name: string): Promise<void> {
    const { t, held } = this;
    if (!held) return;
    const { round, site, lane, shift } = held.value.lane;
    const body: Sample = { round, site, lane, tube: tube.code, capacity: tube.capacity, ...who };
    const kept = await this.model.record([{ kind: "sampling.sample", shift, body }]);
    if (!kept) return scrollTo({ top: 0 });
    this.fresh = null;
    this.registering = false;
    this.search.value = "";
    this.say(`${t.done(name)}。${t.hands}`, false);
    this.draw();
    if (!this.stopCamera) this.search.focus();
  }

  /** Somebody who is on no list is sampled all the same. */
  private register(tube: Tube): HTMLElement {
    const { t } = this;
    const input = (label: string, type: string, most: number) => h("input", { class: "gate-search", type, maxlength: most, "aria-label": label, placeholder: label, autocomplete: "off" });
    const name = input(t.name, "text", 40);
    const phone = input(t.phone, "tel", 20);
    const error = h("span", { class: "field-error", role: "alert" });
    return h(
      "form",
      {
        class: "gate-form",
        novalidate: true,
        submit: (event) => {
          event.preventDefault();
          const words = name.value.trim();
          if (words === "") {
            error.textContent = t.missing;
            return name.focus();
          }
          void this.sample(tube, { name: words, ...(phone.value.trim() ? { phone: phone.value.trim() } : {}) }, words);
        },
      },
      name,
      error,
      phone,
      h("button", { class: "gate-big go", "data-key": "take" }, t.take),
      h(
        "button",
        {
          type: "button",
          class: "gate-side",
          "data-key": "cancel",
          click: () => {
            this.registering = false;
            this.draw();
          },
        },
        t.cancel,
      ),
    );
  }

  private async seal(tube: Tube): Promise<void> {
    const { t, held } = this;
    if (!held) return;
    const { round, site, shift } = held.value.lane;
    const box = this.boxInput.value.trim();
    const entry: Entry = { kind: "sampling.seal", shift, body: { round, site, tube: tube.code, ...(box ? { box } : {}) } };
    if (!(await this.model.record([entry]))) return scrollTo({ top: 0 });
    this.fresh = null;
    this.say(t.sealed(tube.code), false);
    this.draw();
    if (!this.stopCamera) this.tubeInput.focus();
  }

  private async undo(record: string): Promise<void> {
    const { t, held } = this;
    if (!held) return;
    const { shift, site } = held.value.lane;
    const body = { record, reason: t.undoReason, ...(shift ? {} : { place: site }) };
    if (await this.model.record([{ kind: "record.void", shift, body }])) this.say(t.undone, false);
    this.draw();
  }

  private async camera(): Promise<void> {
    const { t } = this;
    if (this.stopCamera) return this.endCamera();
    try {
      const { scan } = await import("../gate/scan");
      let last = "";
      let at = 0;
      const stop = await scan(this.video, (text) => {
        // The same code stays before the camera for a while.
        if (text === last && Date.now() - at < 3_000) return;
        last = text;
        at = Date.now();
        const { state } = this;
        if (this.fresh ?? state?.open) this.entered(text);
        else this.begin(text);
        this.drawBeside();
      });
      this.draw();
      this.stopCamera = stop;
      const box = this.video.parentElement;
      if (box) box.hidden = false;
      this.drawBeside();
    } catch {
      this.say(t.scanNo, true);
      this.draw();
    }
  }

  private endCamera(): void {
    this.stopCamera?.();
    this.stopCamera = null;
    this.draw();
  }
}
