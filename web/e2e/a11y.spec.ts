/** Every page can be read and used by everybody: nothing serious for axe, nothing too small, nothing too wide. */

import { checkAccessibility, checkTouch, expect, signIn, test, watchConsole } from "./helpers";
import { PAGES } from "./pages";

for (const { name, role, at } of PAGES) {
  test(name, async ({ page }) => {
    const calm = watchConsole(page);
    if (role) await signIn(page, role, role === "helper" || role === "team-leader" ? "/field" : "/");
    await page.goto(typeof at === "string" ? at : await at(page));
    await expect(page.locator("h1, #field-app h2").first()).toBeVisible();
    await checkAccessibility(page);
    await checkTouch(page);
    calm();
  });
}

test("a form with errors says what is wrong, at the field and to a screen reader", async ({ page, t }) => {
  await signIn(page, "community-worker", "/calls/new");
  await page.locator('[name="place"]').fill("没有这个地方");
  await page.locator(".fx-form button[type=submit]").click();
  await expect(page.getByRole("alert")).toBeVisible();
  const title = page.locator('[name="title"]');
  await expect(title).toHaveAttribute("aria-invalid", "true");
  await expect(title).toHaveAccessibleDescription(t("field-required"));
  await expect(page.locator('[name="place"]')).toHaveValue("没有这个地方");
  await expect(page.locator('[name="place"]')).toHaveAccessibleDescription(t("field-unknown"));
  await checkAccessibility(page);
  await checkTouch(page);
});

test("large type: nothing is cut off or pushed aside", async ({ page }) => {
  await signIn(page, "administrator", "/");
  for (const at of ["/", "/calls", "/calls/new", "/reports", "/users"]) {
    await page.goto(`/settings/type?to=large&back=${encodeURIComponent(at)}`);
    await expect(page.locator("html[data-large-type]")).toBeAttached();
    await checkTouch(page);
  }
  await checkAccessibility(page);
});
