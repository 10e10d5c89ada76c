import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { readChart } from "../src/app/chart-data";
import { contentDigest } from "../src/field/digest";
import { readDuty } from "../src/field/duty";
import { makeFormat } from "../src/field/format";
import { retryAfter } from "../src/field/post";
import { texts } from "../src/field/texts";
import { uuidv7 } from "../src/field/uuid";

describe("small things", () => {
  it("uuidv7 has its version, variant and time, and never repeats", () => {
    const id = uuidv7(1_581_300_000_123);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(parseInt(id.replaceAll("-", "").slice(0, 12), 16)).toBe(1_581_300_000_123);
    expect(new Set(Array.from({ length: 10_000 }, () => uuidv7(1))).size).toBe(10_000);
    const batch = Array.from({ length: 500 }, () => uuidv7(2));
    expect([...batch].sort()).toEqual(batch);
  });

  it("digest is that of the bytes", () => {
    const body = new TextEncoder().encode('{"records":[]} 防线');
    expect(contentDigest(body)).toBe(`sha-256=:${createHash("sha256").update(body).digest("base64")}:`);
  });

  it("Retry-After in seconds and as a date, within an hour", () => {
    const now = Date.parse("2020-02-10T01:00:00Z");
    expect(retryAfter("5", now)).toBe(5_000);
    expect(retryAfter("Mon, 10 Feb 2020 01:01:00 GMT", now)).toBe(60_000);
    expect(retryAfter("999999", now)).toBe(3_600_000);
    expect(retryAfter("soon", now)).toBeNull();
    expect(retryAfter(null, now)).toBeNull();
  });

  it("reads a duty, and nothing else", () => {
    const duty = {
      user: { id: "u", name: "n", helper: null }, now: "2020-02-10T01:00:00Z", zone: "Asia/Shanghai",
      activities: [{ code: "c", zh: "z", en: "e" }],
      shifts: [{
        id: "s", post: "p", place: "x", org: null, starts_at: "2020-02-10T01:00:00Z", ends_at: "2020-02-10T05:00:00Z", leader: false,
        people: [{ helper: "h", name: "n", state: "expected", in_at: null, out_at: null }],
      }],
    };
    expect(readDuty(duty)).toBe(duty);
    expect(readDuty({ ...duty, shifts: [{ ...duty.shifts[0], starts_at: "soon" }] })).toBeNull();
    expect(readDuty({ ...duty, user: null })).toBeNull();
    expect(readDuty("<html>")).toBeNull();
  });

  it("times are of the place, whatever the phone's zone", () => {
    expect(makeFormat("zh-CN", "Asia/Shanghai").time("2020-02-10T01:05:00Z")).toBe("09:05");
    expect(makeFormat("zh-CN", "Asia/Shanghai").date("2020-02-10T01:05:00Z")).toBe("2月10日 周一");
    expect(makeFormat("en", "Asia/Shanghai").date("2020-02-09T17:00:00Z")).toBe("Mon, 10 Feb");
    expect(makeFormat("en", "Asia/Shanghai").day("2020-02-09T17:00:00Z")).toBe("2020-02-10");
  });

  it("both languages say something everywhere, and not the same", () => {
    const [zh, en] = [texts("zh-CN"), texts("en")];
    expect(Object.keys(en)).toEqual(Object.keys(zh));
    for (const [key, value] of Object.entries(en)) {
      if (typeof value !== "string") continue;
      expect(value, key).not.toBe("");
      expect(value, key).not.toMatch(/[\u4e00-\u9fff]/);
    }
  });

  it("a chart is what the schema says", () => {
    const chart = { kind: "line", title: "t", x: ["2020-02-10"], series: [{ name: "a", data: [1] }] };
    expect(readChart(JSON.stringify(chart))).toEqual({ ...chart, stack: false, unit: "" });
    expect(readChart(JSON.stringify({ ...chart, kind: "pie" }))).toBeNull();
    expect(readChart(JSON.stringify({ ...chart, series: [{ name: "a", data: ["1"] }] }))).toBeNull();
    expect(readChart("")).toBeNull();
  });
});
