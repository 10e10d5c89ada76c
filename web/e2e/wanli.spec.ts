import { expect, test, type Page } from "@playwright/test";
import { checkAccessibility, signIn, watchConsole, type Role } from "./helpers.js";

/** The main path over the demonstration, and every page's accessibility, at each size and in each language. */

/** A title that no other project or run uses: they share one server. */
function unique(project: string): string {
  return `支援 ${project} ${Date.now().toString(36)}`;
}

async function signOut(page: Page): Promise<void> {
  await page.context().clearCookies();
}

test("from the call to the pledge, the shifts and the names", async ({ page }, info) => {
  const complaints = watchConsole(page);
  const title = unique(info.project.name);
  await signIn(page, "community-worker", "/calls/new");
  await page.locator("[name=title]").fill(title);
  await page.locator("[name=place]").fill("交暨居民区");
  await page.locator("[name=first_day]").fill("2031-03-03");
  await page.locator("[name=last_day]").fill("2031-03-01");
  await page.locator("[name=people_per_day]").fill("4");
  await page.locator("form.fx-form button[type=submit]").click();
  // The end lies before the beginning: the field is marked and what was typed is still there.
  await expect(page.locator("#f-last_day-error")).toBeVisible();
  await expect(page.locator("[name=title]")).toHaveValue(title);
  await page.locator("[name=last_day]").fill("2031-03-04");
  await page.locator("form.fx-form button[type=submit]").click();
  await expect(page.locator("h1")).toContainText(title);
  const call = new URL(page.url()).pathname;

  await page.locator("form[action$='/ask'] [name=org]").fill("区体育局");
  await page.locator("form[action$='/ask'] [name=asked]").fill("4");
  await page.locator("form[action$='/ask'] button").click();
  await page.locator("form[action$='/send'] button").click();
  await expect(page.locator("form[action$='/close']")).toBeVisible();

  await signOut(page);
  await signIn(page, "coordinator", call);
  await page.locator("form[action$='/pledge'] [name=people]").fill("3");
  await page.locator("form[action$='/pledge'] button").click();
  await expect(page.getByRole("status")).toBeVisible();

  await signOut(page);
  await signIn(page, "community-worker", `/shifts/new?call=${call.split("/").pop()}`);
  await page.locator("[name=posts]").first().check();
  await page.locator("[name=hours]").fill("08:00-12:00");
  await page.locator("[name=needed]").fill("3");
  await page.locator("form.fx-form button[type=submit]").click();
  await expect(page).toHaveURL(new RegExp(call));
  await page.locator(`a[href^='/shifts?call=']`).click();
  await expect(page.locator("#list tbody tr")).toHaveCount(2);
  await page.locator("#list tbody a").first().click();
  await page.locator("form[action$='/assign'] [name=helper]").fill("没有这个人");
  await page.locator("form[action$='/assign'] button").click();
  await expect(page.getByRole("alert").first()).toBeVisible();
  await expect(page.locator("form[action$='/assign'] [name=helper]")).toHaveValue("没有这个人");
  complaints();
});

test("the report card of the state-assets commission", async ({ page }) => {
  await signIn(page, "commander", "/reports/card?org=区国资委&from=2020-02-10&to=2020-02-24");
  await expect(page.locator("main")).toContainText("130");
  await expect(page.locator("main")).toContainText("895");
  const excel = page.waitForEvent("download");
  await page.locator("a[href*='card.xlsx']").first().click();
  expect((await excel).suggestedFilename()).toMatch(/xlsx$/);
});

test("the language switch keeps the page", async ({ page }) => {
  await signIn(page, "auditor", "/calls?state=closed");
  const before = await page.locator("html").getAttribute("lang");
  await page.locator("a[href^='/settings/language']").first().click();
  await expect(page).toHaveURL(/\/calls\?state=closed$/);
  expect(await page.locator("html").getAttribute("lang")).not.toBe(before);
  await page.locator("a[href^='/settings/type']").first().click();
  await expect(page.locator("html")).toHaveAttribute("data-large-type", "");
});

const PAGES: [Role, string[]][] = [
  ["administrator", ["/users", "/users/new", "/audit", "/account", "/activities", "/activities/edit"]],
  ["commander", ["/", "/calls", "/calls/new", "/shifts", "/shifts/new", "/posts", "/posts/new", "/issues", "/reports", "/places", "/orgs", "/helpers", "/residents", "/no-such-page"]],
  ["auditor", ["/reports/card?org=区体育局&from=2020-02-04&to=2020-02-20"]],
  ["helper", ["/field", "/shifts"]],
  ["team-leader", ["/field"]],
];

for (const [role, paths] of PAGES) {
  test(`axe finds nothing serious: ${role}`, async ({ page }) => {
    test.slow();
    await page.goto("/sign-in");
    await checkAccessibility(page);
    await signIn(page, role);
    for (const path of paths) {
      await test.step(path, async () => {
        await page.goto(path);
        await checkAccessibility(page);
      });
    }
  });
}
