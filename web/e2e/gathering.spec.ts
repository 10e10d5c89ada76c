/** From the call to the arrival: the command's desk sees, without reloading, what two phones record. */

import { DESK, expect, field, person, signIn, test } from "./helpers";

test("the call's clock on one desk and two phones", async ({ browser }) => {
  test.slow();
  const title = `支援采样${Date.now().toString(36)}`;
  const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
  const desk = await person(browser, DESK);
  await signIn(desk, "commander", "/calls/new");
  for (const [name, value] of [
    ["title", title],
    ["place", "中浩云居民区"],
    ["first_day", today],
    ["last_day", today],
    ["people_per_day", "80"],
  ] as const) {
    await field(desk, name).fill(value);
  }
  await desk.locator("form.fx-form button[type=submit]").click();
  await expect(desk.getByRole("heading", { level: 1 })).toContainText(title);
  const call = new URL(desk.url()).pathname;
  await desk.locator("form[action$='/ask'] [name=org]").fill("区体育局");
  await desk.locator("form[action$='/ask'] [name=asked]").fill("80");
  await desk.locator("form[action$='/ask'] button").click();
  await desk.locator("form[action$='/send'] button").click();
  await desk.goto(`${call}/clock`);
  const figure = (n: number) => desk.locator("#clock .fx-figure b").nth(n);
  await expect(figure(0)).toHaveText("80");

  const coordinator = await person(browser);
  await signIn(coordinator, "coordinator", call);
  await coordinator.locator("form[action$='/pledge'] [name=people]").fill("60");
  await coordinator.locator("form[action$='/pledge'] button").click();
  await expect(figure(1)).toHaveText("60", { timeout: 15_000 });
  await coordinator.goto(`${call}/clock`);
  const form = (page: typeof coordinator, kind: string) =>
    page.locator("form[action$='/gather']").filter({ has: page.locator(`[name=kind][value=${kind}]`) });
  await form(coordinator, "heads").locator("[name=people]").fill("60");
  await form(coordinator, "heads").locator("button").click();
  await expect(figure(2)).toHaveText("60", { timeout: 15_000 });

  const receiver = await person(browser);
  await signIn(receiver, "community-worker", `${call}/clock`);
  await form(receiver, "arrived").locator("[name=people]").fill("58");
  await form(receiver, "arrived").locator("button").click();
  await expect(figure(3)).toHaveText("58", { timeout: 15_000 });
  await expect(desk.locator("#clock polyline")).toHaveCount(3);
  for (const page of [coordinator, receiver, desk]) await page.context().close();
});
