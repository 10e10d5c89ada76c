/** What the screen shows: the server's duty with this phone's own records laid over it. Pure functions. */

import type { Contents } from "./queue";
import type { FieldRecord, KeptDuty, Person, Presence, Shift } from "./types";

export interface PersonView extends Person {
  /** A record about this person still waits on this phone. */
  waiting: boolean;
  /** This phone's record that made the present state, if it can be undone. */
  last: string | null;
}

export interface ShiftView extends Omit<Shift, "people"> {
  people: PersonView[];
  /** This user's own place on the shift, if any. */
  me: PersonView | null;
}

export interface CountView {
  id: string;
  shift: string;
  activity: string;
  quantity: number;
  at: string;
  waiting: boolean;
}

/** After a record was taken, a duty asked for within this time may not know it yet. */
const APPLY_MS = 5_000;

interface Local {
  record: FieldRecord;
  waiting: boolean;
  /** The duty on the screen is older than this record. */
  news: boolean;
}

function locals(user: string, contents: Contents, requestedAt: number): Local[] {
  const sent = contents.sent
    .filter((item) => item.user === user)
    .map(({ record, sentAt }) => ({ record, waiting: false, news: sentAt + APPLY_MS > requestedAt }));
  const queued = contents.queued
    .filter((item) => item.user === user)
    .map(({ record }) => ({ record, waiting: true, news: true }));
  // Ids are UUIDv7: they sort by the time they were made, also after the answers came back mixed.
  sent.sort((a, b) => (a.record.id < b.record.id ? -1 : 1));
  return [...sent, ...queued];
}

const is = <K extends FieldRecord["kind"]>(record: FieldRecord, kind: K): record is FieldRecord<K> =>
  record.kind === kind;

/** The shifts, soonest first. */
export function shiftViews(kept: KeptDuty, user: string, contents: Contents): ShiftView[] {
  const all = locals(user, contents, kept.requestedAt);
  const byId = new Map(all.map((local) => [local.record.id, local]));
  const voided = new Set<string>();
  for (const { record } of all) if (is(record, "record.void")) voided.add(record.body.record);

  const shifts = kept.duty.shifts.map((shift) => {
    const people = shift.people.map((person): PersonView => ({ ...person, waiting: false, last: null }));
    const find = (helper: string) => people.find((person) => person.helper === helper);
    for (const local of all) {
      const { record, waiting, news } = local;
      if (record.shift !== shift.id) continue;
      if (is(record, "record.void")) {
        const target = byId.get(record.body.record);
        if (!target || is(target.record, "record.void") || is(target.record, "work.count")) continue;
        const person = find((target.record as FieldRecord<"attendance.check-in">).body.helper);
        if (!person) continue;
        // The server's picture still shows what has since been voided: take it back.
        if (news && !target.news) revert(person, target.record);
        if (waiting) person.waiting = true;
      } else if (is(record, "attendance.check-in") || is(record, "attendance.check-out")) {
        if (voided.has(record.id)) continue;
        const person = find(record.body.helper);
        if (!person) continue;
        if (news) apply(person, record);
        const made: Presence = is(record, "attendance.check-in") ? "here" : "left";
        if (person.state === made) person.last = record.id;
        if (waiting) person.waiting = true;
      }
    }
    const helper = kept.duty.user.helper;
    return { ...shift, people, me: helper ? (find(helper) ?? null) : null };
  });
  return shifts.sort((a, b) => Date.parse(a.starts_at) - Date.parse(b.starts_at));
}

function apply(person: PersonView, record: FieldRecord): void {
  if (is(record, "attendance.check-in")) {
    person.state = "here";
    person.in_at = record.at;
    person.out_at = null;
  } else {
    person.state = "left";
    person.out_at = record.at;
  }
}

function revert(person: PersonView, record: FieldRecord): void {
  if (is(record, "attendance.check-in")) {
    person.state = "expected";
    person.in_at = null;
    person.out_at = null;
  } else {
    person.state = person.in_at ? "here" : "expected";
    person.out_at = null;
  }
  person.last = null;
}

/** The user's own counts of one day, oldest first. `day` tells the local day of an instant. */
export function counts(
  user: string,
  contents: Contents,
  day: (at: string) => string,
  today: string,
): CountView[] {
  const all = locals(user, contents, 0);
  const voided = new Set<string>();
  for (const { record } of all) if (is(record, "record.void")) voided.add(record.body.record);
  const out: CountView[] = [];
  for (const { record, waiting } of all) {
    const { shift } = record;
    if (!shift || !is(record, "work.count") || voided.has(record.id) || day(record.at) !== today) continue;
    const { activity, quantity } = record.body;
    out.push({ id: record.id, shift, activity, quantity, at: record.at, waiting });
  }
  return out;
}

const EARLY_MS = 3 * 3600_000;
const LATE_MS = 6 * 3600_000;

/** The shift to show first: where the user is here; else the one that is on, or next; else the last one. */
export function chooseShift(shifts: ShiftView[], now: number): ShiftView | null {
  const here = shifts.find((shift) => shift.me?.state === "here");
  if (here) return here;
  const open = shifts.filter((shift) => shift.leader || shift.me?.state !== "left");
  const near = (shift: ShiftView) =>
    now >= Date.parse(shift.starts_at) - EARLY_MS && now <= Date.parse(shift.ends_at) + LATE_MS;
  const running = (shift: ShiftView) => now >= Date.parse(shift.starts_at) && now <= Date.parse(shift.ends_at);
  return (
    open.find(running) ??
    open.find(near) ??
    shifts.find(near) ??
    open.find((shift) => Date.parse(shift.starts_at) > now) ??
    shifts[shifts.length - 1] ??
    null
  );
}
