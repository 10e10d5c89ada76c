/** Without a mouse: the skip link, a focus that is seen, the menu. */

import type { Locator, Page } from "@playwright/test";
import { expect, signIn, test } from "./helpers";

const focused = (page: Page) => page.locator(":focus");

async function expectRing(element: Locator): Promise<void> {
  const ring = await element.evaluate((it) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(it);
    return { outlineStyle, width: parseFloat(outlineWidth) };
  });
  expect(ring.outlineStyle).toBe("solid");
  expect(ring.width).toBeGreaterThanOrEqual(2);
}

test("the first tab stop skips to the content", async ({ page, t }) => {
  await signIn(page, "administrator", "/calls");
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: t("skip-to-content") });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport({ ratio: 1 });
  await expectRing(skip);
  await page.keyboard.press("Enter");
  await expect(page.locator("main")).toBeFocused();
  await expect(skip).not.toBeInViewport();
  await page.keyboard.press("Tab");
  expect(await focused(page).evaluate((element) => element.closest("main") !== null)).toBe(true);
  await expectRing(focused(page));
});

test("what has the focus is seen, and nothing lies over it", async ({ page }) => {
  await signIn(page, "community-worker", "/calls/new");
  for (let i = 0; i < 45; i++) {
    await page.keyboard.press("Tab");
    const state = await focused(page).evaluate((element) => {
      if (element.matches(".visually-hidden")) return null;
      const box = element.getBoundingClientRect();
      const top = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 20));
      const { outlineStyle } = getComputedStyle(element);
      return {
        what: element.outerHTML.slice(0, 90),
        ring: outlineStyle === "solid",
        free: top !== null && (element.contains(top) || top.contains(element) || (element as HTMLInputElement).labels?.[0]?.contains(top) === true),
      };
    });
    if (state) expect(state).toMatchObject({ ring: true, free: true });
  }
});

test("the menu: all entries on a desk, a tab that unfolds them on a phone", async ({ page, t, isMobile }) => {
  await signIn(page, "administrator", "/calls");
  const nav = page.getByRole("navigation", { name: t("navigation") });
  const last = nav.getByRole("link", { name: t("accounts-audit") });
  const menu = nav.getByRole("checkbox", { name: t("menu") });
  await expect(nav.locator('[aria-current="page"]')).toHaveText(t("muster-nav-calls"));
  if (!isMobile) {
    await expect(last).toBeVisible();
    await expect(menu).toBeHidden();
    return;
  }
  await expect(last).toBeHidden();
  await nav.getByText(t("menu")).click();
  await expect(last).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(last).toBeHidden();
  await menu.focus();
  await page.keyboard.press("Space");
  await expect(last).toBeVisible();
  await last.click();
  await expect(page).toHaveURL(/\/audit$/);
  // The open page is always among the few entries that are shown.
  await expect(nav.locator('[aria-current="page"]')).toHaveText(t("accounts-audit"));
  await expect(nav.locator('[aria-current="page"]')).toBeVisible();
  await page.goBack();
  await expect(nav.getByRole("link", { name: t("accounts-audit") })).toBeHidden();
});
