/** Joining at the kerb: the desk makes a code, a stranger's phone is on the shift with it, the wall shows them. */

import { DESK, expect, field, person, shiftFor, signIn, test } from "./helpers";

test("a walk-up helper joins by a code and checks in", async ({ browser, t }) => {
  test.slow();
  const name = `路人${Date.now().toString(36)}`;
  const desk = await person(browser, DESK);
  await signIn(desk, "community-worker");
  await desk.goto(await shiftFor(desk, 2));
  await desk.locator("form[action$='/invitations'] button").click();
  await expect(desk.locator(".fx-qr svg")).toBeVisible();
  const code = (await desk.locator(".fx-code").textContent())!;
  expect(code).toMatch(/^[2-9A-Z]{4}-[2-9A-Z]{4}$/);

  const phone = await person(browser);
  await test.step("the code as typed in the sun leads to the form", async () => {
    await phone.goto("/join");
    await field(phone, "code").fill(` ${code.toLowerCase()} `);
    await phone.locator("form.fx-form button").click();
    await expect(phone.locator(".fx-facts")).toContainText("北门卡点");
  });
  await test.step("half a form is kept and explained", async () => {
    await field(phone, "name").fill(name);
    await phone.locator("form.fx-form button").click();
    await expect(field(phone, "name")).toHaveValue(name);
    await expect(field(phone, "phone")).toHaveAccessibleDescription(t("field-required"));
    await expect(phone.getByText(t("field-must-agree")).first()).toBeVisible();
  });
  await test.step("a name, a number and two ticks are enough", async () => {
    await field(phone, "phone").fill(`000${String(Date.now()).slice(-8)}`);
    await field(phone, "rules").check();
    await field(phone, "cover").check();
    await phone.locator("form.fx-form button").click();
    await expect(phone.locator(".shift .post")).toHaveText("北门卡点");
    await phone.locator(".huge.in").click();
    await expect(phone.locator(".huge.out")).toBeVisible();
    await expect(phone.locator(".queue")).toHaveAttribute("data-waiting", "0");
  });
  await test.step("the wall shows them, and nothing else opens to them", async () => {
    await desk.goto("/wall?place=" + encodeURIComponent("中浩云居民区"));
    await expect(desk.locator(".fx-spot").filter({ hasText: name })).toHaveCount(1);
    const closed = await phone.request.get("/residents");
    expect([403, 404]).toContain(closed.status());
  });
  await phone.context().close();
  await desk.context().close();
});
