import { IDBFactory } from "fake-indexeddb";
import { afterEach, describe, expect, it, vi } from "vitest";
import { openDb, StorageError } from "../src/field/db";
import { Queue } from "../src/field/queue";
import type { FieldRecord } from "../src/field/types";
import { ANNA, BO, FakeServer, json, phone, problem, record, SHIFT } from "./helpers";

afterEach(() => vi.restoreAllMocks());

const html = (): Response => new Response("<h1>Log in</h1>", { status: 200, headers: { "Content-Type": "text/html" } });
const accepted = (ids: string[]) => ids.map((id) => ({ id, status: "accepted", code: "", detail: "" }));

describe("a record leaves the phone only when it is answered", () => {
  it("sends, and remembers what was sent", async () => {
    const server = new FakeServer();
    const { queue, sender, waiting } = await phone(server);
    const one = record();
    await queue.add(ANNA, [one]);
    await sender.run();
    expect(server.journal).toEqual([one]);
    expect(await waiting()).toEqual([]);
    expect((await queue.contents()).sent.map((sent) => sent.id)).toEqual([one.id]);
  });

  it("sends again when the answer was lost, and the server takes it once", async () => {
    const server = new FakeServer();
    server.next.push("lost");
    const { queue, sender, waiting } = await phone(server);
    const one = record();
    await queue.add(ANNA, [one]);
    await sender.run();
    expect(await waiting()).toEqual([one.id]);
    expect(sender.trouble).toEqual({ kind: "unreachable" });
    await sender.run("network");
    expect(server.requests).toHaveLength(2);
    expect(server.journal).toEqual([one]);
    expect(await waiting()).toEqual([]);
    expect(sender.trouble).toBeNull();
  });

  const notSuccess: [string, (ids: string[]) => Response, string][] = [
    ["a captive portal's page", html, "stranger"],
    ["JSON that calls itself HTML", (ids) => new Response(JSON.stringify({ answers: accepted(ids) }), { headers: { "Content-Type": "text/html" } }), "stranger"],
    ["another JSON", () => json({ ok: true }), "stranger"],
    ["broken JSON", () => new Response("{", { headers: { "Content-Type": "application/json" } }), "stranger"],
    ["no answers", () => json({ answers: [] }), "stranger"],
    ["answers for some only", (ids) => json({ answers: accepted(ids.slice(1)) }), "stranger"],
    ["one id twice", (ids) => json({ answers: accepted([ids[0]!, ids[0]!]) }), "stranger"],
    ["ids of others", (ids) => json({ answers: accepted([ids[0]!, SHIFT]) }), "stranger"],
    ["an unknown status", (ids) => json({ answers: ids.map((id) => ({ id, status: "ok" })) }), "stranger"],
    ["201 with answers", (ids) => json({ answers: accepted(ids) }, { status: 201, headers: { "Content-Type": "application/json" } }), "stranger"],
    ["a redirect", () => new Response(null, { status: 302, headers: { Location: "/login" } }), "stranger"],
    ["401 of the server", () => problem(401), "signed-out"],
    ["401 of a proxy", () => new Response("", { status: 401 }), "stranger"],
    ["403", () => problem(403), "forbidden"],
    ["409", () => problem(409), "other-user"],
    ["500", () => problem(500), "failed"],
    ["502 of a proxy", () => new Response("bad gateway", { status: 502 }), "failed"],
    ["503", () => problem(503), "busy"],
  ];
  it.each(notSuccess)("%s is no success", async (_name, answer, trouble) => {
    const server = new FakeServer();
    server.next.push(answer);
    const { queue, sender, waiting } = await phone(server);
    const two = [record(1), record(2)];
    await queue.add(ANNA, two);
    await sender.run();
    expect(sender.trouble?.kind).toBe(trouble);
    expect(await waiting()).toEqual(two.map((one) => one.id));
    expect((await queue.contents()).sent).toEqual([]);
    await sender.run("person");
    expect(server.journal).toEqual(two);
    expect(await waiting()).toEqual([]);
  });

  it("keeps what was refused, with the sentence, until it is dismissed", async () => {
    const server = new FakeServer();
    const { queue, sender, waiting } = await phone(server);
    const [good, bad, clash] = [record(1), record(2), record(3)];
    server.refuse.set(bad.id, "rejected").set(clash.id, "conflict");
    await queue.add(ANNA, [good, bad, clash]);
    await sender.run();
    expect(await waiting()).toEqual([]);
    const { refused, sent } = await queue.contents();
    expect(sent.map((one) => one.id)).toEqual([good.id]);
    expect(refused.map((one) => [one.id, one.status, one.detail])).toEqual([
      [bad.id, "rejected", "您不在这个班次上。"],
      [clash.id, "conflict", "您不在这个班次上。"],
    ]);
    await queue.dismiss(bad.id);
    expect((await queue.contents()).refused.map((one) => one.id)).toEqual([clash.id]);
  });
});

describe("order and size", () => {
  it("sends in the order of recording, at most 100 a request", async () => {
    const server = new FakeServer();
    const { queue, sender } = await phone(server);
    const many = Array.from({ length: 250 }, (_, n) => record(n + 1));
    for (const one of many) await queue.add(ANNA, [one]);
    await sender.run();
    expect(server.requests.map((request) => request.ids.length)).toEqual([100, 100, 50]);
    expect(server.journal.map((one) => (one as FieldRecord<"work.count">).body.quantity)).toEqual(
      many.map((one) => one.body.quantity),
    );
  });

  it("sends smaller batches when the server finds them too large", async () => {
    const server = new FakeServer();
    server.most = 7;
    const { queue, sender, waiting } = await phone(server);
    const many = Array.from({ length: 30 }, (_, n) => record(n + 1));
    await queue.add(ANNA, many);
    await sender.run();
    expect(server.journal).toEqual(many);
    expect(await waiting()).toEqual([]);
  });

  it("does not let one unreadable record hold up the others, nor lose it", async () => {
    const server = new FakeServer();
    const { queue, sender, waiting } = await phone(server);
    const many = Array.from({ length: 9 }, (_, n) => record(n + 1));
    server.poison.add(many[4]!.id);
    await queue.add(ANNA, many);
    await sender.run();
    expect(server.journal).toEqual(many.filter((one) => one !== many[4]));
    expect(await waiting()).toEqual([many[4]!.id]);
    expect(sender.trouble?.kind).toBe("unfit");
    expect(sender.notBefore).toBeGreaterThan(0);
  });
});

describe("waiting", () => {
  it("obeys Retry-After, also when the network comes back; not when the person asks", async () => {
    const server = new FakeServer();
    server.next.push(() => problem(503, { "Retry-After": "120" }));
    const { queue, sender, clock, waiting } = await phone(server);
    await queue.add(ANNA, [record()]);
    await sender.run();
    expect(sender.notBefore - clock.now).toBeGreaterThanOrEqual(120_000);
    await sender.run("network");
    clock.now += 119_000;
    await sender.run();
    expect(server.requests).toHaveLength(1);
    await sender.run("person");
    expect(await waiting()).toEqual([]);
    sender.stop();
  });

  it("waits longer after each failure, at most some minutes, and for ever again", async () => {
    const server = new FakeServer();
    const { queue, sender, clock, waiting } = await phone(server);
    await queue.add(ANNA, [record()]);
    const waits: number[] = [];
    for (let n = 0; n < 20; n++) {
      server.next.push("unreachable");
      await sender.run();
      waits.push(sender.notBefore - clock.now);
      await sender.run();
      expect(server.requests).toHaveLength(n + 1);
      clock.now = sender.notBefore;
    }
    expect(waits[0]).toBeLessThan(3_000);
    expect(waits[4]).toBeGreaterThan(20_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(375_000);
    await sender.run();
    expect(await waiting()).toEqual([]);
  });
});

describe("users", () => {
  it("sends only the records of the user who is signed in, and says whose they are", async () => {
    const server = new FakeServer();
    const { queue, sender, clock, waiting } = await phone(server);
    const [hers, his] = [record(1), record(2)];
    await queue.add(ANNA, [hers]);
    await queue.add(BO, [his]);
    clock.user = BO;
    await sender.run();
    expect(server.journal).toEqual([his]);
    expect(server.requests[0]?.headers.get("x-field-user")).toBe(BO);
    expect(await waiting(ANNA)).toEqual([hers.id]);
    clock.user = ANNA;
    await sender.run();
    expect(server.journal).toEqual([his, hers]);
  });

  it("sends nothing while it is not known who is signed in", async () => {
    const server = new FakeServer();
    const { queue, sender, clock, waiting } = await phone(server);
    await queue.add(ANNA, [record()]);
    clock.user = null;
    await sender.run("person");
    expect(server.requests).toEqual([]);
    expect(await waiting()).toHaveLength(1);
  });
});

describe("two tabs", () => {
  /** Web Locks as far as we use them. */
  function fakeLocks(): Pick<LockManager, "request"> {
    let held = false;
    return {
      request: (async (_name: string, _options: LockOptions, work: (lock: unknown) => Promise<void>) => {
        if (held) return work(null);
        held = true;
        try {
          await work({});
        } finally {
          held = false;
        }
      }) as LockManager["request"],
    };
  }

  it("with locks: one sends", async () => {
    const server = new FakeServer();
    const factory = new IDBFactory();
    const locks = fakeLocks();
    const a = await phone(server, { factory, locks });
    const b = await phone(server, { factory, locks });
    await a.queue.add(ANNA, [record(1)]);
    await b.queue.add(ANNA, [record(2)]);
    await Promise.all([a.sender.run(), b.sender.run()]);
    expect(server.requests).toHaveLength(1);
    expect(server.journal).toHaveLength(2);
    expect(await b.waiting()).toEqual([]);
  });

  it("without locks: both may send, the server takes it once, and a dismissed refusal does not come back", async () => {
    const server = new FakeServer();
    const factory = new IDBFactory();
    const a = await phone(server, { factory });
    const b = await phone(server, { factory });
    const [good, bad] = [record(1), record(2)];
    server.refuse.set(bad.id, "rejected");
    await a.queue.add(ANNA, [good, bad]);
    const batch = await b.queue.next(ANNA);
    await a.sender.run();
    await a.queue.dismiss(bad.id);
    // The late answers of the other tab.
    await b.queue.settle(batch, [
      { id: good.id, status: "duplicate", code: "", detail: "" },
      { id: bad.id, status: "rejected", code: "no-right", detail: "" },
    ]);
    const { queued, refused, sent } = await b.queue.contents();
    expect(queued).toEqual([]);
    expect(refused).toEqual([]);
    expect(sent).toHaveLength(1);
    expect(server.journal).toEqual([good]);
  });
});

describe("storage", () => {
  it("asks for strict durability, and confirms only when the transaction is complete", async () => {
    const server = new FakeServer();
    const { queue, waiting } = await phone(server);
    const begin = vi.spyOn(IDBDatabase.prototype, "transaction");
    await queue.add(ANNA, [record()]);
    expect(begin.mock.calls[0]?.[1]).toBe("readwrite");
    expect(begin.mock.calls[0]?.[2]).toEqual({ durability: "strict" });
    expect(await waiting()).toHaveLength(1);
  });

  it("a full phone confirms nothing and keeps nothing by halves", async () => {
    const { queue, waiting } = await phone(new FakeServer());
    const add = IDBObjectStore.prototype.add;
    let calls = 0;
    vi.spyOn(IDBObjectStore.prototype, "add").mockImplementation(function (this: IDBObjectStore, value: unknown) {
      if (++calls === 2) throw new DOMException("full", "QuotaExceededError");
      return add.call(this, value);
    });
    const failure = await queue.add(ANNA, [record(1), record(2)]).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StorageError);
    expect((failure as StorageError).reason).toBe("full");
    vi.restoreAllMocks();
    expect(await waiting()).toEqual([]);
  });

  it("a transaction that fails at its very end is no success", async () => {
    const { queue, waiting } = await phone(new FakeServer());
    const begin = IDBDatabase.prototype.transaction;
    vi.spyOn(IDBDatabase.prototype, "transaction").mockImplementation(function (this: IDBDatabase, ...args) {
      const tx = begin.apply(this, args);
      // The disk is full when it is flushed: every request succeeded, the commit does not.
      const store = tx.objectStore.bind(tx);
      tx.objectStore = (name) => {
        const found = store(name);
        const add = found.add.bind(found);
        found.add = (value: unknown) => {
          const request = add(value);
          request.addEventListener("success", () => tx.abort());
          return request;
        };
        return found;
      };
      return tx;
    });
    await expect(queue.add(ANNA, [record()])).rejects.toBeInstanceOf(StorageError);
    vi.restoreAllMocks();
    expect(await waiting()).toEqual([]);
  });

  it("no storage at all is said to be broken", async () => {
    const denied = {
      open: () => {
        throw new DOMException("denied", "SecurityError");
      },
    };
    await expect(openDb(denied as unknown as IDBFactory)).rejects.toMatchObject({ reason: "broken" });
  });

  it("what waits is still there after the page was closed", async () => {
    const factory = new IDBFactory();
    const before = await phone(new FakeServer(), { factory });
    const one = record();
    await before.queue.add(ANNA, [one]);
    before.db.close();
    const server = new FakeServer();
    const after = await phone(server, { factory });
    expect(await after.waiting()).toEqual([one.id]);
    await after.sender.run();
    expect(server.journal).toEqual([one]);
  });

  it("pruning forgets what was sent long ago, never what waits or was refused", async () => {
    const server = new FakeServer();
    const { db, queue, sender, clock } = await phone(server);
    const bad = record(2);
    server.refuse.set(bad.id, "rejected");
    await queue.add(ANNA, [record(1), bad]);
    await sender.run();
    await queue.add(ANNA, [record(3)]);
    await new Queue(db).prune(clock.now + 10 * 24 * 3600 * 1000);
    const { queued, sent, refused } = await queue.contents();
    expect([queued.length, sent.length, refused.length]).toEqual([1, 0, 1]);
  });
});
