/** Sends what waits: in order, one sender at a time, for ever. */

import { BATCH, type Queue } from "./queue";
import { postRecords, type Fetch, type PostResult } from "./post";

/** What stands between the queue and the server, if anything. */
export type Trouble = Exclude<PostResult, { kind: "answered" }>;

/** Why an attempt is made now: the timer, the network came back, or the person asks. */
export type Force = "no" | "network" | "person";

export interface SenderOptions {
  queue: Queue;
  fetch: Fetch;
  /** The user of this page, whose session has been seen; null when it is not known who is signed in. */
  user: () => string | null;
  locks?: Pick<LockManager, "request"> | undefined;
  now?: () => number;
  /** Called after each batch, and when the state of sending changes. */
  changed?: () => void;
  /** Called when the time for another attempt has come; by default the sender makes it itself. */
  retry?: () => void;
}

const LOCK = "fangxian-field-send";
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 5 * 60_000;

export class Sender {
  /** The last trouble, null after a success. */
  trouble: Trouble | null = null;
  sending = false;
  /** Phone time before which no attempt is made on our own account. */
  notBefore = 0;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly now: () => number;

  constructor(private readonly options: SenderOptions) {
    this.now = options.now ?? Date.now;
  }

  /**
   * Sends until nothing waits or something stands in the way; then the next attempt is planned.
   */
  async run(force: Force = "no"): Promise<void> {
    if (this.sending || this.options.user() === null) return;
    if (this.resting(force)) return this.plan();
    this.sending = true;
    this.options.changed?.();
    try {
      await this.alone(() => this.drain());
    } catch {
      // The phone's storage failed while reading or settling; what waits still waits.
      this.failed({ kind: "failed", status: 0 });
    } finally {
      this.sending = false;
      this.options.changed?.();
      this.plan();
    }
  }

  /** Notes how another request to the same server (duty) went. */
  note(trouble: Trouble | null): void {
    if (trouble) {
      this.failed(trouble);
      this.plan();
    } else if (this.trouble?.kind !== "unfit") {
      this.trouble = null;
      this.failures = 0;
      this.notBefore = 0;
    }
  }

  /** No attempt may be made yet. Only the person's own wish overrides the server's Retry-After. */
  resting(force: Force): boolean {
    if (this.now() >= this.notBefore || force === "person") return false;
    return force === "no" || this.trouble?.kind === "busy";
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private async alone(work: () => Promise<void>): Promise<void> {
    const { locks } = this.options;
    // Without Web Locks two tabs may send the same record; the server takes it once.
    if (!locks) return work();
    await locks.request(LOCK, { ifAvailable: true }, async (lock) => {
      if (lock) await work();
    });
  }

  private async drain(): Promise<void> {
    const { queue, fetch } = this.options;
    let size = BATCH;
    const unfit = new Set<string>();
    let lastUnfit: Trouble | null = null;
    for (;;) {
      const user = this.options.user();
      if (user === null) return;
      const batch = await queue.next(user, size, unfit);
      if (batch.length === 0) break;
      const result = await postRecords(
        fetch,
        user,
        batch.map((item) => item.record),
        this.now(),
      );
      if (result.kind === "answered") {
        await queue.settle(batch, result.answers, this.now());
        this.trouble = null;
        this.failures = 0;
        this.notBefore = 0;
        size = Math.min(BATCH, size * 2);
        this.options.changed?.();
      } else if (result.kind === "unfit" && batch.length > 1) {
        size = Math.ceil(batch.length / 2);
      } else if (result.kind === "unfit") {
        // One record the server cannot read: it stays, and does not hold up those behind it.
        unfit.add(batch[0]!.record.id);
        lastUnfit = result;
      } else {
        this.failed(result);
        return;
      }
    }
    if (lastUnfit) this.failed(lastUnfit);
  }

  private failed(trouble: Trouble): void {
    this.trouble = trouble;
    this.failures += 1;
    const backoff = Math.min(FIRST_WAIT_MS * 2 ** (this.failures - 1), LONGEST_WAIT_MS);
    const asked = trouble.kind === "busy" ? (trouble.after ?? 0) : 0;
    // A little randomness, so that a thousand phones do not come back in the same second.
    this.notBefore = this.now() + Math.max(asked, backoff) * (1 + Math.random() * 0.25);
  }

  private plan(): void {
    clearTimeout(this.timer);
    const wait = this.notBefore - this.now();
    if (wait > 0) this.timer = setTimeout(() => (this.options.retry ? this.options.retry() : void this.run()), wait + 50);
  }
}
