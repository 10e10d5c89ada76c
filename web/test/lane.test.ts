import { describe, expect, it } from "vitest";
import { boxesOf, findPeople, refusePerson, refuseTube, stateOf, tubeCode } from "../src/field/lane/tubes";
import type { LaneList, LanePerson } from "../src/field/lane/types";
import type { Contents } from "../src/field/queue";

const person = (n: number, over: Partial<LanePerson> = {}): LanePerson => ({
  target: `t${n}`,
  piece: "p",
  household: `h${Math.ceil(n / 2)}`,
  name: `沈${n}`,
  flat: `1号楼 ${n}01`,
  phone_end: `100${n}`,
  identity_end: `01${n}X`,
  number: `5724000${n}`,
  last: false,
  ...over,
});

const list = (over: Partial<LaneList> = {}): LaneList => ({
  lane: { round: "r", name: "全员核酸", site: "s", place: "交暨", lane: "1号通道", shift: "x", until: new Date(Date.now() + 3_600_000).toISOString() },
  now: new Date().toISOString(),
  keys: [],
  community: "c",
  people: [person(1), person(2), person(3), person(4, { last: true })],
  tubes: [
    { code: "SEALED01", capacity: 10, taken: 10, sealed: true, lane: "1号通道" },
    { code: "OTHER001", capacity: 10, taken: 3, sealed: false, lane: "2号通道" },
  ],
  ...over,
});

let seq = 0;
const records = (...all: [string, unknown][]): Contents => ({
  queued: all.map(([kind, body]) => ({
    seq: ++seq,
    user: "u",
    record: { id: `q${seq}`, kind: kind as "sampling.sample", at: new Date(1_640_000_000_000 + seq * 1_000).toISOString(), shift: "x", body: body as never },
  })),
  sent: [],
  refused: [],
});
const sample = (tube: string, n: number, capacity = 2): [string, unknown] => [
  "sampling.sample",
  { round: "r", site: "s", lane: "1号通道", tube, capacity, piece: "p", target: `t${n}` },
];
const state = (contents: Contents) => stateOf(list(), contents, "u");

describe("tubes at a lane", () => {
  it("are read as they are scanned and typed, as the server reads them", () => {
    expect(["hx-2021 000123", "123456", "12345", "123456789012345678901", "试管000001", ""].map(tubeCode)).toEqual([
      "HX2021000123",
      "123456",
      null,
      null,
      null,
      null,
    ]);
  });

  it("are refused at once when wrong, closed, full, or in use elsewhere", () => {
    const now = state(records(sample("TUBE0001", 1), sample("TUBE0001", 2)));
    expect(refuseTube(now, null, "1号通道")).toBe("bad");
    expect(refuseTube(now, "SEALED01", "1号通道")).toBe("sealed");
    expect(refuseTube(now, "OTHER001", "1号通道")).toBe("elsewhere");
    expect(refuseTube(now, "TUBE0001", "1号通道")).toBe("full");
    expect(refuseTube(now, "TUBE0002", "1号通道")).toBeNull();
  });

  it("stay open until they are closed, and take nobody twice", () => {
    const contents = records(sample("TUBE0001", 1));
    const open = state(contents);
    expect(open.open?.code).toBe("TUBE0001");
    expect(refusePerson(list(), open, open.open!, person(1))).toBe("already");
    expect(refusePerson(list(), open, open.open!, person(4, { last: true }))).toBe("already");
    expect(refusePerson(list(), open, open.open!, person(2))).toBeNull();
    contents.queued.push(...records(["sampling.seal", { round: "r", site: "s", tube: "TUBE0001" }]).queued);
    expect(state(contents).open).toBeNull();
  });

  it("take one household where that is asked", () => {
    const open = state(records(sample("HOME0001", 1, 0)));
    expect(refusePerson(list(), open, open.open!, person(2))).toBeNull();
    expect(refusePerson(list(), open, open.open!, person(3))).toBe("household");
  });

  it("give back whoever was taken back", () => {
    const contents = records(sample("TUBE0001", 1));
    contents.queued.push(...records(["record.void", { record: contents.queued[0]!.record.id, reason: "x" }]).queued);
    const after = state(contents);
    expect([after.open, after.done.has("t1"), after.own.length]).toEqual([null, false, 0]);
  });

  it("lie in boxes until those are carried away", () => {
    const boxed = list({ tubes: [{ code: "SEALED01", capacity: 10, taken: 10, sealed: true, lane: "1号通道", box: "2箱" }] });
    const contents = records(["sampling.seal", { round: "r", site: "s", tube: "TUBE0001", box: "10箱" }], ["sampling.seal", { round: "r", site: "s", tube: "TUBE0002", box: "2箱" }]);
    expect(boxesOf(boxed, contents, "u")).toEqual([
      { box: "2箱", tubes: 2 },
      { box: "10箱", tubes: 1 },
    ]);
    contents.queued.push(...records(["sampling.hand-over", { site: "s", box: "2箱", tubes: 2, to: "转运车" }]).queued);
    expect(boxesOf(boxed, contents, "u")).toEqual([{ box: "10箱", tubes: 1 }]);
    expect(boxesOf({ ...boxed, handed: ["2箱", "10箱"] }, contents, "u")).toEqual([]);
  });

  it("find people by card, name, flat, ends of numbers", () => {
    const names = (text: string) => findPeople(list(), text).map((one) => one.name);
    expect([names("57240002"), names("沈3"), names("101"), names("00000001002"), names("013x"), names("没有")]).toEqual([["沈2"], ["沈3"], ["沈1"], ["沈2"], ["沈3"], []]);
  });
});
