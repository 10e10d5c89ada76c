/** A round from opening to "nobody is missing": the desk opens it, a phone does 24 flats with one thumb without a network. */

import { checkAccessibility, checkTouch, DESK, expect, person, signIn, test, watchConsole } from "./helpers";

test("twenty-four flats in offline mode, and the board at the desk", async ({ browser }) => {
  test.slow();
  const desk = await person(browser, DESK);
  await signIn(desk, "community-worker");
  await desk.goto("/rounds/new");
  const name = `送信${Date.now().toString(36)}`;
  await desk.locator("[name=name]").fill(name);
  await desk.locator("[name=place]").fill("交暨居民区");
  await desk.locator("main form[method=post] button[type=submit], main form[method=post] button:not([type])").first().click();
  await desk.waitForURL(/\/rounds\/[0-9a-f-]{36}/);
  await checkAccessibility(desk);
  const round = new URL(desk.url()).pathname;

  const phone = await person(browser);
  const calm = watchConsole(phone);
  await signIn(phone, "community-worker", "/field");
  await phone.evaluate(async () => {
    await navigator.serviceWorker.ready;
    while (!(await caches.match("/field"))) await new Promise((done) => setTimeout(done, 50));
  });
  await phone.locator("a[href='#rounds']").click();
  await phone.locator(".gate-row").filter({ hasText: name }).click();
  const buildings = phone.locator(".gate-row.go");
  for (let taken = 1; taken <= 3; taken++) {
    // The third is taken without a network: the phone has brought it along.
    if (taken === 3) await phone.context().setOffline(true);
    const brought = taken === 2 ? phone.waitForResponse((got) => got.url().includes("/next?")) : null;
    await phone.locator("[data-key=take]").click();
    await expect(phone.locator(".door")).toHaveCount(8);
    await (await brought)?.finished();
    if (taken === 3) await expect(phone.locator(".gate-note")).toBeVisible();
    await phone.locator("[data-key=up]").click();
    await expect(buildings).toHaveCount(taken);
  }
  // No other was brought along: the phone says so.
  await phone.locator("[data-key=take]").click();
  await expect(phone.locator(".gate-note")).toBeVisible();

  for (let building = 0; building < 3; building++) {
    await buildings.nth(building).click();
    await expect(phone.locator(".door")).toHaveCount(8);
    if (building === 0) {
      await checkTouch(phone);
      await checkAccessibility(phone);
      // Nobody in; noted wrongly, taken back, noted again.
      await phone.locator("[data-key=nobody-in]").click();
      await expect(phone.locator(".door.tried")).toHaveCount(1);
      await phone.locator("[data-key=undo]").click();
      await expect(phone.locator(".door.tried")).toHaveCount(0);
      // Somebody needs medicine.
      await phone.locator(".door").first().click();
      await phone.locator("[data-key=needs-help]").click();
      await phone.locator(".door-panel input").fill("胰岛素");
      await phone.locator("[data-key=medicine]").click();
      await expect(phone.locator(".door.help")).toHaveCount(1);
    }
    const left = building === 0 ? 7 : 8;
    for (let i = 0; i < left; i++) {
      await phone.locator("[data-key=first]").click();
      await expect(phone.locator(".door.final")).toHaveCount(i + 1);
    }
    await expect(phone.locator(".gate-note")).toBeVisible();
    await phone.locator("[data-key=up]").click();
  }
  await expect(phone.locator(".queue")).toHaveAttribute("data-waiting", "27");
  await phone.context().setOffline(false);
  await expect(phone.locator(".queue")).toHaveAttribute("data-waiting", "0");
  // Nothing was refused, what was taken back included.
  await expect(phone.locator(".card.refused")).toHaveCount(0);
  calm();

  await desk.goto(round);
  await expect(desk.locator(".fx-figure b").first()).toHaveText("100 %");
  await desk.goto(`${round}/board`);
  await expect(desk.locator("#board .fx-cell")).toHaveCount(24);
  await expect(desk.locator("#board .fx-cell.fx-red")).toHaveCount(1);
  await expect(desk.locator("#board .fx-cell.fx-green")).toHaveCount(23);
  await checkAccessibility(desk);
  // On the wall: the whole screen, nothing but the board, and it goes on renewing itself.
  await desk.setViewportSize({ width: 2560, height: 1440 });
  await desk.locator("[data-fullscreen]").click();
  await expect.poll(() => desk.evaluate(() => document.fullscreenElement?.id)).toBe("wall");
  const cell = (await desk.locator("#board .fx-cell").first().boundingBox())!;
  expect(cell.height).toBeGreaterThan(40);
  await desk.waitForResponse((got) => got.url().includes("/board?"));
  await expect(desk.locator("#board .fx-cell")).toHaveCount(24);
  expect(await desk.evaluate(() => document.fullscreenElement?.id)).toBe("wall");
  await desk.evaluate(() => document.exitFullscreen());
  await desk.setViewportSize(DESK.viewport);
  await desk.goto(`${round}/missing`);
  await expect(desk.locator("#list tbody tr")).toHaveCount(0);
  await desk.goto("/needs");
  await expect(desk.getByRole("row").filter({ hasText: "胰岛素" })).toHaveCount(1);
});
