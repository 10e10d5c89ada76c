/** The short forms of the gate: a visitor, somebody back from elsewhere, a parcel. What was typed stays until it is kept. */

import { h } from "../dom";
import type { GateTexts } from "./texts";
import type { ParcelIn, Resident, Returnee, Roster } from "./types";

interface Field {
  name: string;
  label: string;
  type?: "text" | "tel" | "date" | "number";
  required?: boolean;
  list?: string;
  value?: string;
  most: number;
}

/** Digits of a telephone number, or null when it is none. */
export const phone = (text: string): string | null => {
  const digits = text.replace(/[\s\-()（）+]/g, "");
  return /^\d{5,15}$/.test(digits) ? digits : null;
};

function form(
  t: GateTexts,
  title: string,
  fields: Field[],
  extra: HTMLElement[],
  submit: string,
  send: (values: Record<string, string>) => void,
  cancel: () => void,
): HTMLElement {
  const inputs = new Map<string, { input: HTMLInputElement; error: HTMLElement; field: Field }>();
  const rows = fields.map((field) => {
    const error = h("span", { class: "field-error", role: "alert" });
    const input = h("input", {
      name: field.name,
      type: field.type ?? "text",
      maxlength: field.most,
      value: field.value ?? "",
      autocomplete: "off",
      list: field.list,
      inputmode: field.type === "number" ? "numeric" : undefined,
    });
    inputs.set(field.name, { input, error, field });
    return h("label", { class: "gate-field" }, h("span", {}, field.label), input, error);
  });
  return h(
    "form",
    {
      class: "gate-form",
      novalidate: true,
      submit: (event) => {
        event.preventDefault();
        const values: Record<string, string> = {};
        let first: HTMLInputElement | null = null;
        for (const [name, { input, error, field }] of inputs) {
          const value = input.value.trim();
          const wrong =
            field.required && value === "" ? t.missing : field.type === "tel" && value !== "" && !phone(value) ? t.badPhone : "";
          error.textContent = wrong;
          input.toggleAttribute("aria-invalid", wrong !== "");
          if (wrong && !first) first = input;
          values[name] = field.type === "tel" ? (phone(value) ?? "") : value;
        }
        if (first) first.focus();
        else send(values);
      },
    },
    h("h2", {}, title),
    ...rows,
    ...extra,
    h(
      "div",
      { class: "gate-actions" },
      h("button", { type: "submit", class: "gate-big go" }, submit),
      h("button", { type: "button", class: "gate-side", click: cancel }, t.cancel),
    ),
  );
}

/** Flats to choose from while typing. */
export function flats(roster: Roster): HTMLDataListElement {
  const all = Array.from(new Set(roster.residents.map((one) => one.flat))).slice(0, 2_000);
  return h("datalist", { id: "gate-flats" }, ...all.map((flat) => h("option", { value: flat })));
}

export interface VisitorInput {
  name: string;
  phone: string;
  visiting: string;
  from: string;
  plate: string;
  companions: number;
}

export function visitorForm(t: GateTexts, typed: string, send: (visitor: VisitorInput) => void, cancel: () => void): HTMLElement {
  const digits = phone(typed);
  const name = /^[\d\s]*$/.test(typed) || /^.[A-Z0-9]{5,7}$/i.test(typed) ? "" : typed;
  return form(
    t,
    t.visitor,
    [
      { name: "name", label: t.name, required: true, most: 40, value: name },
      { name: "phone", label: t.phone, type: "tel", required: true, most: 20, value: digits ?? "" },
      { name: "visiting", label: t.visiting, required: true, most: 60, list: "gate-flats" },
      { name: "from", label: t.from, most: 60 },
      { name: "plate", label: t.plate, most: 12, value: /^.[A-Z][A-Z0-9]{5,6}$/i.test(typed) ? typed : "" },
      { name: "companions", label: t.companions, type: "number", most: 2, value: "0" },
    ],
    [],
    t.check,
    (values) =>
      send({
        name: values["name"]!,
        phone: values["phone"]!,
        visiting: values["visiting"]!,
        from: values["from"]!,
        plate: values["plate"]!,
        companions: Math.min(20, Math.max(0, Number.parseInt(values["companions"]!, 10) || 0)),
      }),
    cancel,
  );
}

export function returneeForm(
  t: GateTexts,
  gate: string,
  today: string,
  known: Partial<VisitorInput>,
  send: (returnee: Returnee) => void,
  cancel: () => void,
): HTMLElement {
  return form(
    t,
    t.returnee,
    [
      { name: "name", label: t.name, required: true, most: 40, value: known.name ?? "" },
      { name: "phone", label: t.phone, type: "tel", required: true, most: 20, value: known.phone ?? "" },
      { name: "from", label: t.from, required: true, most: 60, value: known.from ?? "" },
      { name: "arrived", label: t.arrived, type: "date", required: true, most: 10, value: today },
      { name: "staying", label: t.staying, required: true, most: 60, list: "gate-flats", value: known.visiting ?? "" },
      { name: "identity", label: t.identity, most: 20 },
    ],
    [],
    t.register,
    (values) =>
      send({
        gate,
        name: values["name"]!,
        phone: values["phone"]!,
        from: values["from"]!,
        arrived: values["arrived"]!,
        staying: values["staying"]!,
        ...(values["identity"] ? { identity: values["identity"] } : {}),
      }),
    cancel,
  );
}

export function parcelForm(t: GateTexts, gate: string, residents: Resident[], send: (parcel: ParcelIn) => void, cancel: () => void): HTMLElement {
  const heavy = h("input", { type: "checkbox", name: "heavy" });
  const carry = h("input", { type: "checkbox", name: "carry" });
  const box = (input: HTMLInputElement, label: string) => h("label", { class: "gate-box" }, input, h("span", {}, label));
  return form(
    t,
    t.parcelIn,
    [
      { name: "flat", label: t.parcelFlat, required: true, most: 60, list: "gate-flats" },
      { name: "name", label: t.parcelName, most: 40 },
      { name: "code", label: t.parcelCode, most: 40 },
    ],
    [box(heavy, t.heavy), box(carry, t.carry)],
    t.parcelIn,
    (values) => {
      const home = residents.find((one) => one.flat === values["flat"]);
      send({
        gate,
        flat: values["flat"]!,
        ...(home ? { household: home.household } : {}),
        ...(values["name"] ? { name: values["name"] } : {}),
        ...(values["code"] ? { code: values["code"] } : {}),
        heavy: heavy.checked,
        carry: carry.checked || (home?.weak ?? false),
      });
    },
    cancel,
  );
}
