/** The main path, from the call to the report card, as its people walk it. Runs against a demonstration server. */

import type { Browser, Page, Request } from "@playwright/test";
import { expect, signIn, test, type Role } from "./helpers";

const ORG = "区体育局";
const DAY_MS = 86_400_000;
/** What runs in one project keeps to hours of its own, so that nobody is wanted in two places at once. */
const HOURS: Record<string, string> = { "phone-zh": "02:00-05:00", "phone-en": "07:00-10:00", "desk-zh": "12:00-15:00", "desk-en": "17:00-20:00" };

const field = (page: Page, name: string) => page.locator(`main [name="${name}"]`);
const shanghai = (at: number) => new Date(at + 8 * 3_600_000).toISOString().slice(0, 10);

/** A second person with a browser of their own. */
async function person(browser: Browser, role: Role, next: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await signIn(page, role, next);
  return page;
}

test("a call is made, sent, pledged; its shifts are made and get their names", async ({ page, browser, t }, info) => {
  const now = Date.now();
  const title = `浏览器测试 ${info.project.name} ${now}`;
  // Far ahead, and on other days each time, so that runs do not meet.
  const start = now + (60 + (Math.floor(now / 1000) % 2000)) * DAY_MS;
  const hours = HOURS[info.project.name] ?? "21:00-23:00";
  const [from, to] = hours.split("-") as [string, string];

  await signIn(page, "community-worker", "/calls");
  await page.getByRole("link", { name: t("muster-new-call") }).click();
  await field(page, "title").fill(title);
  await field(page, "purpose").fill("测量体温，查验出入证。");
  await field(page, "first_day").fill(shanghai(start));
  await field(page, "last_day").fill(shanghai(start + DAY_MS));
  await field(page, "from_time").fill(from);
  await field(page, "to_time").fill(to);
  await field(page, "people_per_day").fill("4");
  await page.getByRole("button", { name: t("muster-save-draft") }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(title);
  await expect(page.getByRole("heading", { level: 1 })).toContainText(t("muster-call-draft"));
  const call = new URL(page.url()).pathname;

  await field(page, "org").fill(ORG);
  await field(page, "asked").fill("4");
  await page.getByRole("button", { name: t("muster-ask"), exact: true }).click();
  await expect(page.getByRole("status")).toHaveText(t("done-muster-asked"));
  const line = page.getByRole("row").filter({ hasText: ORG });
  await expect(line).toContainText(t("muster-no-answer"));
  await page.getByRole("button", { name: t("muster-send"), exact: true }).click();
  await expect(page.getByRole("status")).toHaveText(t("done-muster-sent"));
  await expect(page.getByRole("heading", { level: 1 })).toContainText(t("muster-call-open"));

  const coordinator = await person(browser, "coordinator", "/calls");
  await coordinator.goto(`/calls?q=${encodeURIComponent(title)}`);
  await coordinator.getByRole("link", { name: title }).click();
  await field(coordinator, "people").fill("4");
  await field(coordinator, "note").fill("两人一班");
  await coordinator.getByRole("button", { name: t("muster-pledge"), exact: true }).click();
  await expect(coordinator.getByRole("status")).toHaveText(t("done-muster-pledged"));

  await page.reload();
  await expect(line).toContainText("两人一班");
  await expect(line).not.toContainText(t("muster-no-answer"));
  await page.getByRole("link", { name: t("muster-new-shifts") }).click();
  await expect(field(page, "first_day")).toHaveValue(shanghai(start));
  await field(page, "posts").first().check();
  await field(page, "hours").fill(hours);
  await field(page, "needed").fill("2");
  await field(page, "org_name").fill(ORG);
  await page.getByRole("button", { name: t("muster-make-shifts") }).click();
  await expect(page).toHaveURL(new RegExp(call));
  await expect(page.getByRole("status")).toHaveText(t("done-muster-shifts-made"));
  await expect(page.getByRole("link", { name: t("muster-shifts-of-call", { count: 2 }) })).toBeVisible();

  await coordinator.goto("/helpers");
  const names = await coordinator.locator("#list tbody td:first-child a").allTextContents();
  await coordinator.goto(call);
  await coordinator.getByRole("link", { name: t("muster-shifts-of-call", { count: 2 }) }).click();
  await coordinator.locator("#list tbody td:first-child a").first().click();
  for (const [i, name] of names.slice(0, 2).entries()) {
    await field(coordinator, "helper").first().fill(name);
    if (i === 0) await field(coordinator, "leader").check();
    await coordinator.getByRole("button", { name: t("muster-assign"), exact: true }).click();
    await expect(coordinator.getByRole("status")).toHaveText(t("done-muster-assigned"));
    await expect(coordinator.getByRole("row").filter({ hasText: name })).toBeVisible();
  }
  await expect(coordinator.locator(".fx-facts")).toContainText("2 / 2");
  await expect(coordinator.getByRole("row").filter({ hasText: names[0]! })).toContainText(t("muster-leader-badge"));

  await page.reload();
  await expect(page.locator(".fx-figure").filter({ hasText: t("muster-figure-names") })).toContainText("2");
  await coordinator.context().close();
});

test("a helper checks in, counts, checks out; the desk sees it", async ({ page, browser }) => {
  await signIn(page, "helper", "/field");
  const shift = page.locator(".shift");
  const checkIn = shift.locator('[data-key="in"]');
  const checkOut = shift.locator('[data-key="out"]');
  const waiting = page.locator(".queue");
  await expect(checkIn.or(checkOut)).toBeVisible();
  // Whoever was here before may have left this helper on duty.
  if (await checkOut.isVisible()) {
    await checkOut.click();
    await expect(checkIn).toBeVisible();
  }
  await expect(waiting).toHaveAttribute("data-waiting", "0");
  const isCheckIn = (request: Request) => request.url().endsWith("/api/field/records") && request.postData()!.includes("check-in");
  const sent = page.waitForRequest(isCheckIn);
  await checkIn.click();
  await expect(checkOut).toBeVisible();
  const { records } = (await sent).postDataJSON() as { records: { kind: string; shift: string; body: { helper: string } }[] };
  const record = records.find(({ kind }) => kind === "attendance.check-in")!;

  const stepper = page.locator(".stepper").first();
  const input = stepper.getByRole("textbox");
  const total = stepper.locator(".total");
  const sum = async () => Number(/[\d,]+/.exec((await total.textContent()) ?? "")?.[0].replace(",", "") ?? 0);
  const before = await sum();
  await input.fill("7");
  await stepper.locator(".record").click();
  await expect.poll(sum).toBe(before + 7);
  await expect(input).toHaveValue("0");

  await checkOut.click();
  await expect(checkOut).toBeHidden();
  await expect(waiting).toHaveAttribute("data-waiting", "0");
  await expect(page.locator(".refused li")).toHaveCount(0);

  const worker = await person(browser, "community-worker", `/shifts/${record.shift}`);
  const name = await page.evaluate(async () => ((await (await fetch("/api/field/duty")).json()) as { user: { name: string } }).user.name);
  const cells = worker.getByRole("row").filter({ hasText: name }).getByRole("cell");
  const clock = /\d\d:\d\d/;
  await expect(cells.nth(2)).toHaveText(clock);
  await expect(cells.nth(3)).toHaveText(clock);
  await worker.context().close();
});

test("a team leader has the team of the shift at hand", async ({ page }) => {
  await signIn(page, "team-leader", "/field");
  const team = page.locator(".team");
  const { shifts } = await page.evaluate(async () => (await (await fetch("/api/field/duty")).json()) as { shifts: { leader: boolean; people: { name: string }[]; starts_at: string; ends_at: string }[] });
  const now = Date.now();
  const running = shifts.find(({ leader, starts_at, ends_at }) => leader && Date.parse(starts_at) <= now && now < Date.parse(ends_at))!;
  expect(running.people.length).toBeGreaterThanOrEqual(3);
  for (const { name } of running.people) await expect(team.getByText(name)).toBeVisible();
  await expect(team.locator(".rows > li")).toHaveCount(running.people.length);
  await expect(team.locator(".tally")).toContainText(`/ ${running.people.length}`);
  await expect(team.locator(".rows button").first()).toBeVisible();
});

test("the report card of 区国资委 says what its people did", async ({ page, t }) => {
  await signIn(page, "administrator", "/reports");
  await field(page, "org").fill("区国资委");
  await field(page, "from").fill("2020-02-10");
  await field(page, "to").fill("2020-02-24");
  await page.getByRole("button", { name: t("reports-show") }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("区国资委");
  const figure = (key: string) => page.locator(".fx-figure").filter({ has: page.getByText(t(key), { exact: true }) }).locator("b");
  await expect(figure("reports-person-times")).toHaveText("130");
  await expect(figure("reports-hours")).toHaveText("895");
  await expect(page.getByRole("img", { name: t("reports-curve") })).toBeVisible();
  for (const [name, type] of [["PDF", "application/pdf"], ["Excel", "spreadsheetml"]] as const) {
    const href = await page.getByRole("link", { name, exact: true }).getAttribute("href");
    const file = await page.request.get(href!);
    expect(file.status()).toBe(200);
    expect(file.headers()["content-type"]).toContain(type);
  }
});
