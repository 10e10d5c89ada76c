/** What a phone at a gate holds and records. Times are ISO 8601 UTC strings; temperatures tenths of a degree. */

export type Direction = "in" | "out";
export type Decision = "go" | "stop";
export type PassKind = "resident" | "vehicle" | "visitor" | "worker";
export type PassState = "active" | "withdrawn" | "replaced" | "returned";
export type Health = "green" | "yellow" | "red" | "none";
export type Travel = "clear" | "marked" | "none";
export type By = "scan" | "number" | "name" | "phone" | "identity" | "plate" | "visit" | "visitor";

export interface Rule {
  alarm: number;
  exits: { persons: number; days: number; hours: number } | null;
  visitors: boolean;
  health: boolean;
  travel: boolean;
  mask: boolean;
  boot: boolean;
}

export interface Resident {
  id: string;
  name: string;
  household: string;
  flat: string;
  phone_end: string;
  identity_end: string;
  weak: boolean;
}

export interface Pass {
  id: string;
  number: string;
  kind: PassKind;
  resident: string | null;
  household: string | null;
  name: string;
  plate: string;
  from: string;
  until: string;
  state: PassState;
}

export interface Span {
  from: string;
  until: string | null;
  why: string;
}

export interface Inside {
  visit: string;
  name: string;
  phone_end: string;
  plate: string;
  visiting: string;
  at: string;
}

export interface ShelfParcel {
  parcel: string;
  code: string;
  flat: string;
  household: string | null;
  name: string;
  heavy: boolean;
  carry: boolean;
  at: string;
}

/** `GET /api/gates/{id}/roster` */
export interface Roster {
  gate: { id: string; name: string; compound: string; community: string; community_id: string };
  now: string;
  until: string;
  rule: Rule;
  keys: { kid: string; public: string }[];
  residents: Resident[];
  passes: Pass[];
  standings: { resident: string; confined: Span | null; permit: Span | null }[];
  exits: { household: string; resident: string | null; at: string }[];
  inside: Inside[];
  parcels: ShelfParcel[];
}

/** Body of `gate.passage`. */
export interface Passage {
  gate: string;
  direction: Direction;
  decision: Decision;
  reason: string;
  by: By;
  resident?: string;
  pass?: string;
  visit?: string;
  name?: string;
  phone?: string;
  visiting?: string;
  from?: string;
  plate?: string;
  companions?: number;
  temperature?: number;
  health?: Health;
  travel?: Travel;
  mask?: boolean;
  boot?: boolean;
  despite?: string;
}

/** Body of `gate.returnee`. */
export interface Returnee {
  gate: string;
  name: string;
  phone: string;
  identity?: string;
  from: string;
  arrived: string;
  staying: string;
  temperature?: number;
  health?: Health;
  travel?: Travel;
}

/** Body of `gate.parcel`; the record's id names the parcel. */
export interface ParcelIn {
  gate: string;
  code?: string;
  household?: string;
  flat: string;
  name?: string;
  heavy?: boolean;
  carry?: boolean;
}

/** Body of `gate.parcel-out`. */
export interface ParcelOut {
  gate: string;
  parcel: string;
  carried: boolean;
}
