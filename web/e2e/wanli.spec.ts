/** The main path over the demonstration, at each size and in each language. */

import { assign, expect, field, here, person, signIn, test, watchConsole } from "./helpers";

const ORG = "区体育局";
const DAY = 86_400_000;

test("from the call to the pledge, the shifts and the names", async ({ page, browser, t }, info) => {
  const calm = watchConsole(page);
  const now = Date.now();
  // All projects and runs share one server: a title of their own, and days on which nobody is wanted elsewhere.
  const title = `支援 ${info.project.name} ${now.toString(36)}`;
  const ahead = now + (60 + (Math.floor(now / 1000) % 2000)) * DAY;
  const day = (n: number) => new Date(ahead + n * DAY).toISOString().slice(0, 10);

  await signIn(page, "community-worker", "/calls/new");
  await field(page, "title").fill(title);
  await field(page, "place").fill("交暨居民区");
  await field(page, "first_day").fill(day(1));
  await field(page, "last_day").fill(day(0));
  await field(page, "people_per_day").fill("4");
  await page.getByRole("button", { name: t("muster-save-draft") }).click();
  // The end lies before the beginning: the field is marked and what was typed is still there.
  await expect(page.locator("#f-last_day-error")).toHaveText(t("field-before-start"));
  await expect(field(page, "title")).toHaveValue(title);
  await field(page, "last_day").fill(day(2));
  await page.getByRole("button", { name: t("muster-save-draft") }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(title);
  await expect(page.getByRole("heading", { level: 1 })).toContainText(t("muster-call-draft"));
  const call = here(page).split("?")[0]!;

  const ask = page.locator("form[action$='/ask']");
  await ask.locator("[name=org]").fill(ORG);
  await ask.locator("[name=asked]").fill("4");
  await ask.locator("button").click();
  const line = page.getByRole("row").filter({ hasText: ORG });
  await expect(line).toContainText(t("muster-no-answer"));
  await page.getByRole("button", { name: t("muster-send"), exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(t("muster-call-open"));

  const coordinator = await person(browser);
  await signIn(coordinator, "coordinator", call);
  await field(coordinator, "people").fill("3");
  await field(coordinator, "note").fill("两人一班");
  await coordinator.getByRole("button", { name: t("muster-pledge"), exact: true }).click();
  await expect(coordinator.getByRole("status")).toHaveText(t("done-muster-pledged"));

  await page.reload();
  await expect(line).toContainText("两人一班");
  await page.getByRole("link", { name: t("muster-new-shifts") }).click();
  await expect(field(page, "first_day")).toHaveValue(day(1));
  await field(page, "posts").first().check();
  await field(page, "hours").fill("08:00-12:00");
  await field(page, "needed").fill("3");
  await page.getByRole("button", { name: t("muster-make-shifts") }).click();
  await page.getByRole("link", { name: t("muster-shifts-of-call", { count: 2 }) }).click();
  await expect(page.locator("#list tbody tr")).toHaveCount(2);
  await page.locator("#list tbody a").first().click();
  const shift = here(page);

  await coordinator.goto("/helpers");
  const name = (await coordinator.locator("#list tbody td:first-child a").first().textContent())!;
  await coordinator.goto(shift);
  await assign(coordinator, "没有这个人");
  await expect(coordinator.getByRole("alert")).toBeVisible();
  await expect(coordinator.locator("#f-helper")).toHaveValue("没有这个人");
  await assign(coordinator, name);
  await expect(coordinator.getByRole("status")).toHaveText(t("done-muster-assigned"));
  await page.reload();
  await expect(page.getByRole("row").filter({ hasText: name })).toContainText(ORG);
  await expect(page.locator(".fx-facts")).toContainText("1 / 3");
  await coordinator.context().close();
  calm();
});

test("the report card of the state-assets commission", async ({ page, t }) => {
  await signIn(page, "commander", "/reports/card?org=区国资委&from=2020-02-10&to=2020-02-24");
  const figure = (key: string) =>
    page.locator(".fx-figure").filter({ has: page.getByText(t(key), { exact: true }) }).locator("b");
  await expect(figure("reports-person-times")).toHaveText("130");
  await expect(figure("reports-hours")).toHaveText("895");
  await expect(page.getByRole("img", { name: t("reports-curve") })).toBeVisible();
  for (const name of ["Excel", "PDF"]) {
    const file = page.waitForEvent("download");
    await page.getByRole("link", { name, exact: true }).click();
    expect((await file).suggestedFilename()).toMatch(name === "PDF" ? /\.pdf$/ : /\.xlsx$/);
  }
});
