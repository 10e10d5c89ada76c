/** The roster of a gate: asked for, and kept for times without a network. */

import type { Db } from "../db";
import { fetchText, judgeFailure, type Fetch, type PostResult } from "../post";
import * as vault from "../vault";
import type { Roster } from "./types";

export interface Held {
  roster: Roster;
  version: string;
  /** Milliseconds of the phone's clock when it came. */
  receivedAt: number;
  /** Milliseconds by which the server's clock was ahead of the phone's. */
  skew: number;
}

export type RosterResult =
  | { kind: "roster"; held: Held }
  | { kind: "same" }
  /** The gate is not this user's (any more). */
  | { kind: "gone" }
  | Exclude<PostResult, { kind: "answered" }>;

const isRoster = (value: unknown): value is Roster => {
  if (typeof value !== "object" || value === null) return false;
  const roster = value as Partial<Roster>;
  const lists = [roster.keys, roster.residents, roster.passes, roster.standings, roster.exits, roster.inside, roster.parcels];
  return (
    typeof roster.gate?.id === "string" &&
    typeof roster.rule?.alarm === "number" &&
    typeof roster.until === "string" &&
    !Number.isNaN(Date.parse(roster.until)) &&
    lists.every(Array.isArray)
  );
};

/** Asks the server. Never throws. */
export async function fetchRoster(fetch: Fetch, gate: string, version: string): Promise<RosterResult> {
  const asked = Date.now();
  const got = await fetchText(fetch, `/api/gates/${gate}/roster`, {
    headers: {
      Accept: "application/json, application/problem+json",
      ...(version ? { "If-None-Match": version } : {}),
    },
  });
  if (!got) return { kind: "unreachable" };
  const { response, text } = got;
  if (response.type === "opaqueredirect") return { kind: "stranger" };
  if (response.status === 304) return { kind: "same" };
  if (!response.ok) {
    const failure = judgeFailure(response, text);
    return response.status === 404 && failure.kind === "unfit" ? { kind: "gone" } : failure;
  }
  try {
    const roster: unknown = JSON.parse(text);
    if (isRoster(roster) && roster.gate.id === gate) {
      const receivedAt = Date.now();
      const skew = vault.skewOf(roster.now, asked, receivedAt);
      return { kind: "roster", held: { roster, version: response.headers.get("etag") ?? "", receivedAt, skew } };
    }
  } catch {
    // not JSON: a stranger
  }
  return { kind: "stranger" };
}

/** Keeps a roster for times without a network. */
export function keepRoster(db: Db, user: string, { roster, ...known }: Held): Promise<void> {
  return vault.keep(db, user, roster.gate.id, { value: roster, until: Date.parse(roster.until), ...known });
}

/** The roster kept for a gate, while it may be used. */
export async function keptRoster(db: Db, user: string, gate: string, now: number = Date.now()): Promise<Held | null> {
  const held = await vault.kept(db, user, gate, isRoster, now);
  return held && { roster: held.value, version: held.version, receivedAt: held.receivedAt, skew: held.skew };
}
