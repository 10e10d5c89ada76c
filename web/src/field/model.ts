/** The state of the page and what a person can do: the one place that joins storage, sender and screen. */

import type { Db } from "./db";
import { StorageError } from "./db";
import { fetchDuty, keepDuty, lastDuty } from "./duty";
import type { Fetch } from "./post";
import { Queue, type Contents } from "./queue";
import { Sender, type Force } from "./sender";
import type { Bodies, FieldRecord, KeptDuty, Kind } from "./types";
import { fetchWorks, keepWorks, keptWorks, type Work } from "./round/works";
import { uuidv7 } from "./uuid";
import { wipe } from "./vault";

export interface ModelOptions {
  db: Db;
  fetch: Fetch;
  /** The user the page was made for. */
  user: string;
  locks?: Pick<LockManager, "request"> | undefined;
  channel?: BroadcastChannel | undefined;
}

/** A duty answer newer than this is not asked for again without need. */
const FRESH_MS = 60_000;
/** How long a duty answer vouches for who is signed in. The server checks `X-Field-User` besides. */
const SESSION_MS = 5 * 60_000;

/** A record about to be made. */
export type Entry = { [K in Kind]: { kind: K; shift: string | null; body: Bodies[K] } }[Kind];

export class Model {
  user: string;
  kept: KeptDuty | null = null;
  contents: Contents = { queued: [], sent: [], refused: [] };
  storage: StorageError | null = null;
  /** Rounds on which the user works now. */
  works: Work[] = [];
  /** The first look at storage and server is over. */
  ready = false;
  readonly queue: Queue;
  readonly sender: Sender;
  private sessionUser: string | null = null;
  private sessionSeenAt = -Infinity;
  private syncing: Promise<void> | null = null;
  private again = false;
  private readonly listeners: (() => void)[] = [];

  constructor(private readonly options: ModelOptions) {
    this.user = options.user;
    this.queue = new Queue(options.db);
    this.sender = new Sender({
      queue: this.queue,
      fetch: options.fetch,
      user: () => (this.sessionUser === this.user ? this.user : null),
      locks: options.locks,
      changed: () => void this.reload().then(() => this.tell()),
      retry: () => void this.sync("no"),
    });
    options.channel?.addEventListener("message", () => void this.reload());
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** The phone's storage, for the parts of the app that keep things of their own. */
  get db(): Db {
    return this.options.db;
  }

  get fetch(): Fetch {
    return this.options.fetch;
  }

  async start(): Promise<void> {
    const kept = await lastDuty(this.options.db, this.user).catch(() => undefined);
    this.kept = kept ?? null;
    this.works = await keptWorks(this.options.db, this.user).catch(() => []);
    await this.reload();
    void this.queue.prune().catch(() => undefined);
    await this.sync("network");
    this.ready = true;
    this.changed();
  }

  /** Records of this user that wait. */
  get waiting() {
    return this.contents.queued.filter((item) => item.user === this.user);
  }

  get othersWaiting(): number {
    return this.contents.queued.length - this.waiting.length;
  }

  /**
   * Keeps the records on the phone, then lets them be sent. True when they are durable;
   * false when the phone could not keep them, and then nothing may be confirmed.
   */
  async record(entries: Entry[]): Promise<string[] | null> {
    const now = Date.now();
    const records = entries.map(
      (entry): FieldRecord => ({ id: uuidv7(now), at: new Date(now).toISOString(), ...entry }),
    );
    try {
      await this.queue.add(this.user, records);
    } catch (cause) {
      this.storage = cause instanceof StorageError ? cause : new StorageError("broken", cause);
      this.changed();
      return null;
    }
    this.storage = null;
    await this.reload();
    this.tell();
    void this.sync("no");
    return records.map((record) => record.id);
  }

  async dismiss(id: string): Promise<void> {
    await this.queue.dismiss(id).catch(() => undefined);
    await this.reload();
    this.tell();
  }

  /** Asks for the duty when it is old or the session is in doubt, then sends what waits. */
  sync(force: Force): Promise<void> {
    // What was recorded while a sync was ending would otherwise wait for the next timer.
    if (this.syncing) this.again = true;
    this.syncing ??= this.syncOnce(force).finally(() => {
      this.syncing = null;
      if (!this.again) return;
      this.again = false;
      if (this.waiting.length > 0) void this.sync("no");
    });
    return this.syncing;
  }

  private async syncOnce(force: Force): Promise<void> {
    if (this.sender.resting(force)) return this.sender.run(force);
    const now = Date.now();
    const doubtful = this.sessionUser !== this.user || Math.abs(now - this.sessionSeenAt) > SESSION_MS;
    const stale = !this.kept || Math.abs(now - this.kept.requestedAt) > FRESH_MS;
    if (doubtful || (force !== "no" && stale)) await this.refresh();
    await this.sender.run(force);
    const trouble = this.sender.trouble?.kind;
    if (trouble === "signed-out" || trouble === "other-user") await this.ended();
    this.changed();
  }

  /** The session is over: the phone may be in other hands. What it held of others is gone; records that wait are not. */
  private async ended(): Promise<void> {
    this.sessionUser = null;
    await wipe(this.options.db).catch(() => undefined);
  }

  /** Gets the duty from the server. */
  async refresh(): Promise<void> {
    const result = await fetchDuty(this.options.fetch);
    if (result.kind !== "duty") {
      if (result.kind === "signed-out" || result.kind === "other-user") await this.ended();
      this.sender.note(result);
      this.changed();
      return;
    }
    const { kept } = result;
    this.sessionUser = kept.user;
    this.sessionSeenAt = kept.receivedAt;
    // Another person has signed in: the page becomes theirs. What waits of the earlier one stays, under that name.
    this.user = kept.user;
    this.kept = kept;
    this.sender.note(null);
    // A full phone still shows the duty; it only cannot keep it for later.
    await keepDuty(this.options.db, kept).catch(() => undefined);
    const works = await fetchWorks(this.options.fetch);
    if (works) {
      this.works = works;
      await keepWorks(this.options.db, this.user, works).catch(() => undefined);
    }
    await this.reload();
  }

  /** Minutes by which the phone's clock differs from the server's, when it matters. */
  get skewMinutes(): number {
    if (!this.kept) return 0;
    const { duty, requestedAt, receivedAt } = this.kept;
    const skew = Date.parse(duty.now) - (requestedAt + receivedAt) / 2;
    const minutes = Math.round(Math.abs(skew) / 60_000);
    return minutes >= 3 ? minutes : 0;
  }

  private async reload(): Promise<void> {
    try {
      this.contents = await this.queue.contents();
    } catch (cause) {
      this.storage ??= cause instanceof StorageError ? cause : new StorageError("broken", cause);
    }
    this.changed();
  }

  private tell(): void {
    this.options.channel?.postMessage("changed");
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
