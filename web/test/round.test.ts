import { IDBFactory } from "fake-indexeddb";
import { describe, expect, it } from "vitest";
import { openDb } from "../src/field/db";
import type { Contents } from "../src/field/queue";
import { asked, confirmed, unfit } from "../src/field/round/form";
import { mine, next, overlaid, staircases } from "../src/field/round/doors";
import type { Answers, Door, Outcome, Question, Sheet } from "../src/field/round/types";
import { fetchWorks, keepSheet, keptSheet, keptSheets, take } from "../src/field/round/works";
import type { Held } from "../src/field/vault";

const door = (unit: string, floor: number, label: string, outcome: Outcome | "" = "", last = false): Door => ({
  id: `${unit}-${label}`,
  unit,
  floor,
  label,
  name: "",
  people: 2,
  weak: false,
  outcome,
  last,
  tries: outcome ? 1 : 0,
  at: null,
});

const sheet = (doors: Door[]): Held<Sheet> => ({
  value: {
    round: {
      id: "r",
      name: "送一封信",
      place: "交暨",
      kind: "letter",
      reach: "households",
      deadline: new Date().toISOString(),
      offers: [
        { outcome: "letter", last: true },
        { outcome: "nobody-in", last: false },
        { outcome: "moved", last: true },
      ],
      targets: doors.length,
      finals: 0,
    },
    piece: { id: "p", place: "b", name: "1号楼", floors: 3, lift: false, effort: 20, team: 0, targets: doors.length, finals: 0, mine: true, held: false },
    doors,
    shift: "s",
    now: new Date().toISOString(),
    until: new Date(Date.now() + 3_600_000).toISOString(),
  },
  version: "",
  receivedAt: Date.now(),
  skew: 0,
  until: Date.now() + 3_600_000,
});

const building = [door("1单元", 1, "101"), door("1单元", 1, "102"), door("1单元", 2, "201"), door("2单元", 1, "101")];

let seq = 0;
const queued = (...what: [string, Outcome][]): Contents => ({
  queued: what.map(([target, outcome]) => ({
    seq: ++seq,
    user: "u",
    record: {
      id: `q${seq}`,
      kind: "round.outcome",
      at: new Date(1_640_000_000_000 + seq * 1_000).toISOString(),
      shift: "s",
      body: { round: "r", piece: "p", target, outcome },
    },
  })),
  sent: [],
  refused: [],
});

describe("a building on the phone", () => {
  it("stands as it is: floors up, staircases across", () => {
    const shape = staircases(building).map((one) => [one.unit, one.floors.map(({ floor, doors }) => [floor, doors.length])]);
    expect(shape).toEqual([
      ["1单元", [[2, 1], [1, 2]]],
      ["2单元", [[1, 1]]],
    ]);
  });

  it("shows what this phone recorded, and what was final stays final", () => {
    const contents = queued(["1单元-101", "nobody-in"], ["1单元-102", "letter"], ["1单元-102", "nobody-in"], ["2单元-101", "letter"], ["2单元-101", "moved"]);
    const shown = overlaid(sheet(building), mine(contents, "u", "p"));
    expect(shown.map((one) => [one.outcome, one.last])).toEqual([
      ["nobody-in", false],
      ["letter", true],
      ["", false],
      ["moved", true],
    ]);
    expect(mine(contents, "somebody", "p")).toEqual([]);
    expect(mine(contents, "u", "another")).toEqual([]);
  });

  it("takes back what was voided", () => {
    const contents = queued(["1单元-101", "letter"]);
    contents.queued.push({
      seq: ++seq,
      user: "u",
      record: { id: "v", kind: "record.void", at: new Date().toISOString(), shift: "s", body: { record: contents.queued[0]!.record.id, reason: "x" } },
    });
    expect(overlaid(sheet(building), mine(contents, "u", "p"))[0]!.outcome).toBe("");
  });

  it("leads from door to door, and comes back to those that were passed over", () => {
    expect(next(building, null)?.id).toBe("1单元-101");
    expect(next(building, "1单元-102")?.id).toBe("1单元-201");
    const done = building.map((one, i) => (i === 1 ? one : { ...one, outcome: "letter" as const, last: true }));
    expect(next(done, "2单元-101")?.id).toBe("1单元-102");
    expect(next(done, "1单元-102")).toBeNull();
  });

  it("is kept encrypted for times without a network", async () => {
    const db = await openDb(new IDBFactory(), "round");
    await keepSheet(db, "u", sheet(building));
    const raw = JSON.stringify(await db.all("rosters"), (_, value: unknown) =>
      value instanceof ArrayBuffer ? Buffer.from(value).toString("latin1") : value,
    );
    expect(raw).not.toContain("送一封信");
    expect((await keptSheet(db, "u", "p"))?.value.doors).toHaveLength(4);
    expect(await keptSheets(db, "u")).toHaveLength(1);
    expect(await keptSheets(db, "somebody")).toEqual([]);
  });

  it("does not take a portal's page for a building", async () => {
    const portal = async () => new Response("<h1>Wi-Fi</h1>", { status: 200, headers: { "content-type": "text/html" } });
    expect(await fetchWorks(portal)).toBeNull();
    expect((await take(portal, "r", {})).kind).toBe("offline");
    const held = async () =>
      new Response(JSON.stringify({ code: "piece-held", title: "王建国 is at this building" }), {
        status: 409,
        headers: { "content-type": "application/problem+json" },
      });
    expect(await take(held, "r", { piece: "p" })).toEqual({ kind: "refused", code: "piece-held", title: "王建国 is at this building" });
  });
});

describe("a form at the door", () => {
  const question = (name: string, kind: Question["kind"], over: Partial<Question> = {}): Question => ({
    name,
    kind,
    words: { zh: name, en: "" },
    required: false,
    least: null,
    most: null,
    choices: [],
    only_if: null,
    ...over,
  });
  const choices = (...values: string[]) => values.map((value) => ({ value, words: { zh: value, en: "" } }));
  // The same table as in crates/rounds/src/form.rs.
  const questions = [
    question("away", "choice", { choices: choices("yes", "no"), required: true }),
    question("since", "date", { only_if: { question: "away", is: "yes" }, required: true }),
    question("degrees", "temperature", { least: 340, most: 430 }),
    question("signs", "several", { choices: choices("cough", "fever") }),
    question("doctor", "text", { only_if: { question: "signs", is: "fever" }, required: true }),
    question("where", "place"),
    question("letter", "photo"),
    question("signed", "signature"),
  ];
  it.each<[Answers, string[]]>([
    [{ away: "no" }, []],
    [{ away: "no", since: "soon" }, []],
    [{ away: "yes", since: "2020-02-09", degrees: 365 }, []],
    [{ away: "yes" }, ["since"]],
    [{ away: "yes", since: "soon" }, ["since"]],
    [{ away: "perhaps" }, ["away"]],
    [{}, ["away"]],
    [{ away: "no", degrees: 999 }, ["degrees"]],
    [{ away: "no", degrees: NaN }, ["degrees"]],
    [{ away: "no", signs: ["cough"] }, []],
    [{ away: "no", signs: ["fever"] }, ["doctor"]],
    [{ away: "no", signs: ["plague"] }, ["signs"]],
    [{ away: "no", where: "31.23,121.47" }, []],
    [{ away: "no", where: "131.23,121.47" }, ["where"]],
    [{ away: "no", letter: "data:image/jpeg;base64,AAAA" }, []],
    [{ away: "no", letter: "data:text/html;base64,AAAA" }, ["letter"]],
    [{ away: "no", letter: `data:image/jpeg;base64,${"A".repeat(10_000)}` }, ["letter"]],
    [{ away: "no", signed: "M10 20L30 40" }, []],
    [{ away: "no", signed: 'M10 20"/><script>' }, ["signed"]],
  ])("judges %j", (answers, wrong) => {
    expect(unfit(questions, answers)).toEqual(wrong);
  });
  it("begins with what is known, as far as the form still takes it", () => {
    const known = { away: "yes", since: "soon", degrees: 365, gone: "x" };
    expect(confirmed(questions, known)).toEqual({ away: "yes", degrees: 365 });
  });
  it("sends no answers to what is not asked any more", () => {
    expect(asked(questions, { away: "no", since: "2020-02-09" })).toEqual({ away: "no" });
  });
});
