/** Rounds and pieces: asked for, taken, given back, and kept for times without a network. */

import type { Db } from "../db";
import { fetchText, judgeFailure, type Fetch, type PostResult } from "../post";
import * as vault from "../vault";
import type { Piece, Sheet, Work } from "./types";

export type { Work } from "./types";

const WORKS = "works";
const PIECE = "piece/";
/** What was worked on is remembered as long as a shift may last. */
const WORKS_MS = 16 * 3600_000;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const isWork = (value: unknown): value is Work =>
  isObject(value) && typeof value.id === "string" && typeof value.name === "string" && Array.isArray(value.offers);
const areWorks = (value: unknown): value is Work[] => Array.isArray(value) && value.every(isWork);

/** A sheet of doors has this shape. */
export const isSheet = (value: unknown): value is Sheet =>
  isObject(value) &&
  isWork(value.round) &&
  isObject(value.piece) &&
  typeof value.piece.id === "string" &&
  Array.isArray(value.doors) &&
  typeof value.until === "string" &&
  !Number.isNaN(Date.parse(value.until));

async function ask(fetch: Fetch, url: string, init: RequestInit = {}): Promise<{ status: number; body: unknown; trouble: PostResult | null }> {
  const got = await fetchText(fetch, url, { ...init, headers: { Accept: "application/json, application/problem+json", ...init.headers } });
  if (!got) return { status: 0, body: null, trouble: { kind: "unreachable" } };
  const { response, text } = got;
  let body: unknown = null;
  try {
    body = JSON.parse(text);
  } catch {
    // not JSON
  }
  const trouble = response.ok ? (isObject(body) ? null : ({ kind: "stranger" } as const)) : judgeFailure(response, text);
  return { status: response.status, body, trouble };
}

/** Rounds on which the user works; null when the server did not say. Never throws. */
export async function fetchWorks(fetch: Fetch): Promise<Work[] | null> {
  const { body, trouble } = await ask(fetch, "/api/rounds");
  return !trouble && isObject(body) && areWorks(body.rounds) ? body.rounds : null;
}

export function keepWorks(db: Db, user: string, works: Work[]): Promise<void> {
  const receivedAt = Date.now();
  return vault.keep(db, user, WORKS, { value: works, version: "", receivedAt, skew: 0, until: receivedAt + WORKS_MS });
}

export async function keptWorks(db: Db, user: string): Promise<Work[]> {
  return (await vault.kept(db, user, WORKS, areWorks))?.value ?? [];
}

/** The pieces of a round; null when the server did not say. */
export async function fetchPieces(fetch: Fetch, round: string): Promise<Piece[] | null> {
  const { body, trouble } = await ask(fetch, `/api/rounds/${round}/pieces`);
  return !trouble && isObject(body) && Array.isArray(body.pieces) ? (body.pieces as Piece[]) : null;
}

export type Taken = { kind: "taken"; held: vault.Held<Sheet> } | { kind: "refused"; code: string; title: string } | { kind: "offline" };

const held = (sheet: Sheet, asked: number): vault.Held<Sheet> => {
  const receivedAt = Date.now();
  return { value: sheet, version: "", receivedAt, skew: vault.skewOf(sheet.now, asked, receivedAt), until: Date.parse(sheet.until) };
};

function read({ status, body, trouble }: { status: number; body: unknown; trouble: PostResult | null }, asked: number): Taken {
  if (!trouble && isSheet(body)) return { kind: "taken", held: held(body, asked) };
  if (isObject(body) && typeof body.code === "string" && status >= 400 && status < 500) {
    return { kind: "refused", code: body.code, title: typeof body.title === "string" ? body.title : "" };
  }
  return { kind: "offline" };
}

/** Takes a piece, or the nearest free one. */
export async function take(fetch: Fetch, round: string, wanted: { piece?: string; near?: string; team?: number }): Promise<Taken> {
  const asked = Date.now();
  const init = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(wanted) };
  return read(await ask(fetch, `/api/rounds/${round}/claims`, init), asked);
}

/** The nearest free piece, not taken, to be kept for when there is no network. */
export async function fetchNext(fetch: Fetch, round: string, near: string, team: number): Promise<Taken> {
  const asked = Date.now();
  const query = new URLSearchParams({ near, ...(team ? { team: String(team) } : {}) });
  return read(await ask(fetch, `/api/rounds/${round}/next?${query.toString()}`), asked);
}

const NEXT = "next/";

export const keepNext = (db: Db, user: string, sheet: vault.Held<Sheet>): Promise<void> => vault.keep(db, user, `${NEXT}${sheet.value.round.id}`, sheet);

export const keptNext = (db: Db, user: string, round: string): Promise<vault.Held<Sheet> | null> => vault.kept(db, user, `${NEXT}${round}`, isSheet);

export const forgetNext = (db: Db, user: string, round: string): Promise<void> => vault.forget(db, user, `${NEXT}${round}`);

/** The doors of a piece as the server knows them now. */
export async function fetchSheet(fetch: Fetch, piece: string): Promise<Taken> {
  const asked = Date.now();
  return read(await ask(fetch, `/api/rounds/pieces/${piece}`), asked);
}

/** Gives a piece back; false when the server could not be reached. */
export async function give(fetch: Fetch, piece: string): Promise<boolean> {
  const got = await fetchText(fetch, `/api/rounds/pieces/${piece}/claim`, { method: "DELETE" });
  return got?.response.status === 204;
}

export const keepSheet = (db: Db, user: string, sheet: vault.Held<Sheet>): Promise<void> =>
  vault.keep(db, user, `${PIECE}${sheet.value.piece.id}`, sheet);

export const keptSheet = (db: Db, user: string, piece: string): Promise<vault.Held<Sheet> | null> =>
  vault.kept(db, user, `${PIECE}${piece}`, isSheet);

export const forgetSheet = (db: Db, user: string, piece: string): Promise<void> => vault.forget(db, user, `${PIECE}${piece}`);

/** The pieces kept on this phone. */
export async function keptSheets(db: Db, user: string): Promise<vault.Held<Sheet>[]> {
  const names = await vault.names(db, user, PIECE);
  const all = await Promise.all(names.map((name) => vault.kept(db, user, name, isSheet)));
  return all.filter((one): one is vault.Held<Sheet> => one !== null);
}
