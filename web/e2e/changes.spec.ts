/** Somebody cannot come: the hole shows on the desk and the wall, a phone is offered the place and takes it. */

import { checkAccessibility, checkTouch, DESK, expect, field, person, row, shiftFor, signIn, test } from "./helpers";
import { enter, invite } from "./on-duty";

test("not coming, offered, taken; the wall and a roll-call", async ({ browser, t }) => {
  test.slow();
  const stamp = Date.now().toString(36);
  const [gone, comes] = [`请假${stamp}`, `顶班${stamp}`];
  const desk = await person(browser, DESK);
  await signIn(desk, "community-worker");
  const org = `单位${stamp}`;
  await desk.goto("/orgs/new");
  await field(desk, "name").fill(org);
  await desk.locator("form.fx-form button[type=submit]").click();
  await expect(desk.getByRole("heading", { level: 1 })).toHaveText(org);
  const links: string[] = [];
  for (const name of [gone, comes]) links.push(await invite(desk, name, t, org));
  const shift = await shiftFor(desk, 1, [gone], org);
  const phone = await enter(browser, links[1]!);
  await phone.context().grantPermissions(["notifications"]);

  const ill = await enter(browser, links[0]!);
  await ill.goto(shift);
  await row(ill, gone).getByRole("link", { name: t("change-release") }).click();
  await field(ill, "why").selectOption("ill");
  await ill.locator("form.fx-form button[type=submit]").click();
  await ill.close();

  await desk.goto(shift);
  await expect(desk.getByText(t("change-why-ill"))).toBeVisible();
  await expect(row(desk, gone)).toBeHidden();

  await phone.goto("/field");
  // Nobody taps anything: the message is there, and leads to the place.
  const told = phone.locator(".notice.told").first();
  await expect(told).toContainText("北门卡点");
  await told.click();
  const offer = phone.getByRole("listitem").filter({ has: phone.locator(`form[action$="${shift.split("/").pop()}"]`) });
  await checkAccessibility(phone);
  await checkTouch(phone);
  await offer.getByRole("button", { name: t("change-take") }).click();
  await phone.waitForURL(new RegExp(shift));
  await phone.goto("/field");
  await phone.locator(".huge.in").click();
  await expect(phone.locator(".queue")).toHaveAttribute("data-waiting", "0");

  await test.step("the wall shows who is where, and renews itself", async () => {
    await desk.goto("/wall");
    const spot = desk.locator(".fx-spot").filter({ hasText: comes });
    await expect(spot).toContainText("北门卡点");
    await checkAccessibility(desk);
  });

  await test.step("a roll-call: the phone is asked, the desk sees the answer without reloading", async () => {
    await desk.goto("/rollcalls/new?place=");
    await field(desk, "place").fill("中浩云居民区");
    await field(desk, "reason").fill(`火警${stamp}`);
    await desk.locator("form.fx-form button[type=submit]").click();
    const line = desk.locator("#roll li").filter({ hasText: comes });
    await expect(line).toContainText(t("roll-no-answer"));
    await phone.goto("/offers");
    await phone.getByRole("link", { name: `火警${stamp}` }).click();
    await checkAccessibility(phone);
    await checkTouch(phone);
    await phone.getByRole("button", { name: t("roll-i-am-safe") }).click();
    await expect(line).toContainText(t("roll-is-safe"), { timeout: 15_000 });
    await checkAccessibility(desk);
    await desk.getByRole("button", { name: t("roll-end") }).click();
  });
  for (const page of [phone, desk]) await page.context().close();
});
