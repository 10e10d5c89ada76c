/** The list of a lane: asked for, and kept for times without a network. */

import type { Db } from "../db";
import { fetchText, judgeFailure, type Fetch } from "../post";
import * as vault from "../vault";
import type { Lane, LaneList } from "./types";

const NAME = "lane/";
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const isList = (value: unknown): value is LaneList =>
  isObject(value) && isObject(value.lane) && typeof value.lane.round === "string" && [value.people, value.tubes, value.keys].every(Array.isArray);

type Answer<T> = { kind: "ok"; value: T } | { kind: "gone" } | { kind: "unreachable" };

async function ask<T>(fetch: Fetch, url: string, is: (value: unknown) => value is T): Promise<Answer<T>> {
  const got = await fetchText(fetch, url, { headers: { Accept: "application/json, application/problem+json" } });
  if (!got) return { kind: "unreachable" };
  const { response, text } = got;
  if (!response.ok) return judgeFailure(response, text).kind === "unfit" && response.status === 404 ? { kind: "gone" } : { kind: "unreachable" };
  try {
    const value: unknown = JSON.parse(text);
    if (is(value)) return { kind: "ok", value };
  } catch {
    // not JSON: a stranger
  }
  return { kind: "unreachable" };
}

const areLanes = (value: unknown): value is { lanes: Lane[] } => isObject(value) && Array.isArray(value.lanes);

export const fetchLanes = async (fetch: Fetch): Promise<Lane[] | null> => {
  const answer = await ask(fetch, "/api/sampling/lanes", areLanes);
  return answer.kind === "ok" ? answer.value.lanes : null;
};

/** The list, "gone" when the lane is not theirs any more, null when the server did not say. */
export async function fetchList(fetch: Fetch, lane: Lane): Promise<vault.Held<LaneList> | "gone" | null> {
  const asked = Date.now();
  const answer = await ask(fetch, `/api/sampling/rounds/${lane.round}/lanes/${lane.site}`, isList);
  if (answer.kind !== "ok") return answer.kind === "gone" ? "gone" : null;
  const receivedAt = Date.now();
  const { value } = answer;
  return { value, version: "", receivedAt, skew: vault.skewOf(value.now, asked, receivedAt), until: Date.parse(value.lane.until) };
}

const name = (lane: Lane): string => `${NAME}${lane.round}/${lane.site}`;

export const keepList = (db: Db, user: string, held: vault.Held<LaneList>): Promise<void> => vault.keep(db, user, name(held.value.lane), held);

export const forgetList = (db: Db, user: string, lane: Lane): Promise<void> => vault.forget(db, user, name(lane));

/** The lists kept on this phone. */
export async function keptLists(db: Db, user: string): Promise<vault.Held<LaneList>[]> {
  const names = await vault.names(db, user, NAME);
  const all = await Promise.all(names.map((one) => vault.kept(db, user, one, isList)));
  return all.filter((one): one is vault.Held<LaneList> => one !== null);
}
