/** What this phone knows at its gate: the server's roster with the phone's own records laid over it. Pure functions. */

import type { Contents } from "../queue";
import type { FieldRecord } from "../types";
import type { Asked, Kind } from "./decide";
import type { Found } from "./find";
import type { Held } from "./roster";
import type { Direction, Health, Inside, ParcelIn, ParcelOut, Passage, Roster, ShelfParcel, Travel } from "./types";

export interface Own {
  id: string;
  /** By the server's clock. */
  at: string;
  shift: string | null;
  passage: Passage;
  /** Still on this phone only. */
  waits: boolean;
}

export interface Book {
  inside: Inside[];
  parcels: ShelfParcel[];
  /** Passages recorded on this phone at this gate, the newest first. */
  own: Own[];
}

/** The same pass or person in the same direction within so long is worth a warning: a photograph may be going round. */
const AGAIN_MS = 10 * 60_000;

function records(contents: Contents, user: string, skew: number): { record: FieldRecord; waits: boolean; sentAt: number }[] {
  // What the phone's clock said, by the server's, as everything else in the book.
  const timed = (record: FieldRecord): FieldRecord => ({ ...record, at: new Date(Date.parse(record.at) + skew).toISOString() });
  const sent = contents.sent
    .filter((item) => item.user === user)
    .map(({ record, sentAt }) => ({ record: timed(record), waits: false, sentAt }));
  const queued = contents.queued
    .filter((item) => item.user === user)
    .map(({ record }) => ({ record: timed(record), waits: true, sentAt: Infinity }));
  return [...sent, ...queued];
}

export function makeBook(held: Held, contents: Contents, user: string): Book {
  const { roster } = held;
  const gate = roster.gate.id;
  const all = records(contents, user, held.skew);
  const voided = new Set(all.flatMap(({ record }) => (record.kind === "record.void" ? [(record.body as { record: string }).record] : [])));
  const own: Own[] = [];
  const inside = new Map(roster.inside.map((one) => [one.visit, one]));
  const parcels = new Map(roster.parcels.map((one) => [one.parcel, one]));
  // What the server took after it made the roster is not in it; a little is counted twice rather than missed.
  const since = held.receivedAt - 5_000;
  for (const { record, waits, sentAt } of all.sort((a, b) => a.record.at.localeCompare(b.record.at))) {
    if (voided.has(record.id)) {
      inside.delete(record.id);
      parcels.delete(record.id);
      continue;
    }
    const fresh = waits || sentAt > since;
    if (record.kind === "gate.passage") {
      const passage = record.body as Passage;
      if (passage.gate !== gate) continue;
      own.push({ id: record.id, at: record.at, shift: record.shift, passage, waits });
      if (!fresh || passage.decision !== "go") continue;
      if (passage.direction === "in" && passage.by === "visitor") {
        inside.set(record.id, {
          visit: record.id,
          name: passage.name ?? "",
          phone_end: (passage.phone ?? "").slice(-4),
          plate: passage.plate ?? "",
          visiting: passage.visiting ?? "",
          at: record.at,
        });
      }
    } else if (record.kind === "gate.parcel" && fresh) {
      const body = record.body as ParcelIn;
      if (body.gate !== gate) continue;
      parcels.set(record.id, {
        parcel: record.id,
        code: body.code ?? "",
        flat: body.flat,
        household: body.household ?? null,
        name: body.name ?? "",
        heavy: body.heavy === true,
        carry: body.carry === true,
        at: record.at,
      });
    }
  }
  // What has left, whenever that was recorded.
  for (const { record } of all) {
    if (voided.has(record.id)) continue;
    if (record.kind === "gate.parcel-out") parcels.delete((record.body as ParcelOut).parcel);
    const body = record.body as Partial<Passage>;
    if (record.kind === "gate.passage" && body.visit && body.direction === "out" && body.decision === "go") inside.delete(body.visit);
  }
  return {
    inside: Array.from(inside.values()).sort((a, b) => b.at.localeCompare(a.at)),
    parcels: Array.from(parcels.values()).sort((a, b) => a.at.localeCompare(b.at)),
    own: own.reverse(),
  };
}

/** Exits the household of somebody has left, where they are limited. */
export function exitsLeft(roster: Roster, book: Book, household: string | null, now: number): number | null {
  const { exits } = roster.rule;
  if (!exits || !household) return null;
  const from = now - exits.days * 24 * 3600_000;
  const members = new Set(roster.residents.filter((one) => one.household === household).map((one) => one.id));
  const known = roster.exits.filter((exit) => exit.household === household && Date.parse(exit.at) > from);
  const fresh = book.own.filter(
    ({ at, passage, waits }) =>
      waits &&
      passage.direction === "out" &&
      passage.decision === "go" &&
      !passage.despite &&
      passage.resident !== undefined &&
      members.has(passage.resident) &&
      Date.parse(at) > from,
  );
  return exits.persons - known.length - fresh.length;
}

/** The passage of the same person in the same direction a moment ago, on this phone. */
export function again(book: Book, found: Found, direction: Direction, now: number): Own | null {
  const same = (passage: Passage): boolean =>
    (found.resident !== null && passage.resident === found.resident.id) || (found.pass !== null && passage.pass === found.pass.id);
  const last = book.own.find(({ passage }) => passage.decision === "go" && same(passage));
  if (!last || last.passage.direction !== direction) return null;
  return Math.abs(now - Date.parse(last.at)) < AGAIN_MS ? last : null;
}

/** What is measured and looked at before the decision. */
export interface Looked {
  temperature: number | null;
  health: Health | null;
  travel: Travel | null;
  mask: boolean | null;
  boot: boolean | null;
}

/** The question that the decision answers. */
export function question(
  roster: Roster,
  book: Book,
  found: Found | null,
  kind: Kind,
  looked: Looked,
  car: boolean,
  direction: Direction,
  now: number,
): Asked {
  const standing = roster.standings.find((one) => one.resident === found?.resident?.id);
  const household = found?.resident?.household ?? found?.pass?.household ?? null;
  return {
    direction,
    kind,
    pass: found?.pass ? { state: found.pass.state, from: found.pass.from, until: found.pass.until, trust: "ok" } : null,
    confined: standing?.confined ?? null,
    permit: standing?.permit ?? null,
    exits_left: direction === "out" ? exitsLeft(roster, book, household, now) : null,
    ...looked,
    car,
    rule: roster.rule,
    now: new Date(now).toISOString(),
  };
}

/** What somebody is. A resident found by name whose pass has ended is still a resident. */
export function kindOf(found: Found): Kind {
  if (found.resident) return "resident";
  if (found.visit) return "visitor";
  return found.pass?.kind ?? "unknown";
}
