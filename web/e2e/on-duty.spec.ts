/** A shift from the invitation to the roster: two phones over the real server, and the desk that sees what they send. */

import { checkOut, DESK, expect, person, row, shiftFor, signIn, test } from "./helpers";
import { enter, invite } from "./on-duty";
import type { Page } from "@playwright/test";

const waiting = (phone: Page) => phone.locator(".queue");
const CLOCK = /\d\d:\d\d$/;

test("helper and leader on their phones, staff at the desk", async ({ browser, t }) => {
  test.slow();
  const stamp = Date.now().toString(36);
  const [leader, helper, third] = [`队长${stamp}`, `队员${stamp}`, `来人${stamp}`];
  const desk = await person(browser, DESK);
  await signIn(desk, "community-worker");
  const links: string[] = [];
  for (const name of [leader, helper, third]) links.push(await invite(desk, name, t));
  const shift = await shiftFor(desk, 3, [leader, helper, third]);
  let counted = "";

  await test.step("the helper checks in, without a network from then on counts and checks out", async () => {
    const phone = await enter(browser, links[1]!);
    await expect(phone.locator(".shift .post")).toHaveText("北门卡点");
    await expect(phone.locator(".team")).toBeHidden();
    await phone.locator(".huge.in").click();
    await expect(phone.locator(".huge.out")).toBeVisible();
    await expect(waiting(phone)).toHaveAttribute("data-waiting", "0");
    await desk.goto(shift);
    await expect(row(desk, helper).getByRole("cell").nth(2)).toHaveText(CLOCK);
    await expect(row(desk, helper).getByRole("cell").nth(3)).toHaveText("–");

    await phone.context().setOffline(true);
    await expect(phone.locator(".bar-in.off")).toBeVisible();
    const counter = phone.locator(".stepper").first();
    counted = (await counter.locator(".what").textContent())!;
    await counter.getByRole("textbox").fill("7");
    await counter.locator(".record").click();
    await expect(counter.locator(".total")).toContainText("7");
    await expect(waiting(phone)).toHaveAttribute("data-waiting", "1");
    await checkOut(phone);
    await expect(waiting(phone)).toHaveAttribute("data-waiting", "2");
    await desk.reload();
    await expect(row(desk, helper).getByRole("cell").nth(3)).toHaveText("–");

    // Nobody taps anything: what waits is sent by itself.
    await phone.context().setOffline(false);
    await expect(waiting(phone)).toHaveAttribute("data-waiting", "0");
    await expect(phone.locator(".refused")).toBeHidden();
    await desk.reload();
    await expect(row(desk, helper).getByRole("cell").nth(3)).toHaveText(CLOCK);
    await phone.context().close();
  });

  await test.step("the leader checks in everybody who is missing", async () => {
    const phone = await enter(browser, links[0]!);
    const team = phone.locator(".team");
    await expect(team.locator(".rows > li")).toHaveCount(3);
    await expect(team.locator("li.left")).toContainText(helper);
    await team.locator(".all").click();
    await expect(team.locator("li.here")).toHaveCount(2);
    await expect(waiting(phone)).toHaveAttribute("data-waiting", "0");
    await desk.reload();
    for (const name of [leader, third]) {
      await expect(row(desk, name).getByRole("cell").nth(2)).toHaveText(CLOCK);
      await expect(row(desk, name).getByRole("cell").nth(3)).toHaveText("–");
    }
    // One at a time: the third goes home.
    await team.locator("li", { hasText: third }).getByRole("button").click();
    await expect(team.locator("li.left")).toHaveCount(2);
    await expect(waiting(phone)).toHaveAttribute("data-waiting", "0");
    await desk.reload();
    await expect(row(desk, third).getByRole("cell").nth(3)).toHaveText(CLOCK);
    await phone.context().close();
  });

  await test.step("both stand on the helper's report card", async () => {
    await desk.goto(`/reports/card?helper=${encodeURIComponent(helper)}`);
    await expect(desk.locator(".fx-figure").filter({ hasText: t("reports-person-times") }).locator("b").first()).toHaveText("1");
    await expect(desk.getByRole("row").filter({ hasText: counted }).getByRole("cell").last()).toHaveText("7");
  });
  await desk.context().close();
});
