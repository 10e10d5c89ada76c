/** Without a mouse, on a desk: sign in, skip to the content, open a menu, fill a form; and the focus is always seen. */

import type { Locator, Page } from "@playwright/test";
import { expect, field, person, signIn, test } from "./helpers";

/** What has the focus has a ring of 3 px around it, and nothing lies over it. */
async function expectSeen(page: Page): Promise<void> {
  const seen = await page.evaluate(() => {
    const it = document.activeElement as HTMLInputElement;
    // The small picker inside a field of a date has a ring of its own.
    if (it.matches(":focus-within:not(:focus)") && /date|time/.test(it.type)) return { ring: "solid 3px", free: true };
    // A box that is hidden shows its focus on its label.
    const shown = it.matches(".fx-menu") ? it.labels![1]! : it;
    const box = shown.getBoundingClientRect();
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 20));
    const { outlineStyle, outlineWidth } = getComputedStyle(shown);
    return { what: shown.outerHTML.slice(0, 90), ring: `${outlineStyle} ${outlineWidth}`, free: top !== null && (shown.contains(top) || top.contains(shown)) };
  });
  expect(seen).toMatchObject({ ring: "solid 3px", free: true });
}

/** Presses Tab until this has the focus, looking at every stop on the way. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  const most = 60;
  for (let i = 0; i < most; i++) {
    await page.keyboard.press("Tab");
    await expectSeen(page);
    if (await target.evaluate((it) => it === document.activeElement)) return;
  }
  throw new Error(`${target} is not reached by ${most} tabs`);
}

test("sign in, skip to the content, open a page, fill its form and send it", async ({ page, t }) => {
  await page.goto("/sign-in");
  await tabTo(page, page.locator("button[value=community-worker]"));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(t("muster-home"));

  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: t("skip-to-content") });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport({ ratio: 1 });
  await expectSeen(page);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
  await expect(skip).not.toBeInViewport();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: t("muster-new-call") })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(t("muster-new-call"));

  const title = `键盘 ${Date.now().toString(36)}`;
  await tabTo(page, field(page, "title"));
  await page.keyboard.type(title);
  // A box is ticked and unticked with the space bar.
  const sunday = page.locator('[name=weekdays][value="7"]');
  await tabTo(page, sunday);
  await page.keyboard.press("Space");
  await expect(sunday).not.toBeChecked();
  await tabTo(page, field(page, "people_per_day"));
  await page.keyboard.type("2");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toContainText(title);
  await expect(page.locator(".fx-facts")).toContainText(t("muster-weekday-1"));
});

test("the menu of a narrow window unfolds, leads somewhere and folds again", async ({ browser, t }) => {
  const page = await person(browser, { viewport: { width: 700, height: 900 } });
  await signIn(page, "administrator", "/calls");
  const nav = page.getByRole("navigation", { name: t("navigation") });
  const last = nav.getByRole("link", { name: t("accounts-audit") });
  await expect(last).toBeHidden();
  await tabTo(page, nav.getByRole("checkbox", { name: t("menu") }));
  await page.keyboard.press("Space");
  await expect(last).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(last).toBeHidden();
  await page.keyboard.press("Space");
  await tabTo(page, last);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/audit$/);
  // The open page is always among the few entries that are shown.
  await expect(nav.locator('[aria-current="page"]')).toHaveText(t("accounts-audit"));
  await expect(last).toBeVisible();
  await page.context().close();
});
