import { describe, expect, it } from "vitest";
import type { Contents } from "../src/field/queue";
import { chooseShift, counts, shiftViews } from "../src/field/state";
import type { FieldRecord, KeptDuty, Kind, Bodies, Presence } from "../src/field/types";
import { ANNA, BO, SHIFT } from "./helpers";

const ME = "01900000-0000-7000-8000-0000000000aa";
const OTHER = "01900000-0000-7000-8000-0000000000bb";
const T0 = Date.parse("2020-02-10T01:00:00Z");
const HOUR = 3600_000;
let made = 0;

function rec<K extends Kind>(kind: K, body: Bodies[K], minute = 0): FieldRecord<K> {
  const id = `01900000-0000-7000-8000-${String(++made).padStart(12, "0")}`;
  return { id, kind, at: new Date(T0 + minute * 60_000).toISOString(), shift: SHIFT, body };
}

const nothing = (): Contents => ({ queued: [], sent: [], refused: [] });

function contents(queued: FieldRecord[], sent: { record: FieldRecord; sentAt: number }[] = [], user = ANNA): Contents {
  return {
    queued: queued.map((record, seq) => ({ seq, user, record })),
    sent: sent.map(({ record, sentAt }) => ({ id: record.id, user, record, sentAt })),
    refused: [],
  };
}

function kept(state: Presence = "expected", requestedAt = T0): KeptDuty {
  const at = (hours: number) => new Date(T0 + hours * HOUR).toISOString();
  const in_at = state === "expected" ? null : at(0);
  const out_at = state === "left" ? at(1) : null;
  return {
    user: ANNA,
    requestedAt,
    receivedAt: requestedAt,
    duty: {
      user: { id: ANNA, name: "Anna", helper: ME },
      now: at(0),
      zone: "Asia/Shanghai",
      activities: [],
      shifts: [
        {
          id: SHIFT, post: "p", place: "x", org: null, starts_at: at(0), ends_at: at(4), leader: true,
          people: [
            { helper: ME, name: "Anna", state, in_at, out_at },
            { helper: OTHER, name: "Bo", state: "expected", in_at: null, out_at: null },
          ],
        },
      ],
    },
  };
}

const me = (duty: KeptDuty, have: Contents, user = ANNA) => {
  const view = shiftViews(duty, user, have)[0]?.me;
  return view && { state: view.state, waiting: view.waiting, in_at: view.in_at, out_at: view.out_at };
};

describe("the screen is the server's duty with this phone's records over it", () => {
  it("shows a queued check-in as here, waiting", () => {
    const record = rec("attendance.check-in", { helper: ME }, 3);
    expect(me(kept(), contents([record]))).toEqual({ state: "here", waiting: true, in_at: record.at, out_at: null });
  });

  it("shows a sent check-in that the duty does not know yet, without the mark", () => {
    const record = rec("attendance.check-in", { helper: ME });
    expect(me(kept("expected", T0), contents([], [{ record, sentAt: T0 + 1 }]))).toMatchObject({ state: "here", waiting: false });
  });

  it("believes a later duty over an old record", () => {
    const record = rec("attendance.check-in", { helper: ME });
    expect(me(kept("left", T0 + HOUR), contents([], [{ record, sentAt: T0 }]))).toMatchObject({ state: "left" });
  });

  it("undo of a queued check-in", () => {
    const record = rec("attendance.check-in", { helper: ME });
    const undo = rec("record.void", { record: record.id, reason: "x" });
    expect(me(kept(), contents([record, undo]))).toMatchObject({ state: "expected", in_at: null });
  });

  it("undo of a check-in and of a check-out that the duty already shows", () => {
    const come = rec("attendance.check-in", { helper: ME });
    const undoCome = rec("record.void", { record: come.id, reason: "x" });
    const old = [{ record: come, sentAt: T0 - HOUR }];
    expect(me(kept("here", T0), contents([undoCome], old))).toMatchObject({ state: "expected", in_at: null });
    const go = rec("attendance.check-out", { helper: ME });
    const undoGo = rec("record.void", { record: go.id, reason: "x" });
    expect(me(kept("left", T0), contents([undoGo], [{ record: go, sentAt: T0 - HOUR }]))).toMatchObject({
      state: "here",
      out_at: null,
    });
  });

  it("ignores the records of other users and about other people", () => {
    expect(me(kept(), contents([rec("attendance.check-in", { helper: ME })], [], BO))).toMatchObject({ state: "expected" });
    expect(me(kept(), contents([rec("attendance.check-in", { helper: OTHER })]))).toMatchObject({ state: "expected" });
  });
});

describe("own counts", () => {
  const day = (at: string) => at.slice(0, 10);
  it("sums what is queued and sent today, without what was voided", () => {
    const one = rec("work.count", { helper: ME, activity: "a", quantity: 3 });
    const two = rec("work.count", { helper: ME, activity: "a", quantity: 4 });
    const undo = rec("record.void", { record: two.id, reason: "x" });
    const yesterday = { ...rec("work.count", { helper: ME, activity: "a", quantity: 9 }), at: "2020-02-09T01:00:00.000Z" };
    const have = contents([two, undo], [{ record: one, sentAt: T0 }, { record: yesterday, sentAt: T0 }]);
    expect(counts(ANNA, have, day, "2020-02-10").map((count) => count.quantity)).toEqual([3]);
    expect(counts(BO, have, day, "2020-02-10")).toEqual([]);
  });
});

describe("which shift comes first", () => {
  const two = (): KeptDuty => {
    const duty = kept();
    const [first] = duty.duty.shifts;
    duty.duty.shifts.push({ ...first!, id: OTHER, starts_at: "2020-02-11T01:00:00Z", ends_at: "2020-02-11T05:00:00Z", leader: false });
    return duty;
  };
  it("the one that is on, then the next", () => {
    const shifts = shiftViews(two(), ANNA, nothing());
    expect(chooseShift(shifts, T0 + HOUR)?.id).toBe(SHIFT);
    expect(chooseShift(shifts, T0 + 23 * HOUR)?.id).toBe(OTHER);
    expect(chooseShift([], T0)).toBeNull();
  });
  it("where the user is here, whatever the clock says", () => {
    const shifts = shiftViews(two(), ANNA, contents([rec("attendance.check-in", { helper: ME })]));
    expect(chooseShift(shifts, T0 + 100 * HOUR)?.id).toBe(SHIFT);
  });
});
