/** Every page can be read and used by everybody: nothing grave for axe, nothing too wide or too small, no missing words. */

import { checkAccessibility, checkTouch, checkWords, expect, field, signIn, test, watchConsole, type Role } from "./helpers";
import { PAGES } from "./pages";

for (const [role, addresses] of Object.entries(PAGES)) {
  test(`the pages of ${role}`, async ({ page }) => {
    test.slow();
    const calm = watchConsole(page);
    if (role !== "nobody") await signIn(page, role as Role);
    for (const at of addresses) {
      const address = typeof at === "string" ? at : await at(page);
      await test.step(address, async () => {
        await page.goto(address);
        await expect(page.locator("main:not(#field-app) h1, #field-app.ready .card h2").first()).toBeVisible();
        await checkAccessibility(page);
        await checkTouch(page);
        await checkWords(page);
      });
    }
    calm();
  });
}

test("a form with errors says what is wrong, at the field and to a screen reader", async ({ page, t }) => {
  await signIn(page, "community-worker", "/calls/new");
  await field(page, "place").fill("没有这个地方");
  await page.getByRole("button", { name: t("muster-save-draft") }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(field(page, "title")).toHaveAttribute("aria-invalid", "true");
  await expect(field(page, "title")).toHaveAccessibleDescription(t("field-required"));
  await expect(field(page, "place")).toHaveValue("没有这个地方");
  await expect(field(page, "place")).toHaveAccessibleDescription(t("field-unknown"));
  await checkAccessibility(page);
  await checkTouch(page);
});

test("large type: nothing is cut off or pushed aside", async ({ page }) => {
  await signIn(page, "administrator");
  for (const at of ["/", "/calls", "/calls/new", "/reports", "/users"]) {
    await page.goto(`/settings/type?to=large&back=${encodeURIComponent(at)}`);
    await expect(page.locator("html[data-large-type]")).toBeAttached();
    await checkTouch(page);
  }
});
