/** A lane fills two tubes without a network, with a wrong barcode in between; the desk sees tubes and who is missing. */

import { checkAccessibility, checkTouch, DESK, expect, person, signIn, test, watchConsole } from "./helpers";

test("two tubes at a lane, the wrong barcode refused, and the result entered at the desk", async ({ browser }) => {
  test.slow();
  const stamp = String(Date.now()).slice(-8);
  const [first, second] = [`TA${stamp}`, `TB${stamp}`];
  const desk = await person(browser, DESK);
  await signIn(desk, "community-worker");
  await desk.goto("/rounds/new");
  const name = `采样${stamp}`;
  await desk.locator("[name=name]").fill(name);
  await desk.locator("[name=place]").fill("交暨居民区");
  await desk.locator("[name=kind]").selectOption("sampling");
  await desk.locator("[name=reach]").selectOption("residents");
  await desk.locator("main form[method=post] button[type=submit], main form[method=post] button:not([type])").first().click();
  await desk.waitForURL(/\/rounds\/[0-9a-f-]{36}/);
  const round = new URL(desk.url()).pathname;
  await desk.goto(`${round}/missing`);
  const names = await desk.locator("#list tbody tr td:nth-child(4)").allTextContents();
  expect(names.length).toBeGreaterThan(8);

  const phone = await person(browser);
  const calm = watchConsole(phone);
  await signIn(phone, "community-worker", "/field");
  await phone.evaluate(async () => {
    await navigator.serviceWorker.ready;
    while (!(await caches.match("/field"))) await new Promise((done) => setTimeout(done, 50));
  });
  await phone.locator("a[href='#lane']").click();
  await phone.locator(".gate-row").filter({ hasText: name }).click();
  const key = (name: string) => phone.locator(`.lane [data-key="${name}"]`);
  const typed = phone.locator(".lane .gate-find input");
  await expect(key("begin")).toBeVisible();
  await phone.context().setOffline(true);
  await key("c5").click();
  await checkTouch(phone);
  await typed.fill("12345");
  await key("begin").click();
  await expect(phone.locator(".gate-note.bad")).toBeVisible();
  await typed.fill(first.toLowerCase());
  await key("begin").click();
  await expect(phone.locator(".tube strong")).toHaveText(first);

  const take = async (who: string, taken: number) => {
    await typed.fill(who);
    await phone.locator(".gate-results .gate-row").first().click();
    await expect(phone.locator(".dots .full")).toHaveCount(taken);
  };
  for (let i = 0; i < 3; i++) await take(names[i]!, i + 1);
  await checkAccessibility(phone);
  // The barcode of the next tube instead of a person.
  await typed.fill(second);
  await typed.press("Enter");
  await expect(phone.locator(".gate-note.bad")).toContainText(second);
  // The same person again.
  await typed.fill(names[0]!);
  await phone.locator(".gate-results .gate-row").first().click();
  await expect(phone.locator(".gate-note.bad")).toBeVisible();
  await expect(phone.locator(".dots .full")).toHaveCount(3);
  for (let i = 3; i < 5; i++) await take(names[i]!, i + 1);
  // Full: nothing but closing is offered.
  await expect(typed).toHaveCount(0);
  await key("seal").click();
  await expect(key("begin")).toBeVisible();
  // The closed tube is not begun again.
  await typed.fill(first);
  await key("begin").click();
  await expect(phone.locator(".gate-note.bad")).toBeVisible();
  await typed.fill(second);
  await key("begin").click();
  for (let i = 5; i < 7; i++) await take(names[i]!, i - 4);
  await key("undo").click();
  await expect(phone.locator(".dots .full")).toHaveCount(1);
  // A finger rests on a button while records are sent, which draws the page anew: the tap counts all the same.
  await key("stranger").hover();
  await phone.mouse.down();
  const sent = phone.waitForResponse((answer) => answer.url().endsWith("/api/field/records"));
  await phone.context().setOffline(false);
  await (await sent).finished();
  await phone.mouse.up();
  const stranger = phone.locator(".gate-form input").first();
  await expect(phone.locator(".queue")).toHaveAttribute("data-waiting", "0");
  await stranger.fill("过路人");
  // Nor is what is typed drawn away when the network goes.
  await phone.context().setOffline(true);
  await expect(phone.locator(".bar-in.off")).toBeVisible();
  await expect(stranger).toHaveValue("过路人");
  await key("take").click();
  await expect(phone.locator(".dots .full")).toHaveCount(2);
  await phone.locator(".lane details summary").click();
  const box = `箱${stamp}`;
  await phone.locator(".lane details input").fill(box);
  await phone.context().setOffline(false);
  await expect(phone.locator(".queue")).toHaveAttribute("data-waiting", "0");
  await phone.context().setOffline(true);
  await key("seal").click();
  await expect(key("begin")).toBeVisible();
  // The box goes to whoever carries it away; nobody named is asked for.
  await key(`box-${box}`).click();
  await phone.locator('.lane [data-key="count"]').fill("1");
  await key("hand").click();
  await expect(phone.locator(".field-error")).not.toBeEmpty();
  await phone.locator('.lane [data-key="to"]').fill("转运车");
  await checkTouch(phone);
  await key("hand").click();
  await expect(key(`box-${box}`)).toHaveCount(0);
  await phone.context().setOffline(false);
  await expect(phone.locator(".queue")).toHaveAttribute("data-waiting", "0");
  calm();

  await desk.goto(`${round}/missing`);
  await expect(desk.locator("#list tbody tr")).toHaveCount(names.length - 6);
  await desk.goto(`/tubes/${second}`);
  await expect(desk.locator("main tbody tr")).toHaveCount(2);
  await checkAccessibility(desk);
  await desk.goto("/tubes/boxes");
  await expect(desk.locator("#list tbody tr").filter({ hasText: box })).toContainText("转运车");
  await desk.goto("/tubes/results");
  await desk.locator("input[type=file]").setInputFiles({
    name: "results.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(`试管,结果\n${first},阳性\n${second},阴性\nNOSUCH0001,阴性\n`),
  });
  await desk.locator("main form[method=post] button").first().click();
  await expect(desk.locator("a[download]")).toBeVisible();
  await checkAccessibility(desk);
  await desk.locator("section a.btn-danger").click();
  await desk.waitForURL(/\/rounds\/[0-9a-f-]{36}/);
  await expect(desk.locator(".fx-figure b").nth(1)).toHaveText("5");
});
