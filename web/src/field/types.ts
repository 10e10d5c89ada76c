/** What the server and the phone say to each other. Times are ISO 8601 UTC strings. */

import type { HandOver, Sample, Seal } from "./lane/types";
import type { Claimed, Visited } from "./round/types";
import type { ParcelIn, ParcelOut, Passage, Returnee } from "./gate/types";

export type Kind = keyof Bodies;

export interface Bodies {
  "attendance.check-in": { helper: string };
  "attendance.check-out": { helper: string };
  /** `quantity` is a whole number from 1 to 100000. */
  "work.count": { helper: string; activity: string; quantity: number };
  /** `place`: where it was made, when it belongs to no shift. */
  "record.void": { record: string; reason: string; place?: string };
  "gate.passage": Passage;
  "gate.returnee": Returnee;
  "gate.parcel": ParcelIn;
  "gate.parcel-out": ParcelOut;
  "round.outcome": Visited;
  "round.claim": Claimed;
  "sampling.sample": Sample;
  "sampling.seal": Seal;
  "sampling.hand-over": HandOver;
}

/** One envelope, exactly as it is sent. `at` is the phone's time when the person tapped. */
export interface FieldRecord<K extends Kind = Kind> {
  id: string;
  kind: K;
  at: string;
  /** Null: recorded by staff who are on no shift. */
  shift: string | null;
  body: Bodies[K];
}

/** A record that waits on this phone. `seq` gives the order; `user` is who made it. */
export interface Queued {
  seq: number;
  user: string;
  record: FieldRecord;
}

/** A record the server has taken, kept for some days for the person's own sums. */
export interface Sent {
  id: string;
  user: string;
  record: FieldRecord;
  /** Phone time, in milliseconds, when the answer arrived. */
  sentAt: number;
}

/** A record the server has answered with `conflict` or `rejected`; shown until it is dismissed. */
export interface Refused {
  id: string;
  user: string;
  record: FieldRecord;
  status: "conflict" | "rejected";
  code: string;
  detail: string;
}

export interface Answer {
  id: string;
  status: "accepted" | "duplicate" | "conflict" | "rejected";
  code: string;
  detail: string;
}

export type Presence = "expected" | "here" | "left";

export interface Person {
  helper: string;
  name: string;
  state: Presence;
  in_at: string | null;
  out_at: string | null;
}

export interface Shift {
  id: string;
  post: string;
  place: string;
  org: string | null;
  starts_at: string;
  ends_at: string;
  leader: boolean;
  people: Person[];
}

export interface Activity {
  code: string;
  zh: string;
  en: string;
}

export interface Duty {
  user: { id: string; name: string; helper: string | null; joined?: boolean };
  /** Not in what an older phone has kept. */
  roll_calls?: { id: string; reason: string }[];
  now: string;
  zone: string;
  activities: Activity[];
  shifts: Shift[];
  /** Gate posts at which the user may stand now. Not in what an older phone has kept. */
  gates?: DutyGate[];
}

export interface DutyGate {
  /** The place of the post. */
  id: string;
  name: string;
  place: string;
  shift: string | null;
  until: string;
}

/** The last good duty answer. Times in milliseconds of the phone's clock. */
export interface KeptDuty {
  user: string;
  duty: Duty;
  requestedAt: number;
  receivedAt: number;
}
