/**
 * What a phone holds of others (rosters, doors): encrypted with a key that no script can read out, and gone when the
 * shift is over, the session ends, or the server says that it is not theirs.
 */

import { done, type Db } from "./db";

/** Something held, with what is known of it. */
export interface Held<T> {
  value: T;
  version: string;
  /** Milliseconds of the phone's clock when it came. */
  receivedAt: number;
  /** Milliseconds by which the server's clock was ahead of the phone's. */
  skew: number;
  /** Milliseconds of the server's clock after which it is forgotten. */
  until: number;
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

const full = (user: string, name: string): string => `${user}/${name}`;

/** Whether something may no longer be used, by the server's clock. */
const over = (kept: Kept, now: number): boolean => kept.until <= now + (kept.skew || 0);

/** Whether this browser can keep anything: without a secure connection it only holds it while the page is open. */
export const canKeep = (): boolean => typeof crypto !== "undefined" && crypto.subtle !== undefined;

/** Milliseconds by which the server's clock is ahead, from what it said between two moments of the phone's. */
export function skewOf(said: string, asked: number, received: number): number {
  const time = Date.parse(said);
  return Number.isNaN(time) ? 0 : Math.round(time - (asked + received) / 2);
}

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

/** Keeps something under a name for times without a network. */
export async function keep<T>(db: Db, user: string, name: string, held: Held<T>): Promise<void> {
  if (!canKeep()) return;
  const key = await keyOf(db, user, true);
  if (!key) return;
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const { value, ...known } = held;
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(JSON.stringify(value)));
  const kept: Kept = { id: full(user, name), user, ...known, iv, data };
  await db.write(["rosters"], async (tx) => {
    await done(tx.objectStore("rosters").put(kept));
  });
}

/** What is kept under a name, while it may be used and looks as it should. */
export async function kept<T>(
  db: Db,
  user: string,
  name: string,
  is: (value: unknown) => value is T,
  now: number = Date.now(),
): Promise<Held<T> | null> {
  if (!canKeep()) return null;
  const found = await db.get<Kept>("rosters", full(user, name));
  if (!found || over(found, now)) return null;
  const key = await keyOf(db, user, false);
  if (!key) return null;
  try {
    const bytes = await crypto.subtle.decrypt({ name: "AES-GCM", iv: found.iv as BufferSource }, key, found.data);
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const { version, receivedAt, skew, until } = found;
    return is(value) ? { value, version, receivedAt, skew, until } : null;
  } catch {
    return null;
  }
}

/** The names that begin so and may be used. */
export async function names(db: Db, user: string, beginning: string, now: number = Date.now()): Promise<string[]> {
  const start = full(user, beginning);
  const all = await db.all<Kept>("rosters");
  return all.filter((one) => one.id.startsWith(start) && !over(one, now)).map((one) => one.id.slice(user.length + 1));
}

/** Forgets everything and the key that opens it. Records that wait are not touched. */
export async function wipe(db: Db): Promise<void> {
  await db.write(["rosters", "keys"], async (tx) => {
    await done(tx.objectStore("keys").clear());
    await done(tx.objectStore("rosters").clear());
  });
}

/** Forgets one thing. */
export async function forget(db: Db, user: string, name: string): Promise<void> {
  await db.write(["rosters"], async (tx) => {
    await done(tx.objectStore("rosters").delete(full(user, name)));
  });
}

/** Forgets what is over, and what belongs to other users. */
export async function prune(db: Db, user: string, now: number = Date.now()): Promise<void> {
  const all = await db.all<Kept>("rosters");
  const ended = all.filter((one) => over(one, now) || one.user !== user);
  if (ended.length === 0) return;
  await db.write(["rosters", "keys"], async (tx) => {
    for (const one of ended) {
      await done(tx.objectStore("rosters").delete(one.id));
      if (one.user !== user) await done(tx.objectStore("keys").delete(one.user));
    }
  });
}
