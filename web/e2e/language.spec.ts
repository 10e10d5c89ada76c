/** The switches on every page: the other language, large type. They keep the page. */

import type { Page } from "@playwright/test";
import { expect, signIn, test } from "./helpers";
import { words } from "./words";

const here = (page: Page): string => {
  const { pathname, search } = new URL(page.url());
  return pathname + search;
};
const other = (locale: string | undefined) => (locale?.startsWith("zh") ? "en" : "zh-CN");

for (const address of ["/sign-in?next=%2Fcalls", "/calls?state=open&sort=day", "/reports", "/nothing-here?q=1"]) {
  test(`the language switch keeps ${address}`, async ({ page, locale, t }) => {
    if (!address.startsWith("/sign-in")) await signIn(page, "community-worker", "/");
    await page.goto(address);
    const there = words(other(locale));
    await expect(page.locator("html")).toHaveAttribute("lang", locale!.startsWith("zh") ? "zh-CN" : "en");
    await page.getByRole("link", { name: t("other-language"), exact: true }).click();
    await expect(page.locator("html")).toHaveAttribute("lang", other(locale));
    expect(here(page)).toBe(address);
    await expect(page).toHaveTitle(new RegExp(`${there("product")}$`));
    await page.getByRole("link", { name: there("other-language"), exact: true }).click();
    await expect(page.locator("html")).not.toHaveAttribute("lang", other(locale));
    expect(here(page)).toBe(address);
  });
}

test("after a form with errors the switch leads back to the form", async ({ page, locale, t }) => {
  await signIn(page, "community-worker", "/calls/new");
  await page.locator(".fx-form button[type=submit]").click();
  await expect(page.getByRole("alert")).toBeVisible();
  await page.getByRole("link", { name: t("other-language"), exact: true }).click();
  await expect(page.locator("html")).toHaveAttribute("lang", other(locale));
  expect(here(page)).toBe("/calls/new");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(words(other(locale))("muster-new-call"));
});

test("the language goes with the person into the field app", async ({ page, locale, t }) => {
  await signIn(page, "team-leader", "/shifts");
  await page.getByRole("link", { name: t("other-language"), exact: true }).click();
  await expect(page.locator("html")).toHaveAttribute("lang", other(locale));
  await page.goto("/field");
  await expect(page.locator("html")).toHaveAttribute("lang", other(locale));
  const checkIn = page.locator(".team").getByText(words(other(locale))("muster-nav-field")).first();
  await expect(checkIn).toBeVisible();
});

test("large type keeps the page, stays on, and goes away again", async ({ page, t }) => {
  await signIn(page, "community-worker", "/calls?state=open");
  const html = page.locator("html");
  const size = () => html.evaluate((element) => parseFloat(getComputedStyle(element).fontSize));
  const before = await size();
  await page.getByRole("link", { name: t("type-large"), exact: true }).click();
  await expect(html).toHaveAttribute("data-large-type");
  expect(here(page)).toBe("/calls?state=open");
  expect(await size()).toBeGreaterThanOrEqual(before * 1.2);
  await page.goto("/shifts");
  await expect(html).toHaveAttribute("data-large-type");
  await page.getByRole("link", { name: t("type-normal"), exact: true }).click();
  await expect(html).not.toHaveAttribute("data-large-type");
  expect(here(page)).toBe("/shifts");
  expect(await size()).toBe(before);
});
