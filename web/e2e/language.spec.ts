/** The switches on every page, language and type size: they keep the page. */

import type { Page } from "@playwright/test";
import { expect, field, here, signIn, test } from "./helpers";
import { first } from "./pages";
import { words } from "./words";

const other = (locale: string | undefined) => (locale?.startsWith("zh") ? "en" : "zh-CN");

/** Switches to the other language, by the link whose name is written in that language. */
async function switchLanguage(page: Page, locale: string | undefined): Promise<void> {
  await page.getByRole("link", { name: words(locale!)("other-language"), exact: true }).click();
  await expect(page.locator("html")).toHaveAttribute("lang", other(locale));
}

for (const address of ["/calls?state=open&sort=day", "/reports", "/nothing-here?q=1"]) {
  test(`the language switch keeps ${address}, there and back`, async ({ page, locale }) => {
    await signIn(page, "community-worker", address);
    await switchLanguage(page, locale);
    expect(here(page)).toBe(address);
    await expect(page).toHaveTitle(new RegExp(`${words(other(locale))("product")}$`));
    await switchLanguage(page, other(locale));
    expect(here(page)).toBe(address);
  });
}

test("on the sign-in page it keeps where one was going, also after an error", async ({ page, locale, t }) => {
  await page.goto("/calls?state=open");
  const address = here(page);
  expect(address).toBe("/sign-in?next=%2Fcalls%3Fstate%3Dopen");
  await field(page, "name").fill("王芳");
  await page.locator("form[action='/sign-in'] button").click();
  await expect(page.locator("#f-password-error")).toHaveText(t("field-required"));
  await expect(field(page, "name")).toHaveValue("王芳");
  await switchLanguage(page, locale);
  expect(here(page)).toBe(address);
  await page.locator("form[action='/demo/sign-in'] button[value=auditor]").click();
  await expect(page).toHaveURL(/\/calls\?state=open$/);
});

test("after errors, also twice in a row, it leads back to the form", async ({ page, locale, t }) => {
  await signIn(page, "community-worker", "/calls/new");
  await page.getByRole("button", { name: t("muster-save-draft") }).click();
  await expect(page.locator("#f-title-error")).toBeVisible();
  await switchLanguage(page, locale);
  expect(here(page)).toBe("/calls/new");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(words(other(locale))("muster-new-call"));

  // This form is sent to an address of its own, which is no page.
  await page.goto(await first(page, "/calls?state=open"));
  const call = here(page);
  const form = page.locator(`form[action="${call}/ask"]`);
  for (const name of ["没有这个单位", "也没有这个"]) {
    await form.locator("[name=org]").fill(name);
    await form.locator("button").click();
    await expect(form.locator("#f-org-error")).toBeVisible();
    await expect(form.locator("[name=org]")).toHaveValue(name);
  }
  await switchLanguage(page, other(locale));
  expect(here(page)).toBe(call);
  await expect(form).toBeVisible();
});

test("it keeps a list as it has been filtered since", async ({ page, locale, t }) => {
  await signIn(page, "community-worker", "/calls");
  await page.getByRole("combobox", { name: t("muster-state") }).selectOption("closed");
  await expect(page).toHaveURL(/state=closed/);
  const address = here(page);
  await switchLanguage(page, locale);
  expect(here(page)).toBe(address);
  await expect(page.locator("[name=state]")).toHaveValue("closed");
});

test("the language goes with the person into the field app", async ({ page, locale }) => {
  await signIn(page, "team-leader", "/shifts");
  await switchLanguage(page, locale);
  await page.goto("/field");
  await expect(page.locator("html")).toHaveAttribute("lang", other(locale));
  await expect(page.locator(".team h2")).toHaveText(locale?.startsWith("zh") ? "Team" : "队员");
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
