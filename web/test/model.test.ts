import { IDBFactory } from "fake-indexeddb";
import { describe, expect, it, vi } from "vitest";
import { openDb } from "../src/field/db";
import { Model } from "../src/field/model";
import type { Fetch } from "../src/field/post";
import type { Duty } from "../src/field/types";
import { ANNA, BO, FakeServer, json, problem, SHIFT } from "./helpers";

const duty = (user: string): Duty => ({
  user: { id: user, name: user, helper: SHIFT },
  now: new Date().toISOString(),
  zone: "Asia/Shanghai",
  activities: [],
  shifts: [],
});

/** A server with a session: who is signed in, or nobody. */
function site(factory = new IDBFactory()) {
  const server = new FakeServer();
  const state = { session: ANNA as string | null, portal: false, server, factory };
  const fetch: Fetch = async (url, init) => {
    if (state.portal) return new Response("<h1>Wi-Fi</h1>", { headers: { "Content-Type": "text/html" } });
    if (!state.session) return problem(401);
    if (url === "/api/field/duty") return json(duty(state.session));
    if (new Headers(init.headers).get("x-field-user") !== state.session) return problem(409);
    return server.fetch(url, init);
  };
  const open = async (user = ANNA) => {
    const model = new Model({ db: await openDb(factory), fetch, user });
    await model.start();
    return model;
  };
  return { state, server, open };
}

const count = { kind: "work.count", shift: SHIFT, body: { helper: SHIFT, activity: "a", quantity: 1 } } as const;

describe("the page", () => {
  it("records, sends, and knows the duty without a network the next time", async () => {
    const { state, server, open } = site();
    const model = await open();
    expect(await model.record([count])).toHaveLength(1);
    await vi.waitFor(() => expect(server.journal).toHaveLength(1));
    state.portal = true;
    const later = await open();
    expect(later.kept?.duty.user.id).toBe(ANNA);
    expect(later.sender.trouble?.kind).toBe("stranger");
  });

  it("keeps everything while signed out, and sends it after signing in again", async () => {
    const { state, server, open } = site();
    const model = await open();
    state.session = null;
    await model.record([count]);
    await vi.waitFor(() => expect(model.sender.trouble?.kind).toBe("signed-out"));
    expect(model.waiting).toHaveLength(1);
    state.session = ANNA;
    await model.sync("person");
    expect(server.journal).toHaveLength(1);
    expect(model.waiting).toHaveLength(0);
  });

  it("never sends the records of one user under the name of another", async () => {
    const { state, server, open } = site();
    const anna = await open();
    state.session = BO;
    // Her page does not know yet that he has signed in.
    await anna.record([count]);
    await vi.waitFor(() => expect(anna.sender.trouble?.kind).toBe("other-user"));
    expect(server.journal).toHaveLength(0);
    const bo = await open(BO);
    expect([bo.waiting.length, bo.othersWaiting]).toEqual([0, 1]);
    await bo.record([count]);
    await vi.waitFor(() => expect(server.journal).toHaveLength(1));
    expect(server.journal[0]?.id).not.toBe(anna.waiting[0]?.record.id);
    state.session = ANNA;
    const again = await open();
    await again.sync("person");
    expect(server.journal).toHaveLength(2);
    expect(again.waiting).toHaveLength(0);
  });

  it("follows the session when the kept page is that of another user", async () => {
    const { state, open } = site();
    state.session = BO;
    const model = await open(ANNA);
    expect(model.user).toBe(BO);
  });

  it("sends what was recorded while a request was under way", async () => {
    const { server, open } = site();
    const model = await open();
    await Promise.all([model.record([count]), model.record([count]), model.record([count])]);
    await vi.waitFor(() => expect(server.journal).toHaveLength(3));
  });
});
