/** The phone's own storage (IndexedDB): the queue, what was sent, what was refused, the last duty. */

const NAME = "fangxian-field";
const VERSION = 2;

export type Store = "queue" | "sent" | "refused" | "duty" | "rosters" | "keys";

/** Why the phone could not keep something. The screen must not confirm what was not kept. */
export class StorageError extends Error {
  constructor(
    readonly reason: "full" | "broken",
    cause: unknown,
  ) {
    super(`phone storage is ${reason}`, { cause });
    this.name = "StorageError";
  }
}

function storageError(cause: unknown): StorageError {
  if (cause instanceof StorageError) return cause;
  const name = cause instanceof Error || cause instanceof DOMException ? cause.name : "";
  return new StorageError(name === "QuotaExceededError" ? "full" : "broken", cause);
}

export interface Db {
  /**
   * Runs `work` in one transaction and resolves with its result only when the transaction is complete
   * (on disk, where the browser honours strict durability). Any failure undoes all of it.
   */
  write<T>(stores: Store[], work: (tx: IDBTransaction) => T | Promise<T>): Promise<T>;
  all<T>(store: Store): Promise<T[]>;
  /** At most `count` things, in the order of their keys, from behind `after`. */
  some<T>(store: Store, count: number, after?: IDBValidKey): Promise<T[]>;
  get<T>(store: Store, key: IDBValidKey): Promise<T | undefined>;
  close(): void;
}

/** The result of one request, for use inside a transaction. */
export function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("request failed"));
  });
}

function connect(factory: IDBFactory, name: string, lost: () => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = factory.open(name, VERSION);
    request.onupgradeneeded = () => {
      const made = request.result;
      // What an older version has made, with what waits in it, stays.
      const have = (store: Store) => made.objectStoreNames.contains(store);
      if (!have("queue")) made.createObjectStore("queue", { keyPath: "seq", autoIncrement: true });
      if (!have("sent")) made.createObjectStore("sent", { keyPath: "id" });
      if (!have("refused")) made.createObjectStore("refused", { keyPath: "id" });
      if (!have("duty")) made.createObjectStore("duty", { keyPath: "user" });
      if (!have("rosters")) made.createObjectStore("rosters", { keyPath: "id" });
      if (!have("keys")) made.createObjectStore("keys", { keyPath: "user" });
    };
    request.onerror = () => reject(request.error ?? new Error("open failed"));
    request.onsuccess = () => {
      const db = request.result;
      // Another tab may want to upgrade: let it, rather than hang it. Some phones drop idle connections.
      db.onversionchange = () => {
        db.close();
        lost();
      };
      db.onclose = lost;
      resolve(db);
    };
  });
}

export async function openDb(factory: IDBFactory | undefined = globalThis.indexedDB, name = NAME): Promise<Db> {
  if (!factory) throw new StorageError("broken", new Error("no IndexedDB"));
  let connection: IDBDatabase | null = null;
  const handle = async (): Promise<IDBDatabase> =>
    (connection ??= await connect(factory, name, () => {
      connection = null;
    }));

  async function begin(stores: Store[], mode: IDBTransactionMode): Promise<IDBTransaction> {
    const open = async () => (await handle()).transaction(stores, mode, { durability: "strict" });
    try {
      return await open();
    } catch (cause) {
      // The connection was lost without a word (old iOS): once more with a new one.
      if (!(cause instanceof Error || cause instanceof DOMException) || cause.name !== "InvalidStateError") throw cause;
      connection = null;
      return open();
    }
  }

  async function read<T>(store: Store, ask: (store: IDBObjectStore) => IDBRequest): Promise<T> {
    try {
      const tx = await begin([store], "readonly");
      return (await done(ask(tx.objectStore(store)))) as T;
    } catch (cause) {
      throw storageError(cause);
    }
  }

  try {
    await handle();
  } catch (cause) {
    throw storageError(cause);
  }

  return {
    async write(stores, work) {
      try {
        const tx = await begin(stores, "readwrite");
        const complete = new Promise<void>((resolve, reject) => {
          tx.oncomplete = () => resolve();
          tx.onabort = () => reject(tx.error ?? new Error("transaction aborted"));
        });
        // `complete` is awaited below; without this a failure inside `work` would be reported twice.
        complete.catch(() => undefined);
        let result;
        try {
          result = await work(tx);
        } catch (cause) {
          try {
            tx.abort();
          } catch {
            // already aborted: `tx.error` tells why
          }
          throw tx.error ?? cause;
        }
        await complete;
        return result;
      } catch (cause) {
        throw storageError(cause);
      }
    },
    all: (store) => read(store, (objects) => objects.getAll()),
    some: (store, count, after) =>
      read(store, (objects) => objects.getAll(after === undefined ? null : IDBKeyRange.lowerBound(after, true), count)),
    get: (store, key) => read(store, (objects) => objects.get(key)),
    close: () => connection?.close(),
  };
}
