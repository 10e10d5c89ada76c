/** The frame of the page: the bar that is always shown, notices, the message with undo, and the cards. */

import { Cards } from "./cards";
import { h, icon, Part } from "./dom";
import { makeFormat, type Format } from "./format";
import type { Entry, Model } from "./model";
import { loadPrefs, savePrefs, type Theme } from "./prefs";
import { chooseShift, shiftViews, type ShiftView } from "./state";
import type { Texts } from "./texts";
import type { Gate } from "./gate/gate";
import type { SamplingLane } from "./lane/lane";
import type { Rounds } from "./round/round";
import type { Told } from "../shared/told";
import type { Bodies, DutyGate, FieldRecord, Refused } from "./types";

const UNDO_MS = 10_000;
/** Gates of others' shifts that are shown without being asked for. */
const MOST_GATES = 3;
/** Messages shown above the shift; the others are on their page. */
const MOST_TOLD = 3;
/** The check-out button takes the place of the check-in button: a second tap so soon is no wish. */
const DOUBLE_TAP_MS = 1_500;

export class Screen {
  private readonly bar = new Part(h("header", { class: "bar" }));
  private readonly notices = new Part(h("div", { class: "notices" }));
  private readonly body = h("div", { class: "cards" });
  private readonly gates = new Part(h("nav", { class: "gate-open" }));
  private readonly openBody = h("div", {});
  /** What is open instead of the shifts: a gate, or rounds. */
  private opened: Gate | Rounds | SamplingLane | null = null;
  private openId = "";
  private readonly footer = new Part(h("footer", { class: "foot" }));
  private readonly toast = h("div", { class: "toast", role: "status", "aria-live": "polite" });
  private readonly live = h("p", { class: "sr-only", role: "status" });
  private readonly cards: Cards;
  private selected: string | null = null;
  private toastTimer: ReturnType<typeof setTimeout> | undefined;
  private format: Format;
  private zone = "";
  private liveText = "";
  private undoable: string[] = [];
  private lastTap = { key: "", at: -Infinity };
  private told: Told[] = [];

  constructor(
    root: HTMLElement,
    private readonly model: Model,
    private readonly lang: string,
    private readonly t: Texts,
  ) {
    this.format = makeFormat(lang, "Asia/Shanghai");
    this.cards = new Cards(this, this.body, lang, t);
    addEventListener("hashchange", () => this.turn());
    root.replaceChildren(
      this.bar.root,
      h("h1", { class: "sr-only" }, t.title),
      this.live,
      this.notices.root,
      this.gates.root,
      this.openBody,
      this.body,
      this.footer.root,
      this.toast,
    );
    root.classList.add("ready");
  }

  /** Keeps records; on success shows the message, with undo for ten seconds. False: nothing was kept. */
  async commit(entries: Entry[], message: string): Promise<boolean> {
    const first = entries[0];
    if (!first || this.doubleTap(entries)) return false;
    const { shift } = first;
    this.selected = shift;
    const ids = await this.model.record(entries);
    if (!ids) {
      this.hideToast();
      scrollTo({ top: 0 });
      return false;
    }
    navigator.vibrate?.(40);
    this.undoable = ids;
    this.showToast(message, () => {
      void this.model
        .record(
          ids.map((record) => ({
            kind: "record.void",
            shift,
            body: { record, reason: this.t.undoneReason },
          })),
        )
        .then((done) => done && this.showToast(this.t.undone));
    });
    return true;
  }

  private doubleTap(entries: Entry[]): boolean {
    if (entries[0]?.kind === "work.count") return false;
    const key = entries.map((entry) => ("helper" in entry.body ? entry.body.helper : "")).join();
    const at = performance.now();
    const double = key === this.lastTap.key && at - this.lastTap.at < DOUBLE_TAP_MS;
    if (!double) this.lastTap = { key, at };
    return double;
  }

  /** Takes back an earlier record. */
  async remove(id: string, shift: string): Promise<void> {
    const kept = await this.model.record([
      { kind: "record.void", shift, body: { record: id, reason: this.t.removedReason } },
    ]);
    if (kept) this.showToast(this.t.undone);
  }

  /** Messages that are not read. */
  tell(told: Told[]): void {
    this.told = told;
    this.draw();
  }

  select(shift: string): void {
    this.selected = shift;
    this.draw();
    scrollTo({ top: 0 });
  }

  draw(): void {
    const { model } = this;
    const zone = model.kept?.duty.zone ?? "Asia/Shanghai";
    if (zone !== this.zone) {
      this.zone = zone;
      this.format = makeFormat(this.lang, zone);
    }
    this.drawBar();
    this.drawNotices();
    this.turn();
    this.opened?.changed();
    const now = Date.now();
    if (!model.kept) {
      this.cards.drawWithout(model.ready ? this.absence() : "loading", () => void model.sync("person"));
    } else {
      const shifts = shiftViews(model.kept, model.user, model.contents);
      const shift: ShiftView | null =
        shifts.find((candidate) => candidate.id === this.selected) ?? chooseShift(shifts, now);
      this.cards.draw({
        kept: model.kept,
        contents: model.contents,
        user: model.user,
        shifts,
        shift,
        now,
        format: this.format,
      });
    }
    this.drawFooter();
  }

  /** Opens or closes a gate or the rounds, as the address says. */
  private turn(): void {
    const { works } = this.model;
    const sampling = works.filter((work) => work.kind === "sampling" && work.reach === "residents");
    const gates = this.model.kept?.duty.gates ?? [];
    const asked = /^#(?:gate=([\w-]+)|(rounds|lane))$/.exec(location.hash);
    const gate = gates.find((one) => one.id === asked?.[1]);
    const wanted = asked?.[2] ?? asked?.[1] ?? "";
    // What is open stays open while the duty is read anew.
    const known = gate !== undefined || (wanted === "rounds" && works.length > 0) || (wanted === "lane" && sampling.length > 0) || (wanted !== "" && wanted === this.openId);
    const id = known ? wanted : "";
    this.body.hidden = id !== "";
    this.gates.show([id, gates, works, this.lang], () =>
      id
        ? []
        : [
            works.length > 0 &&
              h(
                "a",
                { href: "#rounds", "data-key": "rounds" },
                this.t.rounds,
                h("span", {}, works.map((work) => `${work.name} ${work.finals} / ${work.targets}`).join(" · ")),
              ),
            sampling.length > 0 &&
              h("a", { href: "#lane", "data-key": "lane" }, this.t.lane, h("span", {}, sampling.map((work) => work.name).join(" · "))),
            ...this.gateLinks(gates),
          ],
    );
    if (id === this.openId) return;
    this.openId = id;
    this.opened?.close();
    this.opened = null;
    this.openBody.replaceChildren();
    if (id === "") return;
    const loading: Promise<Gate | Rounds | SamplingLane> = gate
      ? import("./gate/gate").then(({ Gate }) => new Gate(this.model, gate, this.lang))
      : id === "lane"
        ? import("./lane/lane").then(({ SamplingLane }) => new SamplingLane(this.model, this.lang))
        : import("./round/round").then(({ Rounds }) => new Rounds(this.model, this.lang));
    void loading.then(
      (opened) => {
        if (this.openId !== id) return opened.close();
        this.opened = opened;
        this.openBody.replaceChildren(opened.root);
        scrollTo({ top: 0 });
      },
      () => {
        this.openId = "";
        this.showToast(this.t.gateFailed);
      },
    );
  }

  /** The gates of the user's shifts; many others, open to whoever arranges the work, are folded. */
  private gateLinks(gates: DutyGate[]): HTMLElement[] {
    const link = (one: DutyGate): HTMLElement =>
      h("a", { href: `#gate=${one.id}`, "data-key": one.id }, `${this.t.gate} · ${one.name}`, h("span", {}, one.place));
    const own = gates.filter((one) => one.shift);
    const others = gates.filter((one) => !one.shift);
    if (others.length <= MOST_GATES) return gates.map(link);
    return [...own.map(link), h("details", {}, h("summary", { "data-key": "gates" }, this.t.moreGates(others.length)), ...others.map(link))];
  }

  private absence(): "offline" | "error" {
    const kind = this.model.sender.trouble?.kind;
    return kind === undefined || kind === "unreachable" || kind === "stranger" ? "offline" : "error";
  }

  private get offline(): boolean {
    const kind = this.model.sender.trouble?.kind;
    return !navigator.onLine || kind === "unreachable" || kind === "stranger";
  }

  /** An instant as the bar tells it: the time, with the day when it is not today. */
  private since(at: string | number): string {
    const { format } = this;
    const time = format.time(at);
    return format.day(at) === format.day(Date.now()) ? time : `${format.date(at)} ${time}`;
  }

  private drawBar(): void {
    const { model, t, offline } = this;
    const { waiting } = model;
    const oldest = waiting[0]?.record.at;
    const sending = model.sender.sending && waiting.length > 0;
    const state = oldest ? t.waiting(waiting.length, this.since(oldest)) : sending ? t.sending : t.allSent;
    const tone = waiting.length > 0 || offline ? (offline ? "off" : "wait") : "ok";
    this.bar.show([tone, offline, state, sending, model.storage?.reason], () => [
      h(
        "div",
        { class: `bar-in ${tone}` },
        h(
          "div",
          { class: "bar-text" },
          h("span", { class: "net" }, offline ? icon("cloudOff") : h("i", { class: "dot" }), offline ? t.offline : t.online),
          h("span", { class: "queue", "data-waiting": waiting.length }, state),
        ),
        waiting.length > 0 &&
          h(
            "button",
            { type: "button", class: "small", "data-key": "send", disabled: sending, click: () => void model.sync("person") },
            sending ? t.sending : t.sendNow,
          ),
      ),
    ]);
    const live = `${offline ? t.offline : t.online}, ${waiting.length > 0 ? state : t.allSent}`;
    if (live !== this.liveText) {
      this.liveText = live;
      this.live.textContent = live;
    }
  }

  private hint(): { text: string; tone: string; signIn?: boolean } | null {
    const { t, model } = this;
    const trouble = model.sender.trouble;
    const waits = model.waiting.length > 0;
    switch (trouble?.kind) {
      case "signed-out":
        return { text: t.signedOut, tone: "bad", signIn: true };
      case "other-user":
        return { text: t.otherUser, tone: "bad", signIn: true };
      case "forbidden":
        return { text: trouble.detail || t.forbidden, tone: "bad" };
      case "stranger":
        return { text: t.strangerHint, tone: "off" };
      case "busy":
        return waits ? { text: t.busy(this.format.time(model.sender.notBefore)), tone: "off" } : null;
      case "failed":
        return waits ? { text: t.failed, tone: "off" } : null;
      case "unfit":
        return waits ? { text: t.unfit(model.waiting.length), tone: "bad" } : null;
      default:
        return this.offline ? { text: t.offlineHint, tone: "plain" } : null;
    }
  }

  private drawNotices(): void {
    const { t, model } = this;
    const hint = this.hint();
    const refused = model.contents.refused.filter((item) => item.user === model.user);
    // What the server has refused is no longer confirmed, nor can it be undone.
    if (refused.some((item) => this.undoable.includes(item.id))) {
      this.undoable = [];
      this.hideToast();
    }
    const storage = model.storage?.reason;
    const skew = model.skewMinutes;
    const others = model.othersWaiting;
    const told = this.told.slice(0, MOST_TOLD);
    const rolls = model.kept?.duty.roll_calls ?? [];
    this.notices.show([storage, hint, refused, skew, others, told, rolls], () => [
      storage &&
        h(
          "div",
          { class: "notice bad huge", role: "alert" },
          icon("alert"),
          h(
            "div",
            {},
            h("strong", {}, storage === "full" ? t.storageFull : t.storageBroken),
            h("p", {}, storage === "full" ? t.storageFullHint : t.storageBrokenHint),
          ),
        ),
      hint &&
        h(
          "div",
          { class: `notice ${hint.tone}` },
          hint.tone !== "plain" && icon(hint.tone === "bad" ? "alert" : "cloudOff"),
          h(
            "div",
            {},
            h("p", {}, hint.text),
            hint.signIn && h("a", { class: "button", href: "/sign-in?next=/field" }, t.signInAgain),
          ),
        ),
      ...rolls.map((call) =>
        h(
          "a",
          { class: "notice bad told", href: `/rollcalls/${call.id}`, role: "alert" },
          icon("alert"),
          h("p", {}, `${t.rollCall}${call.reason}`),
        ),
      ),
      ...told.map((one) =>
        h("a", { class: "notice plain told", href: one.href }, icon("bell"), h("p", {}, one.text)),
      ),
      refused.length > 0 && this.refusedCard(refused),
      others > 0 && h("div", { class: "notice off" }, icon("clock"), h("p", {}, t.othersWait(others))),
      skew > 0 && h("div", { class: "notice off" }, icon("clock"), h("p", {}, t.clock(skew))),
    ]);
  }

  private refusedCard(refused: Refused[]): HTMLElement {
    const { t, model } = this;
    return h(
      "section",
      { class: "card refused" },
      h("h2", {}, t.refusedTitle),
      h(
        "ul",
        { class: "rows" },
        ...refused.map((item) =>
          h(
            "li",
            {},
            h(
              "div",
              { class: "row-text" },
              h("strong", {}, this.describe(item.record)),
              h("p", {}, item.detail || t.refusedDefault),
            ),
            h(
              "button",
              { type: "button", class: "small", "data-key": item.id, click: () => void model.dismiss(item.id) },
              t.dismiss,
            ),
          ),
        ),
      ),
    );
  }

  /** A record in words: 签到 · 王芳 · 09:05 */
  private describe(record: FieldRecord): string {
    const { kept } = this.model;
    const words = [this.t.kind[record.kind]];
    const body: Partial<Bodies["work.count"]> = "helper" in record.body ? record.body : {};
    const people = kept?.duty.shifts.find((shift) => shift.id === record.shift)?.people;
    const name = people?.find((person) => person.helper === body.helper)?.name;
    if (name) words.push(name);
    if (body.activity) words.push(`${this.cards.activityName(body.activity)} ${this.format.number(body.quantity ?? 0)}`);
    words.push(this.since(record.at));
    return words.join(" · ");
  }

  private drawFooter(): void {
    const { t, model } = this;
    const prefs = loadPrefs();
    const choose = (theme: Theme) =>
      h(
        "button",
        {
          type: "button",
          "data-key": theme,
          "aria-pressed": String(prefs.theme === theme),
          click: () => {
            savePrefs({ ...loadPrefs(), theme });
            this.drawFooter();
          },
        },
        t.theme[theme],
      );
    const name = model.kept?.duty.user.name;
    const asOf = model.kept ? this.since(model.kept.receivedAt) : null;
    const user = model.kept?.duty.user;
    // Whoever came in by a code has no other pages.
    const helper = user?.joined ? null : (user?.helper ?? null);
    this.footer.show([prefs, name, asOf, helper], () => [
      h(
        "div",
        { class: "display" },
        h("div", { class: "segments", role: "group", "aria-label": t.themeLabel }, choose("auto"), choose("light"), choose("dark")),
        h(
          "button",
          {
            type: "button",
            class: "small",
            "data-key": "large",
            "aria-pressed": String(prefs.largeType),
            click: () => {
              savePrefs({ ...loadPrefs(), largeType: !prefs.largeType });
              this.drawFooter();
            },
          },
          t.largeType,
        ),
      ),
      h(
        "p",
        { class: "meta" },
        h("span", {}, [name && t.signedInAs(name), asOf && t.asOf(asOf)].filter(Boolean).join(" · ")),
      ),
      h(
        "nav",
        { class: "links" },
        helper && h("a", { href: "/offers" }, t.offers),
        helper && h("a", { href: "/messages" }, t.messages),
        helper && h("a", { href: `/helpers/${helper}/times` }, t.times),
        !user?.joined && h("a", { href: "/shifts" }, t.desk),
      ),
    ]);
  }

  private showToast(message: string, undo?: () => void): void {
    clearTimeout(this.toastTimer);
    this.toast.replaceChildren(
      icon("check"),
      h("span", { class: "toast-text" }, message),
      ...(undo
        ? [
            h(
              "button",
              {
                type: "button",
                click: () => {
                  this.hideToast();
                  undo();
                },
              },
              this.t.undo,
            ),
          ]
        : []),
    );
    this.toast.classList.add("on");
    this.toastTimer = setTimeout(() => this.hideToast(), undo ? UNDO_MS : 3_000);
  }

  private hideToast(): void {
    clearTimeout(this.toastTimer);
    this.toast.classList.remove("on");
    this.toast.replaceChildren();
  }
}
