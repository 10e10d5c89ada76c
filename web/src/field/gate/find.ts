/** Finds people by what a guard types: card number, name, flat, end of a telephone or identity number, plate. */

import { isCardNumber } from "./number";
import type { By, Inside, Pass, Resident, Roster } from "./types";

export interface Found {
  key: string;
  by: By;
  resident: Resident | null;
  pass: Pass | null;
  visit: Inside | null;
  /** Name or plate. */
  name: string;
  /** What tells them apart: flat, plate, whom they visit. */
  hint: string;
}

export const plain = (text: string): string => text.replace(/[\s·•.\-]/g, "").toUpperCase();

/** The pass of a resident that counts, else their newest. */
export function passOf(roster: Roster, resident: string): Pass | null {
  const own = roster.passes.filter((pass) => pass.resident === resident);
  return own.find((pass) => pass.state === "active") ?? own[own.length - 1] ?? null;
}

export function ofPass(roster: Roster, pass: Pass, by: By): Found {
  const resident = roster.residents.find((one) => one.id === pass.resident) ?? null;
  return {
    key: pass.id,
    by,
    resident,
    pass,
    visit: null,
    name: resident?.name || pass.name || pass.plate,
    hint: resident?.flat ?? pass.plate,
  };
}

function ofResident(roster: Roster, resident: Resident, by: By): Found {
  const pass = passOf(roster, resident.id);
  return { key: resident.id, by, resident, pass, visit: null, name: resident.name, hint: resident.flat };
}

export function ofVisit(visit: Inside): Found {
  const hint = [visit.visiting, visit.plate, visit.phone_end].filter(Boolean).join(" · ");
  return { key: visit.visit, by: "visit", resident: null, pass: null, visit, name: visit.name || visit.plate, hint };
}

export interface Answer {
  found: Found[];
  /** Eight digits that are no card number: one of them is wrong. */
  wrongNumber: boolean;
}

const MOST = 12;

/** What a text finds; `inside` are those from outside who are inside now. */
export function find(roster: Roster, inside: Inside[], typed: string): Answer {
  const text = plain(typed);
  if (text === "") return { found: [], wrongNumber: false };
  if (/^\d{8}$/.test(text)) {
    const pass = roster.passes.find((one) => one.number === text);
    if (pass) return { found: [ofPass(roster, pass, "number")], wrongNumber: false };
    if (!isCardNumber(text)) return { found: [], wrongNumber: true };
  }
  const found = new Map<string, Found>();
  const add = (one: Found) => {
    if (!found.has(one.key) && found.size < MOST) found.set(one.key, one);
  };
  const digits = /^\d{3,}X?$/.test(text);
  for (const resident of roster.residents) {
    if (plain(resident.name).startsWith(text)) add(ofResident(roster, resident, "name"));
    else if (plain(resident.flat).endsWith(text)) add(ofResident(roster, resident, "name"));
    else if (digits && resident.phone_end !== "" && (text.endsWith(resident.phone_end) || resident.phone_end.endsWith(text))) {
      add(ofResident(roster, resident, "phone"));
    } else if (digits && resident.identity_end !== "" && (text.endsWith(resident.identity_end) || resident.identity_end.endsWith(text))) {
      add(ofResident(roster, resident, "identity"));
    }
    if (found.size >= MOST) break;
  }
  for (const pass of roster.passes) {
    if (pass.resident) continue;
    if (pass.plate !== "" && text.length >= 3 && plain(pass.plate).includes(text)) add(ofPass(roster, pass, "plate"));
    else if (pass.name !== "" && plain(pass.name).startsWith(text)) add(ofPass(roster, pass, "name"));
  }
  for (const visit of inside) {
    const hit =
      plain(visit.name).startsWith(text) ||
      (text.length >= 3 && plain(visit.plate).includes(text)) ||
      (digits && visit.phone_end !== "" && text.endsWith(visit.phone_end));
    if (hit) add(ofVisit(visit));
  }
  return { found: Array.from(found.values()), wrongNumber: false };
}
