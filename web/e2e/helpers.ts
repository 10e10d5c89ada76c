import AxeBuilder from "@axe-core/playwright";
import { expect, test as base, type Page } from "@playwright/test";
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
  await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
  await page.locator(`form[action^="/demo/sign-in"] button[name="role"][value="${role}"]`).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
  if (new URL(page.url()).pathname !== next) await page.goto(next);
}

/** Fails on what axe calls serious or critical, naming rule and element. */
export async function checkAccessibility(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
  const grave = violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((node) => node.target.join(" ")).join("\n  ")}`);
  expect(grave, grave.join("\n")).toEqual([]);
}

/** Fails when the page is wider than the screen, or when a thing to tap is smaller than 44 px. */
export async function checkTouch(page: Page): Promise<void> {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wide, "the page scrolls sideways").toBeLessThanOrEqual(0);
  const small = await page.evaluate(() =>
    Array.from(document.querySelectorAll<HTMLElement>(".fx-nav-link, .fx-tool, .fx-chip, .fx-role, button, .btn, .button, summary, select, input:not([type=hidden])"))
      .filter((element) => element.checkVisibility() && !element.matches(".form-check-input, .visually-hidden"))
      .map((element) => ({ name: element.outerHTML.slice(0, 80), height: element.getBoundingClientRect().height }))
      .filter(({ height }) => height > 1 && height < 43.5),
  );
  expect(small, "too small for a finger").toEqual([]);
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
