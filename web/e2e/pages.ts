/** Every page a person can open, with a role that uses it. */

import { expect, type Page } from "@playwright/test";
import { uuidv7 } from "../src/field/uuid";
import type { Role } from "./helpers";

/** An address, or how to find it. */
type At = string | ((page: Page) => Promise<string>);

const ID = "[0-9a-f]{8}-[0-9a-f-]{27}";

/** The address of the first thing on a list. */
export async function first(page: Page, list: string): Promise<string> {
  await page.goto(list);
  const links = page.locator("#list tbody td:first-child a");
  await expect(links.first()).toBeAttached();
  const href = await links.first().getAttribute("href");
  expect(href).toMatch(new RegExp(`^/${list.split(/[/?]/)[1]}/${ID}`));
  return href!;
}

/** The address of something under the first thing on a list. */
const under = (list: string, rest: string) => async (page: Page) => (await first(page, list)) + rest;

/** A record that waits to be settled: nobody but the system may send a closing. */
async function issue(page: Page): Promise<string> {
  const shift = (await first(page, "/shifts?when=today")).split("/").pop();
  const record = { id: uuidv7(), kind: "attendance.close", at: new Date().toISOString(), shift, body: { helper: shift } };
  const answer = await page.request.post("/api/field/records", { data: { records: [record] } });
  expect(await answer.json()).toMatchObject({ answers: [{ id: record.id, status: "rejected", code: "system-only" }] });
  return first(page, "/issues");
}

/** The first name on the first shift of today that has one. */
async function attendance(page: Page): Promise<string> {
  await page.goto("/shifts?when=today");
  await page.locator("#list tbody tr").filter({ hasText: /[1-9]\d* \/ \d+/ }).first().getByRole("link").first().click();
  await page.waitForURL(new RegExp(`/shifts/${ID}`));
  return (await page.locator("main tbody td:first-child a").first().getAttribute("href"))!;
}

/** When whoever is signed in can come. */
async function times(page: Page): Promise<string> {
  const duty = await (await page.request.get("/api/field/duty")).json();
  return `/helpers/${duty.user.helper}/times`;
}

/** The poster of a new invitation. */
async function invitation(page: Page): Promise<string> {
  const shift = await first(page, "/shifts?when=coming");
  await page.goto(shift);
  await page.locator("form[action$='/invitations'] button").click();
  await page.waitForURL(/invitations\/[0-9A-Z]{8}/);
  return new URL(page.url()).pathname;
}

/** The board of the busiest gate. */
async function gate(page: Page): Promise<string> {
  await page.goto("/gates");
  return (await page.locator("#gates tbody a").first().getAttribute("href"))!;
}

/** A pass on its holder's phone. */
async function myPass(page: Page): Promise<string> {
  await page.goto(await first(page, "/passes?state=active"));
  return (await page.locator('a[href^="/my-pass/"]').getAttribute("href"))!;
}

/** The household of the first resident: who may come and go. */
async function household(page: Page): Promise<string> {
  await page.goto(await first(page, "/residents"));
  return (await page.locator('main a[href^="/households/"]').first().getAttribute("href"))!;
}

const CARD = "from=2020-02-10&to=2020-02-24";

export const PAGES: Record<Role | "nobody", At[]> = {
  nobody: [
    "/check",
    "/check/2020-WXGN-4XH4",
    "/certificates/announced",
    "/sign-in", 
    "/sign-in?next=%2Fcalls",
    "/join",
    "/join/AAAAAAAA",
  ],
  administrator: [
    "/",
    "/activities",
    "/activities/edit",
    "/account",
    "/audit",
    "/helpers/import",
    "/issues",
    issue,
    "/nothing-here",
    "/orgs",
    "/orgs/new",
    (page) => first(page, "/orgs"),
    "/places",
    "/places/duplicates",
    "/places/unanswered",
    "/reports",
    `/reports/card?org=区国资委&${CARD}`,
    "/loops",
    "/loops/new",
    (page) => first(page, "/loops"),
    under("/loops", "/sheet"),
    "/users",
    "/users/new",
    (page) => first(page, "/users"),
  ],
  commander: [
    "/shifts",
    "/wall",
    `/reports/card?org=区国资委&org=区体育局&org=税务第八所&${CARD}`,
  ],
  "community-worker": [
    "/",
    "/calls",
    "/calls/new",
    "/rounds",
    "/rounds/new",
    (page) => first(page, "/rounds"),
    under("/rounds", "/missing"),
    under("/rounds", "/board"),
    under("/rounds", "/answers"),
    async (page) => {
      await page.goto("/rounds");
      const row = page.locator("#list tbody tr").filter({ hasText: "返回人员核酸采样" });
      return `/sampling${(await row.locator("a").first().getAttribute("href"))!}`;
    },
    "/businesses",
    "/businesses/new",
    "/businesses/import",
    (page) => first(page, "/businesses"),
    "/needs",
    "/forms",
    async (page) => {
      await page.goto("/forms");
      return (await page.locator('main tbody a').first().getAttribute("href"))!;
    },
    "/tubes",
    "/tubes/results",
    "/tubes/boxes",
    "/sampling/plan",
    (page) => first(page, "/calls?state=open"),
    under("/calls?state=open", "/clock"),
    "/households/new",
    (page) => first(page, "/places"),
    under("/places", "/new"),
    under("/places", "/responsibility"),
    "/posts",
    "/posts/new",
    "/residents",
    "/residents/import",
    (page) => first(page, "/shifts?when=today"),
    attendance,
    invitation,
    "/shifts/new",
    "/wall",
    "/rollcalls",
    "/rollcalls/new",
    "/roster",
    "/roster/proposal",
    "/hours",
    "/certificates",
    "/certificates/new",
    "/gates",
    gate,
    "/gates/rules",
    "/gates/rules/new",
    "/passages",
    (page) => first(page, "/passages"),
    "/inside",
    "/returnees",
    "/returnees/new",
    "/parcels",
    "/passes",
    (page) => first(page, "/passes"),
    "/passes/new",
    "/passes/issue",
    "/passes/print",
    myPass,
    async (page) => (await myPass(page)).replace("/my-pass/", "/my-test/"),
    household,
  ],
  coordinator: [
    "/",
    (page) => first(page, "/calls"),
    "/helpers",
    "/helpers/new",
    (page) => first(page, "/helpers"),
    under("/helpers", "/edit"),
    (page) => first(page, "/shifts?when=today"),
  ],
  "team-leader": ["/field", "/shifts", "/offers"],
  helper: ["/field", "/reports", "/offers", "/messages", "/hours", times],
  auditor: ["/", "/calls", "/reports"],
};
