/** Who is on which shift, as the server last said. */

import { done, type Db } from "./db";
import { fetchText, judgeFailure, type Fetch, type PostResult } from "./post";
import type { Activity, Duty, KeptDuty, Person, Shift } from "./types";

export type DutyResult = { kind: "duty"; kept: KeptDuty } | Exclude<PostResult, { kind: "answered" }>;

type Loose = Record<string, unknown>;
const isObject = (value: unknown): value is Loose => typeof value === "object" && value !== null;
const isText = (value: unknown): value is string => typeof value === "string";
const isTextOrNull = (value: unknown): value is string | null | undefined => value == null || isText(value);
const isTime = (value: unknown): value is string => isText(value) && !Number.isNaN(Date.parse(value));

const isPerson = (value: unknown): value is Person =>
  isObject(value) &&
  isText(value.helper) &&
  isText(value.name) &&
  (value.state === "expected" || value.state === "here" || value.state === "left") &&
  isTextOrNull(value.in_at) &&
  isTextOrNull(value.out_at);

const isShift = (value: unknown): value is Shift =>
  isObject(value) &&
  isText(value.id) &&
  isText(value.post) &&
  isText(value.place) &&
  isTextOrNull(value.org) &&
  isTime(value.starts_at) &&
  isTime(value.ends_at) &&
  typeof value.leader === "boolean" &&
  Array.isArray(value.people) &&
  value.people.every(isPerson);

const isActivity = (value: unknown): value is Activity =>
  isObject(value) && isText(value.code) && isText(value.zh) && isText(value.en);

/** The duty, when the value has the shape of one; otherwise null. */
export function readDuty(value: unknown): Duty | null {
  if (!isObject(value) || !isObject(value.user)) return null;
  const { user } = value;
  const good =
    isText(user.id) &&
    isText(user.name) &&
    isTextOrNull(user.helper) &&
    isTime(value.now) &&
    isText(value.zone) &&
    Array.isArray(value.activities) &&
    value.activities.every(isActivity) &&
    Array.isArray(value.shifts) &&
    value.shifts.every(isShift);
  return good ? (value as unknown as Duty) : null;
}

/** Asks the server. Never throws. */
export async function fetchDuty(fetch: Fetch): Promise<DutyResult> {
  const requestedAt = Date.now();
  const got = await fetchText(fetch, "/api/field/duty", {
    headers: { Accept: "application/json, application/problem+json" },
  });
  if (!got) return { kind: "unreachable" };
  const { response, text } = got;
  if (response.type === "opaqueredirect") return { kind: "stranger" };
  if (!response.ok) return judgeFailure(response, text);
  let duty: Duty | null = null;
  try {
    duty = readDuty(JSON.parse(text));
  } catch {
    // not JSON: a stranger
  }
  if (!duty) return { kind: "stranger" };
  return { kind: "duty", kept: { user: duty.user.id, duty, requestedAt, receivedAt: Date.now() } };
}

export async function keepDuty(db: Db, kept: KeptDuty): Promise<void> {
  await db.write(["duty"], async (tx) => {
    await done(tx.objectStore("duty").put(kept));
  });
}

export async function lastDuty(db: Db, user: string): Promise<KeptDuty | undefined> {
  return db.get<KeptDuty>("duty", user);
}
