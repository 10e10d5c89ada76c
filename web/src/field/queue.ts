/** The records that wait on this phone. A record leaves only when the server has answered for that very id. */

import { done, type Db } from "./db";
import type { Answer, FieldRecord, Queued, Refused, Sent } from "./types";

/** How many records go in one request. */
export const BATCH = 100;
/** How long the phone remembers what it has sent, for the person's own sums. */
const REMEMBER_MS = 3 * 24 * 3600 * 1000;

export interface Contents {
  queued: Queued[];
  sent: Sent[];
  refused: Refused[];
}

export class Queue {
  constructor(private readonly db: Db) {}

  /** Keeps the records, all or none. Resolves when they are durable; throws `StorageError` when they are not. */
  async add(user: string, records: FieldRecord[]): Promise<void> {
    await this.db.write(["queue"], async (tx) => {
      const store = tx.objectStore("queue");
      for (const record of records) await done(store.add({ user, record }));
    });
  }

  /** Everything on this phone, of all users, in order. */
  async contents(): Promise<Contents> {
    const [queued, sent, refused] = await Promise.all([
      this.db.all<Queued>("queue"),
      this.db.all<Sent>("sent"),
      this.db.all<Refused>("refused"),
    ]);
    return { queued: queued.sort((a, b) => a.seq - b.seq), sent, refused };
  }

  /** The oldest waiting records of one user, without those in `skip`. */
  async next(user: string, limit: number = BATCH, skip: ReadonlySet<string> = new Set()): Promise<Queued[]> {
    const found: Queued[] = [];
    // Ten thousand may wait: no more is read than is sent.
    for (let after: number | undefined; found.length < limit; ) {
      const some: Queued[] = await this.db.some<Queued>("queue", limit, after);
      found.push(...some.filter((item) => item.user === user && !skip.has(item.record.id)));
      if (some.length < limit) break;
      after = some[some.length - 1]!.seq;
    }
    return found.slice(0, limit);
  }

  /** Settles a batch as the server has answered it. Answers are matched by id; `answers` must be checked before. */
  async settle(batch: Queued[], answers: Answer[], now: number = Date.now()): Promise<void> {
    const byId = new Map(answers.map((answer) => [answer.id, answer]));
    await this.db.write(["queue", "sent", "refused"], async (tx) => {
      const queue = tx.objectStore("queue");
      for (const { seq, user, record } of batch) {
        const answer = byId.get(record.id);
        if (!answer) continue;
        // Another tab may have settled it already.
        if ((await done(queue.getKey(seq))) === undefined) continue;
        if (answer.status === "accepted" || answer.status === "duplicate") {
          const sent: Sent = { id: record.id, user, record, sentAt: now };
          tx.objectStore("sent").put(sent);
        } else {
          const { status, code, detail } = answer;
          const refused: Refused = { id: record.id, user, record, status, code, detail };
          tx.objectStore("refused").put(refused);
        }
        await done(queue.delete(seq));
      }
    });
  }

  /** Removes a refused record that the person has read. */
  async dismiss(id: string): Promise<void> {
    await this.db.write(["refused"], async (tx) => {
      await done(tx.objectStore("refused").delete(id));
    });
  }

  /** Forgets what was sent days ago. Never touches what waits or was refused. */
  async prune(now: number = Date.now()): Promise<void> {
    const old = (await this.db.all<Sent>("sent")).filter((sent) => Math.abs(now - sent.sentAt) > REMEMBER_MS);
    if (old.length === 0) return;
    await this.db.write(["sent"], async (tx) => {
      for (const { id } of old) await done(tx.objectStore("sent").delete(id));
    });
  }
}
