/** The field app's promises, in a true browser, against a mock server. */

import { expect, test, type Page } from "@playwright/test";
import { checkAccessibility, checkOut, checkTouch, watchConsole } from "./helpers";
import { Mock, sampleDuty } from "./mock";

let mock: Mock;
let url: string;

async function begin(duty = sampleDuty()): Promise<void> {
  mock = new Mock(duty);
  url = await mock.start();
}

test.afterEach(async () => {
  await mock.stop();
  expect(mock.faults).toEqual([]);
});

/** Opens the page and waits until it can be opened without a network. */
async function open(page: Page): Promise<void> {
  await page.goto(`${url}/field`);
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    while (!(await caches.match("/field"))) await new Promise((done) => setTimeout(done, 50));
  });
}

const checkIn = (page: Page) => page.locator(".huge.in");
const outButton = (page: Page) => page.locator(".huge.out");
const waiting = (page: Page) => page.locator(".queue");

test("offline: check in, reload, come back: sent exactly once", async ({ page, context }) => {
  await begin();
  const calm = watchConsole(page);
  await open(page);
  await context.setOffline(true);
  await checkIn(page).click();
  await expect(outButton(page)).toBeVisible();
  await expect(waiting(page)).toHaveAttribute("data-waiting", "1");
  await page.reload();
  await expect(outButton(page)).toBeVisible();
  await expect(waiting(page)).toHaveAttribute("data-waiting", "1");
  await expect(page.locator(".net")).toHaveText("离线");
  expect(mock.received).toEqual([]);
  await context.setOffline(false);
  await expect(waiting(page)).toHaveAttribute("data-waiting", "0");
  await expect(page.locator(".net")).toHaveText("在线");
  const duty = page.waitForResponse("**/api/field/duty");
  await page.reload();
  await duty;
  await page.waitForLoadState("networkidle");
  expect(mock.received).toHaveLength(1);
  expect(mock.received[0]).toMatchObject({ kind: "attendance.check-in", shift: mock.duty.shifts[0]!.id });
  calm();
});

test("captive portal: its 200 is no success, and its page does not take the place of ours", async ({ page }) => {
  await begin();
  await open(page);
  await expect(checkIn(page)).toBeVisible();
  mock.mood = "portal";
  await checkIn(page).click();
  await expect(waiting(page)).toHaveAttribute("data-waiting", "1");
  await expect(page.getByText("当前网络要求先登录或认证")).toBeVisible();
  await page.reload();
  await expect(outButton(page)).toBeVisible();
  await expect(waiting(page)).toHaveAttribute("data-waiting", "1");
  expect(mock.journal.size).toBe(0);
  mock.mood = "good";
  await page.getByRole("button", { name: "立即发送" }).click();
  await expect(waiting(page)).toHaveAttribute("data-waiting", "0");
  expect(mock.received).toHaveLength(1);
});

test("the answer is lost: sent again, taken once", async ({ page }) => {
  await begin();
  await open(page);
  await expect(checkIn(page)).toBeVisible();
  mock.mood = "lost-answer";
  await checkIn(page).click();
  await expect.poll(() => mock.received.length).toBeGreaterThanOrEqual(1);
  await expect(waiting(page)).toHaveAttribute("data-waiting", "1");
  mock.mood = "good";
  // The timer comes by itself.
  await expect(waiting(page)).toHaveAttribute("data-waiting", "0", { timeout: 20_000 });
  expect(mock.received.length).toBeGreaterThanOrEqual(2);
  expect(mock.journal.size).toBe(1);
});

test("busy: waits as long as the server asks, then sends", async ({ page }) => {
  await begin();
  await open(page);
  await expect(checkIn(page)).toBeVisible();
  mock.mood = "busy";
  await checkIn(page).click();
  await expect(page.getByText("服务器繁忙")).toBeVisible();
  mock.mood = "good";
  await expect(waiting(page)).toHaveAttribute("data-waiting", "0", { timeout: 20_000 });
  expect(mock.received).toHaveLength(1);
});

test("signed out: the queue stays, and the way to sign in is shown", async ({ page }) => {
  await begin();
  await open(page);
  await expect(checkIn(page)).toBeVisible();
  mock.mood = "signed-out";
  await checkIn(page).click();
  await expect(page.getByRole("link", { name: "重新登录" })).toHaveAttribute("href", "/sign-in?next=/field");
  await expect(waiting(page)).toHaveAttribute("data-waiting", "1");
});

test("another user signs in: the first one's record is neither lost nor sent under the wrong name", async ({ page }) => {
  await begin();
  await open(page);
  await expect(checkIn(page)).toBeVisible();
  const first = mock.duty.user;
  mock.mood = "signed-out";
  await checkIn(page).click();
  await expect(waiting(page)).toHaveAttribute("data-waiting", "1");
  mock.duty = { ...mock.duty, user: { id: "01900000-0000-7000-8000-000000000777", name: "李国强", helper: null } };
  mock.mood = "good";
  await page.reload();
  await expect(page.getByText("本机还有其他用户的 1 条记录待发")).toBeVisible();
  await page.waitForLoadState("networkidle");
  expect(mock.received).toEqual([]);
  mock.duty = { ...mock.duty, user: first };
  await page.reload();
  await expect.poll(() => [...mock.journal.values()].map((entry) => entry.user)).toEqual([first.id]);
  await expect(waiting(page)).toHaveAttribute("data-waiting", "0");
  // A try that was on its way when the users changed was refused by the server: that is what its header is for.
  mock.faults.splice(0, mock.faults.length, ...mock.faults.filter((fault) => fault !== "user"));
});

test("a record the server refuses is shown with its sentence until it is dismissed", async ({ page }) => {
  await begin();
  await open(page);
  await expect(checkIn(page)).toBeVisible();
  mock.mood = "reject";
  await checkIn(page).click();
  await expect(page.locator(".refused")).toContainText("您不在这个班次上");
  await expect(checkIn(page)).toBeVisible();
  await page.reload();
  await page.getByRole("button", { name: "知道了" }).click();
  await expect(page.locator(".refused")).toHaveCount(0);
});

test("a full phone: said in large words, nothing confirmed", async ({ page }) => {
  await begin();
  await open(page);
  await page.evaluate(() => {
    IDBObjectStore.prototype.add = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
  });
  await checkIn(page).click();
  await expect(page.getByText("手机存储已满，没有记下！")).toBeVisible();
  await expect(checkIn(page)).toBeVisible();
  await expect(outButton(page)).toHaveCount(0);
  expect(mock.received).toEqual([]);
});

test("count, undo, check out; a double tap does not check out", async ({ page }) => {
  await begin();
  await open(page);
  await checkIn(page).dblclick();
  await expect(outButton(page)).toBeVisible();
  const row = page.locator(".stepper").first();
  await row.getByLabel("加一").click();
  await row.getByRole("button", { name: "记下" }).click();
  await expect(row.locator(".total")).toContainText("今日 1");
  await row.getByRole("textbox").fill("250");
  await row.getByRole("button", { name: "记下" }).click();
  await expect(row.locator(".total")).toContainText("今日 251");
  await page.locator(".toast").getByRole("button", { name: "撤销" }).click();
  await expect(row.locator(".total")).toContainText("今日 1");
  await row.getByRole("textbox").fill("100001");
  await row.getByRole("button", { name: "记下" }).click();
  await expect(row.getByText("请填 1 到 100000 的整数")).toBeVisible();
  await checkOut(page);
  await expect(page.getByText("辛苦了，谢谢！")).toBeVisible();
  await expect(waiting(page)).toHaveAttribute("data-waiting", "0");
  expect(mock.received.map((record) => record.kind)).toEqual([
    "attendance.check-in",
    "work.count",
    "work.count",
    "record.void",
    "attendance.check-out",
  ]);
});

test("a leader checks in one, all, and undoes", async ({ page }) => {
  await begin(sampleDuty({ leader: true }));
  await open(page);
  await page.getByRole("button", { name: "签到: 陈晓敏" }).click();
  await expect(page.getByText("在岗 2 / 5 人")).toBeVisible();
  await page.getByRole("button", { name: "全部签到（3 人）" }).click();
  await expect(page.getByText("在岗 5 / 5 人")).toBeVisible();
  await page.locator(".toast").getByRole("button", { name: "撤销" }).click();
  await expect(page.getByText("在岗 2 / 5 人")).toBeVisible();
  await expect(waiting(page)).toHaveAttribute("data-waiting", "0");
  expect(mock.journal.size).toBe(7);
});

test("without a network the first time: says so", async ({ page }) => {
  await begin();
  await page.route("**/api/**", (route) => route.abort());
  await page.goto(`${url}/field`);
  await expect(page.getByText("尚无班次资料")).toBeVisible();
  await page.unroute("**/api/**");
  await page.getByRole("button", { name: "再试一次" }).click();
  await expect(checkIn(page)).toBeVisible();
});

for (const lang of ["zh-CN", "en"] as const) {
  for (const scheme of ["light", "dark"] as const) {
    test(`accessible and large enough: ${lang}, ${scheme}`, async ({ page, context }) => {
      await begin(sampleDuty({ leader: true, english: lang === "en" }));
      mock.lang = lang;
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      const calm = watchConsole(page);
      await open(page);
      await checkIn(page).click();
      await expect.poll(() => mock.journal.size).toBe(1);
      await context.setOffline(true);
      await page.locator(".stepper .step").nth(1).click();
      await page.locator(".stepper .record").first().click();
      await expect(waiting(page)).toHaveAttribute("data-waiting", "1");
      await checkAccessibility(page);
      await checkTouch(page);
      await page.locator("[data-key=large]").click();
      await page.setViewportSize({ width: 360, height: 700 });
      await checkTouch(page);
      calm();
    });
  }
}
