/** One request with records, and the judgement of what came back. Anything but the answer asked for is no success. */

import { contentDigest } from "./digest";
import type { Answer, FieldRecord } from "./types";

export type PostResult =
  | { kind: "answered"; answers: Answer[] }
  /** No network, or no answer in time. */
  | { kind: "unreachable" }
  /** Something answered, but not our server: a captive portal, a proxy. */
  | { kind: "stranger" }
  | { kind: "signed-out" }
  /** The session belongs to another user than the records. */
  | { kind: "other-user" }
  | { kind: "forbidden"; detail: string }
  /** The server asks to wait; `after` in milliseconds, if it said so. */
  | { kind: "busy"; after: number | null }
  /** The server cannot take this request as it is (too large, malformed); `detail` as it said. */
  | { kind: "unfit"; status: number; detail: string }
  /** An error of the server. */
  | { kind: "failed"; status: number };

export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

const TIMEOUT_MS = 30_000;

/** Fetches with a time limit that also covers reading the body. */
export async function fetchText(
  fetch: Fetch,
  url: string,
  init: RequestInit,
): Promise<{ response: Response; text: string } | null> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      cache: "no-store",
      credentials: "same-origin",
      redirect: "manual",
      signal: abort.signal,
      ...init,
    });
    return { response, text: await response.text() };
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

function mediaType(response: Response): string {
  return (response.headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Milliseconds to wait from a `Retry-After` header (seconds or a date), at most an hour. */
export function retryAfter(header: string | null, now: number = Date.now()): number | null {
  if (!header) return null;
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : (Date.parse(header) - now) / 1000;
  if (!Number.isFinite(seconds)) return null;
  return Math.min(Math.max(seconds, 0), 3600) * 1000;
}

/** Reads an answer that is not the success asked for. Shared with the duty request. */
export function judgeFailure(response: Response, text: string): Exclude<PostResult, { kind: "answered" }> {
  const ours = mediaType(response) === "application/problem+json";
  const body = ours ? parse(text) : undefined;
  if (typeof body !== "object" || body === null) {
    // A proxy in front of the server may answer 502, 503 or 504 in HTML.
    if (response.status === 503 || response.status === 429) {
      return { kind: "busy", after: retryAfter(response.headers.get("retry-after")) };
    }
    return response.status >= 500 ? { kind: "failed", status: response.status } : { kind: "stranger" };
  }
  const detail = "detail" in body && typeof body.detail === "string" ? body.detail : "";
  switch (response.status) {
    case 401:
      return { kind: "signed-out" };
    case 403:
      return { kind: "forbidden", detail };
    case 409:
      return { kind: "other-user" };
    case 429:
    case 503:
      return { kind: "busy", after: retryAfter(response.headers.get("retry-after")) };
    default:
      return response.status >= 500
        ? { kind: "failed", status: response.status }
        : { kind: "unfit", status: response.status, detail };
  }
}

const STATUSES = ["accepted", "duplicate", "conflict", "rejected"];

/** The answers, when the body is one answer for each of precisely these ids; otherwise null. */
export function readAnswers(text: string, ids: string[]): Answer[] | null {
  const body = parse(text);
  if (typeof body !== "object" || body === null || !("answers" in body) || !Array.isArray(body.answers)) return null;
  if (body.answers.length !== ids.length) return null;
  const open = new Set(ids);
  const answers: Answer[] = [];
  for (const item of body.answers as unknown[]) {
    if (typeof item !== "object" || item === null) return null;
    const { id, status, code, detail } = item as Record<string, unknown>;
    if (typeof id !== "string" || !open.delete(id)) return null;
    if (typeof status !== "string" || !STATUSES.includes(status)) return null;
    answers.push({
      id,
      status: status as Answer["status"],
      code: typeof code === "string" ? code : "",
      detail: typeof detail === "string" ? detail : "",
    });
  }
  return answers;
}

/** Sends records of one user. Never throws. */
export async function postRecords(
  fetch: Fetch,
  user: string,
  records: FieldRecord[],
  now: number = Date.now(),
): Promise<PostResult> {
  const body = new TextEncoder().encode(JSON.stringify({ records }));
  const got = await fetchText(fetch, "/api/field/records", {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json, application/problem+json",
      "Content-Digest": contentDigest(body),
      "X-Phone-Time": new Date(now).toISOString(),
      "X-Field-User": user,
    },
    body,
  });
  if (!got) return { kind: "unreachable" };
  const { response, text } = got;
  if (response.type === "opaqueredirect") return { kind: "stranger" };
  if (response.status === 200 && mediaType(response) === "application/json") {
    const answers = readAnswers(
      text,
      records.map((record) => record.id),
    );
    return answers ? { kind: "answered", answers } : { kind: "stranger" };
  }
  if (response.ok) return { kind: "stranger" };
  return judgeFailure(response, text);
}
