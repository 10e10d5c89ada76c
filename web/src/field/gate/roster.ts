/**
 * The roster of a gate on this phone: encrypted with a key that no script can read out, and gone when the shift is over,
 * the session ends, or the server says that the gate is not theirs.
 */

import { done, type Db } from "../db";
import { fetchText, judgeFailure, type Fetch, type PostResult } from "../post";
import type { Roster } from "./types";

export interface Held {
  roster: Roster;
  version: string;
  /** Milliseconds of the phone's clock when it came. */
  receivedAt: number;
  /** Milliseconds by which the server's clock was ahead of the phone's. */
  skew: number;
}

interface Kept {
  id: string;
  user: string;
  until: number;
  version: string;
  receivedAt: number;
  skew: number;
  iv: Uint8Array;
  data: ArrayBuffer;
}

interface KeptKey {
  user: string;
  key: CryptoKey;
}

/** Whether a roster may no longer be used, by the server's clock. */
const over = (kept: Kept, now: number): boolean => kept.until <= now + (kept.skew || 0);

const name = (user: string, gate: string): string => `${user}/${gate}`;

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
      const said = Date.parse(roster.now);
      const skew = Number.isNaN(said) ? 0 : Math.round(said - (asked + receivedAt) / 2);
      return { kind: "roster", held: { roster, version: response.headers.get("etag") ?? "", receivedAt, skew } };
    }
  } catch {
    // not JSON: a stranger
  }
  return { kind: "stranger" };
}

/** Whether this browser can keep a roster: without a secure connection it only holds it while the page is open. */
export const canKeep = (): boolean => typeof crypto !== "undefined" && crypto.subtle !== undefined;

async function keyOf(db: Db, user: string, make: boolean): Promise<CryptoKey | null> {
  const kept = await db.get<KeptKey>("keys", user);
  if (kept) return kept.key;
  if (!make) return null;
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  await db.write(["keys"], async (tx) => {
    const store = tx.objectStore("keys");
    // Another tab may have been quicker.
    if ((await done(store.getKey(user))) === undefined) await done(store.put({ user, key } satisfies KeptKey));
  });
  return (await db.get<KeptKey>("keys", user))?.key ?? null;
}

/** Keeps a roster for times without a network. */
export async function keepRoster(db: Db, user: string, held: Held): Promise<void> {
  if (!canKeep()) return;
  const key = await keyOf(db, user, true);
  if (!key) return;
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(JSON.stringify(held.roster)));
  const kept: Kept = {
    id: name(user, held.roster.gate.id),
    user,
    until: Date.parse(held.roster.until),
    version: held.version,
    receivedAt: held.receivedAt,
    skew: held.skew,
    iv,
    data,
  };
  await db.write(["rosters"], async (tx) => {
    await done(tx.objectStore("rosters").put(kept));
  });
}

/** The roster kept for a gate, while it may be used. */
export async function keptRoster(db: Db, user: string, gate: string, now: number = Date.now()): Promise<Held | null> {
  if (!canKeep()) return null;
  const kept = await db.get<Kept>("rosters", name(user, gate));
  if (!kept || over(kept, now)) return null;
  const key = await keyOf(db, user, false);
  if (!key) return null;
  try {
    const bytes = await crypto.subtle.decrypt({ name: "AES-GCM", iv: kept.iv as BufferSource }, key, kept.data);
    const roster: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isRoster(roster) ? { roster, version: kept.version, receivedAt: kept.receivedAt, skew: kept.skew } : null;
  } catch {
    return null;
  }
}

/** Forgets all rosters and the key that opens them. Records that wait are not touched. */
export async function wipe(db: Db): Promise<void> {
  await db.write(["rosters", "keys"], async (tx) => {
    await done(tx.objectStore("keys").clear());
    await done(tx.objectStore("rosters").clear());
  });
}

/** Forgets one gate. */
export async function forget(db: Db, user: string, gate: string): Promise<void> {
  await db.write(["rosters"], async (tx) => {
    await done(tx.objectStore("rosters").delete(name(user, gate)));
  });
}

/** Forgets rosters whose shift is over, and those of other users. */
export async function prune(db: Db, user: string, now: number = Date.now()): Promise<void> {
  const all = await db.all<Kept>("rosters");
  const ended = all.filter((kept) => over(kept, now) || kept.user !== user);
  if (ended.length === 0) return;
  await db.write(["rosters", "keys"], async (tx) => {
    for (const kept of ended) {
      await done(tx.objectStore("rosters").delete(kept.id));
      if (kept.user !== user) await done(tx.objectStore("keys").delete(kept.user));
    }
  });
}
