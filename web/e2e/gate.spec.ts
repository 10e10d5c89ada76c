/** The gate's promises, in a true browser, against a mock server. */

import { expect, test, type Page } from "@playwright/test";
import type { Passage } from "../src/field/gate/types";
import { checkAccessibility, checkTouch, watchConsole } from "./helpers";
import { Mock, sampleDuty, sampleGate } from "./mock";

let mock: Mock;
let url: string;

test.beforeEach(async () => {
  const duty = sampleDuty();
  mock = new Mock(duty);
  mock.roster = sampleGate(duty);
  url = await mock.start();
});

test.afterEach(async () => {
  await mock.stop();
  expect(mock.faults).toEqual([]);
});

/** Opens the gate, and waits until it can be opened again without a network. */
async function open(page: Page): Promise<void> {
  await page.goto(`${url}/field`);
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    while (!(await caches.match("/field"))) await new Promise((done) => setTimeout(done, 50));
  });
  await page.locator(".gate-open a").click();
  await expect(page.locator(".gate-search")).toBeVisible();
}

const search = (page: Page) => page.locator(".gate-search");
const waiting = (page: Page) => page.locator(".queue");
const key = (page: Page, name: string) => page.locator(`[data-key="${name}"]`);
const journal = () => Array.from(mock.journal.values(), ({ record }) => record);
const passages = () => journal().map((record) => record.body as Passage);

async function choose(page: Page, text: string): Promise<void> {
  await search(page).fill(text);
  await page.locator(".gate-row").first().click();
}

async function visitor(page: Page): Promise<void> {
  await key(page, "visitor").click();
  await page.locator('input[name="name"]').fill("钱有德");
  await page.locator('input[name="phone"]').fill("000 1234 5678");
  await page.locator('input[name="visiting"]').fill("1号楼 502");
  await page.locator('input[name="from"]').fill("苏州");
  await page.locator(".gate-form button[type=submit]").click();
  await key(page, "go").click();
  await expect(search(page)).toBeVisible();
}

test("a night without a network: everything is recorded, survives the app, and is sent once and in order", async ({ page, context }) => {
  const calm = watchConsole(page);
  await open(page);
  await context.setOffline(true);
  // A resident by card number, with a temperature of two taps.
  await search(page).fill("57240006");
  await page.locator(".gate-row").click();
  await expect(page.locator(".verdict.go")).toBeVisible();
  await key(page, "t6").click();
  await key(page, "t5").click();
  await expect(page.locator(".degrees")).toHaveText("36.5 ℃");
  await key(page, "go").click();
  await expect(page.locator(".gate-flash.go")).toBeVisible();
  await expect(search(page)).toBeVisible();
  await visitor(page);
  await expect(waiting(page)).toHaveAttribute("data-waiting", "2");
  // The phone is dropped, and opened again in the dark.
  await page.close();
  const again = await context.newPage();
  await again.goto(`${url}/field#gate=${mock.roster!.gate.id}`);
  await expect(search(again)).toBeVisible();
  await expect(waiting(again)).toHaveAttribute("data-waiting", "2");
  await again.locator('.gate-tabs [data-key="inside"]').click();
  await again.getByRole("button", { name: "离开" }).click();
  await expect(waiting(again)).toHaveAttribute("data-waiting", "3");
  expect(mock.received).toEqual([]);
  await context.setOffline(false);
  await expect(waiting(again)).toHaveAttribute("data-waiting", "0");
  const all = passages();
  expect(all.map((one) => [one.direction, one.decision])).toEqual([["in", "go"], ["in", "go"], ["out", "go"]]);
  expect(all[0]).toMatchObject({ pass: mock.roster!.passes[0]!.id, temperature: 365, mask: true });
  expect(all[1]).toMatchObject({ name: "钱有德", phone: "00012345678", from: "苏州" });
  expect(all[2]!.visit).toBe(journal()[1]!.id);
  expect(mock.received).toHaveLength(3);
  calm();
});

test("somebody confined is stopped, the way to the doctor is open, and a fever is confirmed", async ({ page }) => {
  await open(page);
  await key(page, "way-out").click();
  await choose(page, "何永辉");
  await expect(page.locator(".verdict.stop .why")).toHaveText("居家隔离中");
  await key(page, "medical").click();
  await expect(search(page)).toBeVisible();
  await choose(page, "沈玉兰");
  await key(page, "t8").click();
  await key(page, "t1").click();
  await expect(page.locator(".verdict.stop .why")).toHaveText("体温超过警戒");
  page.once("dialog", (dialog) => void dialog.dismiss());
  await key(page, "stop").click();
  await expect(page.locator(".verdict.stop")).toBeVisible();
  page.once("dialog", (dialog) => void dialog.accept());
  await key(page, "stop").click();
  await expect(search(page)).toBeVisible();
  await expect(waiting(page)).toHaveAttribute("data-waiting", "0");
  expect(passages().map((one) => [one.decision, one.reason, one.despite ?? ""])).toEqual([
    ["go", "confined", "就医"],
    ["stop", "hot", ""],
  ]);
});

test("a login page in the way and answers that are lost: nothing is doubled, nothing is gone", async ({ page }) => {
  await open(page);
  mock.mood = "portal";
  await choose(page, "沈玉兰");
  await key(page, "go").click();
  await expect(search(page)).toBeVisible();
  await expect(waiting(page)).toHaveAttribute("data-waiting", "1");
  mock.mood = "lost-answer";
  await key(page, "send").click();
  await expect.poll(() => mock.received.length).toBeGreaterThan(0);
  await expect(waiting(page)).toHaveAttribute("data-waiting", "1");
  mock.mood = "good";
  await expect(async () => {
    await key(page, "send").click({ timeout: 1_000 }).catch(() => undefined);
    await expect(waiting(page)).toHaveAttribute("data-waiting", "0", { timeout: 2_000 });
  }).toPass();
  expect(mock.journal.size).toBe(1);
});

test("a phone that is signed out, or whose gate is another's, holds nothing any more", async ({ page }) => {
  await open(page);
  const kept = () =>
    page.evaluate(
      () =>
        new Promise<number[]>((resolve, reject) => {
          const request = indexedDB.open("fangxian-field");
          request.onerror = () => reject(new Error("no storage"));
          request.onsuccess = () => {
            const tx = request.result.transaction(["rosters", "keys"]);
            const counts = ["rosters", "keys"].map((name) => tx.objectStore(name).count());
            tx.oncomplete = () => {
              request.result.close();
              resolve(counts.map((count) => count.result));
            };
          };
        }),
    );
  expect(await kept()).toEqual([1, 1]);
  mock.mood = "signed-out";
  await page.reload();
  await expect(page.getByText("还没有这个卡点的名单")).toBeVisible();
  expect(await kept()).toEqual([0, 0]);
  mock.mood = "good";
  await page.reload();
  await expect(search(page)).toBeVisible();
  mock.roster = null;
  await page.reload();
  await expect(page.getByText("名单已从手机删除")).toBeVisible();
  expect((await kept())[0]).toBe(0);
});

test("parcels come, wait, and are carried up", async ({ page }) => {
  await open(page);
  await page.locator('.gate-tabs [data-key="parcels"]').click();
  await key(page, "parcel-in").click();
  await page.locator('input[name="flat"]').fill("2号楼 101");
  await page.locator(".gate-form button[type=submit]").click();
  await expect(page.locator(".gate-row .tag")).toHaveText(["要送上门"]);
  await page.getByRole("button", { name: "已送上门" }).click();
  await expect(page.getByText("货架上没有包裹")).toBeVisible();
  await expect(waiting(page)).toHaveAttribute("data-waiting", "0");
  expect(journal().map((record) => record.kind)).toEqual(["gate.parcel", "gate.parcel-out", "work.count"]);
});

test("the gate can be used by everybody, in both languages", async ({ page }) => {
  for (const lang of ["zh-CN", "en"] as const) {
    mock.lang = lang;
    await page.goto("about:blank");
    await open(page);
    await checkAccessibility(page);
    await checkTouch(page);
    await choose(page, "沈玉兰");
    await expect(page.locator(".verdict.go")).toBeVisible();
    await checkAccessibility(page);
    await checkTouch(page);
    await page.locator('[data-key="cancel"]').click();
    await key(page, "visitor").click();
    await checkAccessibility(page);
  }
});
