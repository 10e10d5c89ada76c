/** A business visited: what is known is confirmed, who answers for it signs without a network, the desk reads and counts the answers. */

import { checkAccessibility, checkTouch, DESK, expect, person, signIn, test, watchConsole } from "./helpers";

test("a business is entered, visited with a form, and its answers are counted", async ({ browser }) => {
  test.slow();
  const stamp = Date.now().toString(36);
  const desk = await person(browser, DESK);
  await signIn(desk, "community-worker");
  const submit = desk.locator("main form[method=post] button[type=submit], main form[method=post] button:not([type])").first();
  await desk.goto("/businesses/new");
  await checkAccessibility(desk);
  const shop = `面馆${stamp}`;
  await desk.locator("[name=name]").fill(shop);
  await desk.locator("[name=place]").fill("交暨居民区");
  await desk.locator("[name=workers]").fill("3");
  await desk.locator("[name=returning]").fill("5");
  await submit.click();
  // More than all: nothing typed is lost.
  await expect(desk.locator("#f-returning-error")).toBeVisible();
  await expect(desk.locator("[name=name]")).toHaveValue(shop);
  await desk.locator("[name=returning]").fill("2");
  await submit.click();
  await desk.waitForURL(/\/businesses\/[0-9a-f-]{36}/);
  await checkAccessibility(desk);

  // A form of its own: one number that is known, one signature.
  await desk.goto("/forms");
  await desk.locator("[name=name]").fill(`走访${stamp}`);
  await submit.click();
  await desk.waitForURL(/\/forms\/[0-9a-f-]{36}/);
  const ask = async (words: string, kind: string, fact: string) => {
    await desk.locator("[name=zh]").fill(words);
    await desk.locator("[name=kind]").selectOption(kind);
    await desk.locator("[name=fact]").fill(fact);
    await desk.locator('form[action$="/questions"] button').last().click();
    await expect(desk.locator("ol li").filter({ hasText: words })).toBeVisible();
  };
  await ask("返岗几人？", "number", "returning");
  await ask("签名", "signature", "");
  await checkAccessibility(desk);

  await desk.goto("/rounds/new");
  const name = `走访${stamp}`;
  await desk.locator("[name=name]").fill(name);
  await desk.locator("[name=place]").fill("交暨居民区");
  await desk.locator("[name=kind]").selectOption("business-visit");
  await desk.locator("[name=reach]").selectOption("businesses");
  await desk.locator("[name=form]").selectOption({ label: name });
  await submit.click();
  await desk.waitForURL(/\/rounds\/[0-9a-f-]{36}/);
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
  await phone.locator("[data-key=take]").click();
  const door = phone.locator(".shops .door").filter({ hasText: shop });
  await expect(door).toBeVisible();
  await phone.context().setOffline(true);
  await door.click();
  await phone.locator("[data-key=first]").click();
  await checkTouch(phone);
  await checkAccessibility(phone);
  // Known from the desk: confirmed, and corrected.
  const known = phone.locator('input[data-key="returning"]');
  await expect(known).toHaveValue("2");
  await known.fill("x");
  await phone.locator("[data-key=save]").click();
  await expect(phone.locator(".field-error").first()).not.toBeEmpty();
  await known.fill("3");
  const pad = phone.locator(".form-signature");
  await pad.scrollIntoViewIfNeeded();
  const box = (await pad.boundingBox())!;
  await phone.mouse.move(box.x + 30, box.y + 30);
  await phone.mouse.down();
  for (let i = 1; i <= 6; i++) await phone.mouse.move(box.x + 30 + i * 25, box.y + (i % 2 ? 60 : 30));
  await phone.mouse.up();
  await expect(pad.locator("path")).toHaveAttribute("d", /^M\d+ \d+L/);
  await phone.locator("[data-key=save]").click();
  await expect(door).toHaveClass(/final/);
  await phone.context().setOffline(false);
  await expect(phone.locator(".queue")).toHaveAttribute("data-waiting", "0");
  calm();

  await desk.goto(`${round}/answers`);
  await checkAccessibility(desk);
  const line = desk.locator("#list tbody tr").filter({ hasText: shop });
  await expect(line).toContainText("3");
  await line.locator("a").first().click();
  await expect(desk.locator(".fx-signature path")).toHaveAttribute("d", /^M\d+ \d+L/);
  await checkAccessibility(desk);
  await desk.locator("a[href^='/businesses/']").last().click();
  await expect(desk.locator("main")).toContainText("3");
});
