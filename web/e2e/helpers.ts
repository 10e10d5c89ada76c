import AxeBuilder from "@axe-core/playwright";
import { expect, test as base, type Browser, type BrowserContextOptions, type Page } from "@playwright/test";
import { words, type Words } from "./words";

/** Tests against a demonstration server: `t` says a sentence in the language of the project. */
export const test = base.extend<{ t: Words }>({
  t: async ({ locale }, use) => use(words(locale ?? "zh-CN")),
});
export { expect };

export type Role =
  | "administrator"
  | "commander"
  | "community-worker"
  | "coordinator"
  | "team-leader"
  | "helper"
  | "auditor";

/** Signs in on a demonstration server, by the button of the role; ends on `next`. */
export async function signIn(page: Page, role: Role, next = "/"): Promise<void> {
  await page.goto("/sign-in");
  await page.locator(`form[action="/demo/sign-in"] button[value="${role}"]`).click();
  await page.waitForURL((url) => url.pathname !== "/sign-in");
  await page.goto(next);
}

/** A second person with a browser of their own; the size and the language are those of the project. */
export async function person(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  return (await browser.newContext(options)).newPage();
}

/** A field of the form on a page. */
export const field = (page: Page, name: string) => page.locator(`main form[method="post"] [name="${name}"]:not([type="hidden"])`);

/** On the page of a shift: puts a name on it. */
export async function assign(page: Page, name: string, leader = false): Promise<void> {
  const form = page.locator("form[action$='/assign']").filter({ has: page.locator("#f-helper") });
  await form.locator("#f-helper").fill(name);
  if (leader) await form.locator("[name=leader]").check();
  await form.locator("button").click();
}

/** The size of a desk, for a second person beside a phone. */
export const DESK = { viewport: { width: 1440, height: 900 }, isMobile: false, hasTouch: false };

/** The row of a table that names somebody. */
export const row = (desk: Page, name: string) => desk.getByRole("row").filter({ hasText: name });

const HOUR = 3_600_000;

const shanghai = (at: number) => new Date(at + 8 * HOUR).toISOString();

/** A shift with so many places that began an hour ago, with these names, the first of them the leader; gives its address. */
export async function shiftFor(desk: Page, places: number, names: string[] = [], org = ""): Promise<string> {
  const from = Date.now() - HOUR;
  const [day, begins, ends] = [shanghai(from).slice(0, 10), shanghai(from).slice(11, 16), shanghai(from + 4 * HOUR).slice(11, 16)];
  await desk.goto("/shifts/new");
  await desk.getByRole("checkbox", { name: "中浩云居民区" }).check();
  await field(desk, "first_day").fill(day);
  await field(desk, "last_day").fill(day);
  await field(desk, "hours").fill(`${begins}-${ends}`);
  await field(desk, "needed").fill(String(places));
  if (org) await field(desk, "org_name").fill(org);
  await desk.locator("form.fx-form button[type=submit]").click();
  await expect(desk.getByRole("status")).toBeVisible();
  await desk.goto("/shifts?when=today&free=yes");
  await desk.getByRole("row").filter({ hasText: "中浩云居民区" }).filter({ hasText: `${day} ${begins}` }).filter({ hasText: `0 / ${places}` }).getByRole("link").click();
  const address = new URL(desk.url()).pathname;
  for (const name of names) {
    await assign(desk, name, name === names[0]);
    await expect(row(desk, name)).toBeVisible();
  }
  return address;
}

/** Path and query of the open page. */
export function here(page: Page): string {
  const { pathname, search } = new URL(page.url());
  return pathname + search;
}

/** Checks out on the phone page. A tap so soon after the check-in that it may be its second half does nothing: then again. */
export async function checkOut(phone: Page): Promise<void> {
  await expect(async () => {
    await phone.locator(".huge.out").click({ timeout: 1_000 });
    await expect(phone.locator(".presence.left")).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 15_000 });
}

/** Fails on what axe calls serious or critical, naming rule and element. */
export async function checkAccessibility(page: Page): Promise<void> {
  // No page has frames, so the quick way will do; and the rows of a list are all alike.
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
    .exclude("#list tbody tr:nth-child(n + 6)")
    .setLegacyMode()
    .analyze();
  const grave = violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((node) => node.target.join(" ")).join("\n  ")}`);
  expect.soft(grave, `${here(page)}\n${grave.join("\n")}`).toEqual([]);
}

/** Fails when the page is wider than the screen, or when a thing to tap is smaller than 44 px. */
export async function checkTouch(page: Page): Promise<void> {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect.soft(wide, `${here(page)} scrolls sideways`).toBeLessThanOrEqual(0);
  const small = await page.evaluate(() =>
    Array.from(document.querySelectorAll<HTMLElement>(".fx-nav-link, .fx-tool, .fx-chip, .fx-role, .fx-sort, .fx-back a, button, .btn, .button, summary, select, input:not([type=hidden])"))
      .filter((element) => element.checkVisibility() && !element.matches(".form-check-input, .visually-hidden"))
      .map((element) => ({ name: element.outerHTML.slice(0, 80), height: element.getBoundingClientRect().height }))
      .filter(({ height }) => height > 1 && height < 43.5),
  );
  expect.soft(small, `${here(page)}: too small for a finger`).toEqual([]);
}

/** Fails when the page shows the key of a sentence it does not have, or a place in a sentence that was not filled. */
export async function checkWords(page: Page): Promise<void> {
  const raw = (await page.content()).match(/⟨[^⟩]*⟩|\{\s*\$[\w-]+\s*\}/g);
  expect.soft(raw, `${here(page)}: sentences are missing`).toBeNull();
}

/** Fails the test at the end when the page has complained (errors, policy violations). Call it first. */
export function watchConsole(page: Page): () => void {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !/Failed to load resource/.test(message.text())) complaints.push(message.text());
  });
  return () => expect(complaints).toEqual([]);
}
