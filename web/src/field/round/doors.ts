/** A building as it is: staircases across, floors up; with this phone's own records laid over it. Pure functions. */

import type { Contents } from "../queue";
import type { Held } from "../vault";
import type { Claimed, Door, Offer, Outcome, Sheet, Visited } from "./types";

export interface Mine {
  id: string;
  at: string;
  visited: Visited;
  waits: boolean;
}

/** What this phone recorded at the doors of a piece, the oldest first; what was taken back is left out. */
export function mine(contents: Contents, user: string, piece: string): Mine[] {
  const all = [
    ...contents.sent.filter((item) => item.user === user).map(({ record }) => ({ record, waits: false })),
    ...contents.queued.filter((item) => item.user === user).map(({ record }) => ({ record, waits: true })),
  ];
  const voided = new Set(all.flatMap(({ record }) => (record.kind === "record.void" ? [(record.body as { record: string }).record] : [])));
  return all
    .filter(({ record }) => record.kind === "round.outcome" && !voided.has(record.id) && (record.body as Visited).piece === piece)
    .map(({ record, waits }) => ({ id: record.id, at: record.at, visited: record.body as Visited, waits }))
    .sort((a, b) => a.at.localeCompare(b.at));
}

/** Whether a piece was taken on this phone without a network, and the server does not know of it yet. */
export const claimWaits = (contents: Contents, user: string, piece: string): boolean =>
  contents.queued.some((item) => item.user === user && item.record.kind === "round.claim" && (item.record.body as Claimed).piece === piece);

const ends = (offers: Offer[], outcome: Outcome): boolean => offers.find((one) => one.outcome === outcome)?.last ?? false;

/** The doors with what this phone knows beside the server: a final outcome stays, else the last counts. */
export function overlaid(held: Held<Sheet>, own: Mine[]): Door[] {
  const { doors, round } = held.value;
  const byDoor = new Map<string, Mine[]>();
  for (const one of own) byDoor.set(one.visited.target, [...(byDoor.get(one.visited.target) ?? []), one]);
  return doors.map((door) => {
    const records = byDoor.get(door.id);
    if (!records) return door;
    let { outcome, last, at } = door;
    for (const one of records) {
      const final = ends(round.offers, one.visited.outcome);
      if (last && !final) continue;
      outcome = one.visited.outcome;
      last = final;
      at = one.at;
    }
    return { ...door, outcome, last, at, tries: Math.max(door.tries, records.length) };
  });
}

export interface Staircase {
  unit: string;
  /** From the top down. */
  floors: { floor: number; doors: Door[] }[];
}

/** The building as it stands. */
export function staircases(doors: Door[]): Staircase[] {
  const all: Staircase[] = [];
  for (const door of doors) {
    let staircase = all.find((one) => one.unit === door.unit);
    if (!staircase) all.push((staircase = { unit: door.unit, floors: [] }));
    let floor = staircase.floors.find((one) => one.floor === door.floor);
    if (!floor) staircase.floors.push((floor = { floor: door.floor, doors: [] }));
    floor.doors.push(door);
  }
  for (const staircase of all) staircase.floors.sort((a, b) => b.floor - a.floor);
  return all;
}

/** The door after this one at which nobody has been, on the way up; then any that is not finished; else none. */
export function next(doors: Door[], after: string | null): Door | null {
  const start = doors.findIndex((door) => door.id === after) + 1;
  const way = [...doors.slice(start), ...doors.slice(0, start)].filter((door) => door.id !== after);
  return way.find((door) => door.outcome === "") ?? null;
}
