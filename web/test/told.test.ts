import { describe, expect, it } from "vitest";
import { ask, fresh, type Told } from "../src/shared/told";
import { json } from "./helpers";

const told = (n: number): Told => ({ id: `m${n}`, text: `空岗 ${n}`, href: "/offers", at: "2022-03-10T08:00:00Z" });

function storage(broken = false): Storage {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => {
      if (broken) throw new DOMException("full", "QuotaExceededError");
      kept.set(key, value);
    },
  } as Storage;
}

describe("messages", () => {
  it("are shown once", () => {
    const kept = storage();
    expect(fresh([told(1), told(2)], kept).map((one) => one.id)).toEqual(["m1", "m2"]);
    expect(fresh([told(2), told(3)], kept).map((one) => one.id)).toEqual(["m3"]);
    expect(fresh([told(1)], kept)).toEqual([]);
  });

  it("are shown again rather than lost when nothing can be kept", () => {
    const kept = storage(true);
    expect(fresh([told(1)], kept)).toHaveLength(1);
    expect(fresh([told(1)], kept)).toHaveLength(1);
  });

  it("survive what somebody else kept under the name", () => {
    const kept = storage();
    kept.setItem("fangxian-told", "{not json");
    expect(fresh([told(1)], kept)).toHaveLength(1);
  });

  it("are taken from the server alone", async () => {
    const of = (response: Response) => ask(() => Promise.resolve(response));
    expect(await of(json([told(1)]))).toHaveLength(1);
    expect(await of(new Response("<html>log in</html>", { status: 200 }))).toBeNull();
    expect(await of(json({ portal: true }))).toBeNull();
    expect(await of(json([{ ...told(1), href: "https://elsewhere.example/" }]))).toBeNull();
    expect(await of(json([{ ...told(1), href: "//elsewhere.example/" }]))).toBeNull();
    expect(await of(json([], { status: 401 }))).toBeNull();
    expect(await ask(() => Promise.reject(new TypeError("Failed to fetch")))).toBeNull();
  });
});
