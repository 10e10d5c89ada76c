/** A temperature in two taps: the tens are 3 unless somebody says otherwise. */

import { h, keepFocus } from "../dom";
import type { GateTexts } from "./texts";

export class Keypad {
  private digits: number[] = [];
  private tens = 3;
  readonly root = h("div", { class: "keypad" });

  constructor(
    private readonly t: GateTexts,
    private readonly changed: (tenths: number | null) => void,
  ) {
    this.draw();
  }

  /** Tenths of a degree; null until it is whole. */
  get value(): number | null {
    return this.digits.length === 2 ? this.tens * 100 + this.digits[0]! * 10 + this.digits[1]! : null;
  }

  private tap(digit: number): void {
    if (this.digits.length === 2) this.digits = [];
    // Nobody has 30 to 33 degrees, and no thermometer shows 46: a first digit that makes no sense is not taken.
    if (this.digits.length === 0 && (this.tens === 3 ? digit < 4 : digit > 4)) return;
    this.digits.push(digit);
    this.draw();
    this.changed(this.value);
  }

  private draw(): void {
    keepFocus(this.root, () => this.render());
  }

  private render(): void {
    const shown = `${this.tens}${this.digits[0] ?? "_"}.${this.digits[1] ?? "_"}`;
    this.root.replaceChildren(
      h("output", { class: "degrees", "aria-live": "polite", "aria-label": this.t.temperature }, `${shown} ℃`),
      ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 0].map((digit) =>
        h("button", { type: "button", "data-key": `t${digit}`, class: "digit", click: () => this.tap(digit) }, String(digit)),
      ),
      h(
        "button",
        {
          type: "button",
          class: "wide",
          "data-key": "t4x",
          "aria-pressed": String(this.tens === 4),
          click: () => {
            this.tens = this.tens === 3 ? 4 : 3;
            this.digits = [];
            this.draw();
            this.changed(null);
          },
        },
        this.t.four,
      ),
      h(
        "button",
        {
          type: "button",
          class: "wide",
          "data-key": "tc",
          click: () => {
            this.tens = 3;
            this.digits = [];
            this.draw();
            this.changed(null);
          },
        },
        this.t.clear,
      ),
    );
  }
}
