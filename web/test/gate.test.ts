import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ed25519 } from "@noble/curves/ed25519.js";
import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { openDb } from "../src/field/db";
import { again, exitsLeft, makeBook } from "../src/field/gate/book";
import { decide, type Asked } from "../src/field/gate/decide";
import { find } from "../src/field/gate/find";
import { isCardNumber } from "../src/field/gate/number";
import { base45, base64url, readPass } from "../src/field/gate/pass";
import { fetchRoster, keepRoster, keptRoster, type Held } from "../src/field/gate/roster";
import { prune, wipe } from "../src/field/vault";
import type { Passage, Roster } from "../src/field/gate/types";
import type { Contents } from "../src/field/queue";
import { Queue } from "../src/field/queue";
import { IDBFactory } from "fake-indexeddb";

const tests = join(dirname(fileURLToPath(import.meta.url)), "../../crates/gates/tests");
const fixture = <T>(name: string): T => JSON.parse(readFileSync(join(tests, name), "utf8")) as T;

describe("the decision", () => {
  const cases = fixture<{ case: string; asked: Asked; decision: string; reason: string }[]>("decisions.json");
  it.each(cases.map((one) => [one.case, one] as const))("%s", (_, one) => {
    expect(decide(one.asked)).toEqual({ decision: one.decision, reason: one.reason });
  });
});

interface PassFixture {
  kid: number[];
  public: number[];
  community: string;
  pass: string;
  resident: string;
  label: string;
  from: number;
  until: number;
  code: string;
}

describe("a pass", () => {
  const pass = fixture<PassFixture>("pass.json");
  const bytes = (list: number[]) => base64url(Uint8Array.from(list));
  const keys = [{ kid: bytes(pass.kid), public: bytes(pass.public) }];

  it("signed by the server is read", () => {
    expect(readPass(pass.code, keys, pass.community)).toEqual({
      trust: "ok",
      claims: {
        id: pass.pass,
        kind: "resident",
        community: pass.community,
        resident: pass.resident,
        label: pass.label,
        from: pass.from,
        until: pass.until,
      },
    });
  });

  it("of another community, or of a key that is not ours, is foreign", () => {
    expect(readPass(pass.code, keys, "00000000-0000-0000-0000-000000000000").trust).toBe("foreign");
    expect(readPass(pass.code, [], pass.community).trust).toBe("foreign");
  });

  it("signed with another key of the same name is forged", () => {
    const other = ed25519.getPublicKey(new Uint8Array(32).fill(7));
    expect(readPass(pass.code, [{ ...keys[0]!, public: base64url(other) }], pass.community).trust).toBe("forged");
  });

  it("with any character changed is not believed as another", () => {
    expect(base45(pass.code.slice(4))!.length).toBeGreaterThan(100);
    const good = readPass(pass.code, keys, pass.community).claims;
    let believed = 0;
    for (let at = 4; at < pass.code.length; at++) {
      const altered = `${pass.code.slice(0, at)}${pass.code[at] === "0" ? "1" : "0"}${pass.code.slice(at + 1)}`;
      const read = readPass(altered, keys, pass.community);
      // Only the checksum of the packing lies outside of what is signed.
      if (read.trust === "ok") {
        believed += 1;
        expect(read.claims, `character ${at}`).toEqual(good);
      }
    }
    expect(believed).toBeLessThan(12);
  });

  it("that is rubbish, cut, or unfolds to too much is forged and nothing is thrown", () => {
    const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    const encode = (data: Uint8Array) => {
      let text = "";
      for (let i = 0; i < data.length; i += 2) {
        let n = i + 1 < data.length ? data[i]! * 256 + data[i + 1]! : data[i]!;
        for (let k = 0; k < (i + 1 < data.length ? 3 : 2); k++) {
          text += alphabet[n % 45];
          n = Math.floor(n / 45);
        }
      }
      return text;
    };
    const bomb = `FX1:${encode(deflateSync(Buffer.alloc(400_000)))}`;
    expect(bomb.length).toBeLessThan(1_200);
    for (const text of ["", "FX1:", "FX1:!!", pass.code.slice(0, 80), "HC1:ABC", "F".repeat(5_000), bomb]) {
      expect(readPass(text, keys, pass.community)).toEqual({ trust: "forged", claims: null });
    }
  });

  it("has a card number whose check digit finds a slip", () => {
    expect(["12345678", "1234567", "abcdefgh", ""].some(isCardNumber)).toBe(false);
    const good = Array.from({ length: 10 }, (_, digit) => `1234567${digit}`).filter(isCardNumber);
    expect(good).toHaveLength(1);
  });
});

const GATE = "0190-gate";
const roster = (over: Partial<Roster> = {}): Roster => ({
  gate: { id: GATE, name: "北门", compound: "交暨小区", community: "交暨居民区", community_id: "c" },
  now: new Date().toISOString(),
  until: new Date(Date.now() + 3600_000).toISOString(),
  rule: { alarm: 373, exits: { persons: 1, days: 2, hours: 2 }, visitors: true, health: false, travel: false, mask: true, boot: false },
  keys: [],
  residents: [
    { id: "r1", name: "沈玉兰", household: "h1", flat: "1号楼 502", phone_end: "1234", identity_end: "012X", weak: false },
    { id: "r2", name: "沈建军", household: "h1", flat: "1号楼 502", phone_end: "5678", identity_end: "", weak: false },
  ],
  passes: [],
  standings: [],
  exits: [],
  inside: [],
  parcels: [],
  ...over,
});
const held = (over: Partial<Roster> = {}): Held => ({ roster: roster(over), version: '"v1"', receivedAt: Date.now(), skew: 0 });
const passage = (over: Partial<Passage>): Passage => ({ gate: GATE, direction: "out", decision: "go", reason: "", by: "name", ...over });
const queued = (...bodies: Passage[]): Contents => ({
  queued: bodies.map((body, seq) => ({
    seq,
    user: "u",
    record: { id: `q${seq}`, kind: "gate.passage", at: new Date(Date.now() - 60_000 + seq).toISOString(), shift: null, body },
  })),
  sent: [],
  refused: [],
});

describe("the book of a phone", () => {
  it("lays its own records over the roster", () => {
    const contents = queued(passage({ resident: "r1" }), passage({ direction: "in", by: "visitor", name: "钱有德", phone: "00099998888" }));
    const book = makeBook(held(), contents, "u");
    expect(book.inside.map((one) => [one.name, one.phone_end])).toEqual([["钱有德", "8888"]]);
    expect(exitsLeft(roster(), book, "h1", Date.now())).toBe(0);
    const [sen] = find(roster(), [], "沈玉兰").found;
    expect(again(book, sen!, "out", Date.now())?.id).toBe("q0");
    expect(again(book, sen!, "in", Date.now())).toBeNull();
    // Out again by the list, in any order.
    const out = passage({ by: "visit", visit: "q1" });
    expect(makeBook(held(), queued(passage({ resident: "r1" }), passage({ direction: "in", by: "visitor", name: "钱有德" }), out), "u").inside).toEqual([]);
  });

  it("goes by the server's clock when the phone's is wrong", () => {
    // The phone is three days behind.
    const behind = { ...held(), skew: 3 * 24 * 3600_000 };
    const now = Date.now() + behind.skew;
    const contents = queued(passage({ resident: "r1" }));
    const book = makeBook(behind, contents, "u");
    const [sen] = find(roster(), [], "沈玉兰").found;
    expect(again(book, sen!, "out", now)?.id).toBe("q0");
    expect(exitsLeft(roster(), book, "h1", now)).toBe(0);
    expect(Date.parse(book.own[0]!.at)).toBe(Date.parse(contents.queued[0]!.record.at) + behind.skew);
  });

  it("shows nothing of another user", () => {
    expect(makeBook(held(), queued(passage({ resident: "r1" })), "somebody").own).toEqual([]);
  });

  it("finds people by what a guard types", () => {
    const names = (text: string) => find(roster(), [], text).found.map((one) => one.name);
    expect(names("沈玉")).toEqual(["沈玉兰"]);
    expect(names("502")).toEqual(["沈玉兰", "沈建军"]);
    expect(names("1234")).toEqual(["沈玉兰"]);
    expect(names("00000005678")).toEqual(["沈建军"]);
    expect(names("012x")).toEqual(["沈玉兰"]);
    expect(names("nobody")).toEqual([]);
  });
});

describe("the roster on the phone", () => {
  it("is kept encrypted, read again, and gone when it is wiped or over", async () => {
    const factory = new IDBFactory();
    const db = await openDb(factory, "gate");
    await keepRoster(db, "u", held());
    const raw = JSON.stringify(await db.all("rosters"), (_, value: unknown) =>
      value instanceof ArrayBuffer ? Buffer.from(value).toString("latin1") : value,
    );
    expect(raw).not.toContain("沈");
    expect((await keptRoster(db, "u", GATE))?.roster.residents).toHaveLength(2);
    expect(await keptRoster(db, "somebody", GATE)).toBeNull();
    expect(await keptRoster(db, "u", GATE, Date.now() + 2 * 3600_000)).toBeNull();
    await prune(db, "u", Date.now() + 2 * 3600_000);
    expect(await db.all("rosters")).toEqual([]);
    await keepRoster(db, "u", held());
    await wipe(db);
    expect([await db.all("rosters"), await db.all("keys")]).toEqual([[], []]);
  });

  it("ends with the shift by the server's clock, whatever the phone's says", async () => {
    const db = await openDb(new IDBFactory(), "gate");
    const answer = JSON.stringify(roster({ now: new Date(Date.now() + 5 * 3600_000).toISOString(), until: new Date(Date.now() + 6 * 3600_000).toISOString() }));
    const got = await fetchRoster(async () => new Response(answer, { status: 200, headers: { "content-type": "application/json", etag: '"v2"' } }), GATE, "");
    if (got.kind !== "roster") throw new Error(got.kind);
    expect(Math.round(got.held.skew / 60_000)).toBe(300);
    await keepRoster(db, "u", got.held);
    expect(await keptRoster(db, "u", GATE, Date.now() + 50 * 60_000)).not.toBeNull();
    expect(await keptRoster(db, "u", GATE, Date.now() + 70 * 60_000)).toBeNull();
    await prune(db, "u", Date.now() + 70 * 60_000);
    expect(await db.all("rosters")).toEqual([]);
  });

  it("of a stranger's network is none, and a gate that is not theirs is gone", async () => {
    const answer = (status: number, type: string, body: string | null) => async () =>
      new Response(body, { status, headers: { "content-type": type } });
    const kind = async (fetch: () => Promise<Response>) => (await fetchRoster(fetch, GATE, "")).kind;
    expect(await kind(answer(200, "text/html", "<h1>Log in</h1>"))).toBe("stranger");
    expect(await kind(answer(200, "application/json", "{}"))).toBe("stranger");
    expect(await kind(answer(404, "application/problem+json", '{"code":"not-found"}'))).toBe("gone");
    expect(await kind(answer(404, "text/html", "no"))).toBe("stranger");
    expect(await kind(answer(401, "application/problem+json", "{}"))).toBe("signed-out");
    expect(await kind(answer(304, "application/json", null))).toBe("same");
    expect(await kind(() => Promise.reject(new Error("offline")))).toBe("unreachable");
  });
});

describe("ten thousand waiting records", () => {
  it("are sent in order, and no more is read at a time than is sent", async () => {
    const db = await openDb(new IDBFactory(), "many");
    const queue = new Queue(db);
    const record = (n: number) => ({ id: `r${n}`, kind: "gate.passage" as const, at: new Date(0).toISOString(), shift: null, body: passage({ resident: `p${n}` }) });
    await queue.add("other", [record(-1)]);
    await queue.add("u", Array.from({ length: 10_000 }, (_, n) => record(n)));
    let most = 0;
    const watched = new Queue({
      ...db,
      some: async <T>(store: Parameters<typeof db.some>[0], count: number, after?: IDBValidKey) => {
        most = Math.max(most, count);
        return db.some<T>(store, count, after);
      },
      all: () => Promise.reject(new Error("reads everything")),
    });
    const seen: string[] = [];
    for (let batch = await watched.next("u"); batch.length > 0; batch = await watched.next("u")) {
      seen.push(...batch.map((item) => item.record.id));
      await watched.settle(batch, batch.map((item) => ({ id: item.record.id, status: "accepted", code: "", detail: "" })));
    }
    expect(seen).toEqual(Array.from({ length: 10_000 }, (_, n) => `r${n}`));
    expect(most).toBe(100);
    expect((await queue.contents()).queued.map((item) => item.user)).toEqual(["other"]);
  }, 60_000);

  it("of the version before stay when the storage grows", async () => {
    const factory = new IDBFactory();
    await new Promise<void>((resolve, reject) => {
      const request = factory.open("old", 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("queue", { keyPath: "seq", autoIncrement: true }).add({ user: "u", record: { id: "kept" } });
        for (const name of ["sent", "refused"]) request.result.createObjectStore(name, { keyPath: "id" });
        request.result.createObjectStore("duty", { keyPath: "user" });
      };
      request.onsuccess = () => {
        request.result.close();
        resolve();
      };
      request.onerror = () => reject(new Error("open failed"));
    });
    const db = await openDb(factory, "old");
    expect((await db.all<{ record: { id: string } }>("queue")).map((item) => item.record.id)).toEqual(["kept"]);
    expect(await db.all("rosters")).toEqual([]);
  });
});
