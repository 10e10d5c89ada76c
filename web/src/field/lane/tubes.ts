/** Tubes and people at a lane: the server's list with this phone's own records laid over it. Pure functions. */

import { plain } from "../gate/find";
import type { Contents } from "../queue";
import type { HandOver, LaneList, LanePerson, Sample, Seal } from "./types";

/** People in one tube; 0 stands for a household. */
export const CAPACITIES = [10, 20, 5, 1, 0] as const;

export interface Tube {
  code: string;
  capacity: number;
  taken: number;
  sealed: boolean;
  lane: string;
  /** Recorded on this phone, the oldest first. */
  own: { id: string; sample: Sample }[];
}

export interface State {
  tubes: Map<string, Tube>;
  /** Targets that are done with. */
  done: Set<string>;
  /** Samples of this phone on the round, the newest first. */
  own: { id: string; at: string; sample: Sample; waits: boolean }[];
  /** The tube into which was sampled last, while it is open. */
  open: Tube | null;
}

/** The code of a tube as it is kept: 6 to 20 letters and digits. The same as the server's. */
export function tubeCode(text: string): string | null {
  const code = text.replace(/[\s-]/g, "").toUpperCase();
  return /^[0-9A-Z]{6,20}$/.test(code) ? code : null;
}

export function stateOf(list: LaneList, contents: Contents, user: string): State {
  const all = [
    ...contents.sent.filter((item) => item.user === user).map(({ record }) => ({ record, waits: false })),
    ...contents.queued.filter((item) => item.user === user).map(({ record }) => ({ record, waits: true })),
  ].sort((a, b) => a.record.at.localeCompare(b.record.at));
  const voided = new Set(all.flatMap(({ record }) => (record.kind === "record.void" ? [(record.body as { record: string }).record] : [])));
  const tubes = new Map<string, Tube>(list.tubes.map((tube) => [tube.code, { ...tube, own: [] }]));
  const done = new Set(list.people.filter((one) => one.last).map((one) => one.target));
  const own: State["own"] = [];
  let open: Tube | null = null;
  for (const { record, waits } of all) {
    if (voided.has(record.id)) continue;
    if (record.kind === "sampling.sample") {
      const sample = record.body as Sample;
      if (sample.round !== list.lane.round) continue;
      let tube = tubes.get(sample.tube);
      if (!tube) tubes.set(sample.tube, (tube = { code: sample.tube, capacity: sample.capacity, taken: 0, sealed: false, lane: sample.lane, own: [] }));
      tube.own.push({ id: record.id, sample });
      // What the server has counted already is not counted twice.
      tube.taken = Math.max(tube.taken, tube.own.length);
      if (sample.target) done.add(sample.target);
      own.push({ id: record.id, at: record.at, sample, waits });
      open = tube;
    } else if (record.kind === "sampling.seal") {
      const seal = record.body as Seal;
      const tube = tubes.get(seal.tube);
      if (tube) tube.sealed = true;
    }
  }
  return { tubes, done, own: own.reverse(), open: open && !open.sealed ? open : null };
}

export interface Box {
  box: string;
  /** Closed tubes in it. */
  tubes: number;
}

/** Boxes with closed tubes that nobody has carried away yet, by name. */
export function boxesOf(list: LaneList, contents: Contents, user: string): Box[] {
  const items = [...contents.sent, ...contents.queued].filter((item) => item.user === user).map(({ record }) => record);
  const voided = new Set(items.flatMap((record) => (record.kind === "record.void" ? [(record.body as { record: string }).record] : [])));
  const own = items.filter((record) => !voided.has(record.id));
  const boxes = new Map<string, string>(list.tubes.filter((tube) => tube.sealed && tube.box).map((tube) => [tube.code, tube.box!]));
  for (const record of own) {
    const seal = record.body as Seal;
    if (record.kind === "sampling.seal" && seal.round === list.lane.round && seal.box) boxes.set(seal.tube, seal.box);
  }
  const gone = new Set(list.handed ?? []);
  for (const record of own) if (record.kind === "sampling.hand-over") gone.add((record.body as HandOver).box);
  const counts = new Map<string, number>();
  for (const box of boxes.values()) if (!gone.has(box)) counts.set(box, (counts.get(box) ?? 0) + 1);
  return [...counts].map(([box, tubes]) => ({ box, tubes })).sort((a, b) => a.box.localeCompare(b.box, undefined, { numeric: true }));
}

export type TubeRefusal = "bad" | "sealed" | "elsewhere" | "full";

/** What stands against beginning or going on with a tube at this lane. */
export function refuseTube(state: State, code: string | null, lane: string): TubeRefusal | null {
  if (!code) return "bad";
  const tube = state.tubes.get(code);
  if (!tube) return null;
  if (tube.sealed) return "sealed";
  if (tube.own.length === 0 && tube.lane !== lane) return "elsewhere";
  return tube.capacity > 0 && tube.taken >= tube.capacity ? "full" : null;
}

export type PersonRefusal = "already" | "full" | "household";

/** What stands against sampling somebody into a tube. */
export function refusePerson(list: LaneList, state: State, tube: Tube, person: LanePerson): PersonRefusal | null {
  if (state.done.has(person.target)) return "already";
  if (tube.capacity > 0 && tube.taken >= tube.capacity) return "full";
  if (tube.capacity > 0) return null;
  const first = list.people.find((one) => one.target === tube.own[0]?.sample.target);
  return first && first.household !== person.household ? "household" : null;
}

const MOST = 12;

/** People whom a text finds: card number, name, flat, end of a telephone or identity number. */
export function findPeople(list: LaneList, typed: string): LanePerson[] {
  const text = plain(typed);
  if (text === "") return [];
  const digits = /^\d{3,}X?$/.test(text);
  const ends = (end: string): boolean => digits && end !== "" && (text.endsWith(end) || end.endsWith(text));
  const found: LanePerson[] = [];
  for (const one of list.people) {
    const hit =
      (one.number !== "" && one.number === text) ||
      plain(one.name).startsWith(text) ||
      plain(one.flat).endsWith(text) ||
      ends(one.phone_end) ||
      ends(one.identity_end);
    if (hit) found.push(one);
    if (found.length >= MOST) break;
  }
  return found;
}
