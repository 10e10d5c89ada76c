import { IDBFactory } from "fake-indexeddb";
import { createHash } from "node:crypto";
import { openDb } from "../src/field/db";
import type { Fetch } from "../src/field/post";
import { Queue } from "../src/field/queue";
import { Sender, type SenderOptions } from "../src/field/sender";
import type { FieldRecord } from "../src/field/types";
import { uuidv7 } from "../src/field/uuid";

export const SHIFT = "01900000-0000-7000-8000-000000000001";
export const ANNA = "01900000-0000-7000-8000-00000000000a";
export const BO = "01900000-0000-7000-8000-00000000000b";

export function record(n = 1): FieldRecord<"work.count"> {
  const body = { helper: SHIFT, activity: "units-disinfected", quantity: n };
  return { id: uuidv7(), kind: "work.count", at: "2020-02-10T01:00:00.000Z", shift: SHIFT, body };
}

/** A server that takes each id once; `next` says what becomes of the answers to come. */
export class FakeServer {
  readonly journal: FieldRecord[] = [];
  readonly requests: { ids: string[]; headers: Headers }[] = [];
  /** Answers to give instead of the right one, first in first out. `lost`: the records are taken, the answer is not heard. */
  readonly next: (((ids: string[]) => Response) | "lost" | "unreachable")[] = [];
  refuse = new Map<string, "conflict" | "rejected">();
  /** The largest batch this server takes. */
  most = 500;
  /** Ids in whose presence the whole request is answered 400. */
  poison = new Set<string>();

  readonly fetch: Fetch = async (_url, init) => {
    await Promise.resolve();
    const body = Buffer.from(init.body as Uint8Array);
    const headers = new Headers(init.headers);
    const digest = `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
    if (headers.get("content-digest") !== digest) throw new Error("wrong digest");
    const { records } = JSON.parse(body.toString()) as { records: FieldRecord[] };
    const ids = records.map((one) => one.id);
    this.requests.push({ ids, headers });
    const turn = this.next.shift();
    if (turn === "unreachable") throw new TypeError("Failed to fetch");
    if (typeof turn === "function") return turn(ids);
    if (records.length > this.most) return problem(413);
    if (ids.some((id) => this.poison.has(id))) return problem(400);
    const answers = records.map((one) => {
      const refused = this.refuse.get(one.id);
      if (refused) return { id: one.id, status: refused, code: "no-right", detail: "您不在这个班次上。" };
      const known = this.journal.some((old) => old.id === one.id);
      if (!known) this.journal.push(one);
      return { id: one.id, status: known ? "duplicate" : "accepted", code: "", detail: "" };
    });
    if (turn === "lost") throw new TypeError("network changed");
    return json({ answers });
  };
}

export const json = (body: unknown, init: ResponseInit = {}): Response =>
  new Response(JSON.stringify(body), { status: 200, headers: { "Content-Type": "application/json" }, ...init });

export const problem = (status: number, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify({ type: "/problems/x", status, detail: "x" }), {
    status,
    headers: { "Content-Type": "application/problem+json", ...headers },
  });

/** A phone: storage, queue and sender, with a clock set by hand. */
export async function phone(server: FakeServer, options: Partial<SenderOptions> & { factory?: IDBFactory } = {}) {
  const factory = options.factory ?? new IDBFactory();
  const db = await openDb(factory);
  const queue = new Queue(db);
  const clock = { now: 1_581_300_000_000, user: ANNA as string | null };
  const sender = new Sender({
    queue,
    fetch: server.fetch,
    user: () => clock.user,
    now: () => clock.now,
    ...options,
  });
  const waiting = async (user = ANNA) => (await queue.next(user, 1000)).map((item) => item.record.id);
  return { factory, db, queue, sender, clock, waiting };
}
