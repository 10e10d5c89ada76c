/** Every page a person can open, with a role that uses it. */

import { expect, type Page } from "@playwright/test";
import type { Role } from "./helpers";

export interface Place {
  name: string;
  /** Nobody: signed out. */
  role: Role | null;
  /** The address, or how to find it. */
  at: string | ((page: Page) => Promise<string>);
}

const ID = "[0-9a-f]{8}-[0-9a-f-]{27}";

/** The address of the first thing on a list. */
export async function first(page: Page, list: string): Promise<string> {
  await page.goto(list);
  const path = new URL(page.url()).pathname;
  const links = page.locator("#list tbody td:first-child a");
  await expect(links.first()).toBeAttached();
  const href = await links.first().getAttribute("href");
  expect(href).toMatch(new RegExp(`^${path}/${ID}`));
  return href!;
}

/** The id of an organisation by its name. */
export async function orgId(page: Page, name: string): Promise<string> {
  await page.goto(`/orgs?q=${encodeURIComponent(name)}`);
  const href = await page.locator("#list tbody a", { hasText: name }).first().getAttribute("href");
  return href!.split("/")[2]!;
}

/** The address of a report card in February 2020 of one or several organisations. */
export async function cardOf(page: Page, names: string[], from = "2020-02-10", to = "2020-02-24"): Promise<string> {
  const query = new URLSearchParams();
  for (const name of names) query.append("org", await orgId(page, name));
  query.append("from", from);
  query.append("to", to);
  return `/reports/card?${query}`;
}

export const PAGES: Place[] = [
  { name: "sign in", role: null, at: "/sign-in" },
  { name: "home of an administrator", role: "administrator", at: "/" },
  { name: "home of a community worker", role: "community-worker", at: "/" },
  { name: "home of a coordinator", role: "coordinator", at: "/" },
  { name: "calls", role: "community-worker", at: "/calls" },
  { name: "call, arranging", role: "administrator", at: (page) => first(page, "/calls?state=open") },
  { name: "call, answering", role: "coordinator", at: (page) => first(page, "/calls") },
  { name: "new call", role: "community-worker", at: "/calls/new" },
  { name: "shifts", role: "commander", at: "/shifts" },
  { name: "shift", role: "administrator", at: (page) => first(page, "/shifts?when=today") },
  { name: "shift of an organisation", role: "coordinator", at: (page) => first(page, "/shifts?when=today") },
  { name: "new shifts", role: "community-worker", at: "/shifts/new" },
  { name: "posts", role: "community-worker", at: "/posts" },
  { name: "new post", role: "community-worker", at: "/posts/new" },
  { name: "field of a helper", role: "helper", at: "/field" },
  { name: "field of a team leader", role: "team-leader", at: "/field" },
  { name: "report cards", role: "administrator", at: "/reports" },
  { name: "report card", role: "administrator", at: (page) => cardOf(page, ["区国资委"]) },
  {
    name: "report cards side by side",
    role: "commander",
    at: (page) => cardOf(page, ["区国资委", "区体育局", "税务第八所"], "2020-02-01", "2020-02-29"),
  },
  { name: "organisations", role: "administrator", at: "/orgs" },
  { name: "organisation", role: "administrator", at: (page) => first(page, "/orgs") },
  { name: "helpers", role: "coordinator", at: "/helpers" },
  { name: "helper", role: "administrator", at: (page) => first(page, "/helpers") },
  { name: "import of helpers", role: "administrator", at: "/helpers/import" },
  { name: "residents", role: "community-worker", at: "/residents" },
  { name: "places", role: "administrator", at: "/places" },
  { name: "place", role: "community-worker", at: (page) => first(page, "/places") },
  { name: "places that may be one", role: "administrator", at: "/places/duplicates" },
  { name: "records to settle", role: "administrator", at: "/issues" },
  { name: "users", role: "administrator", at: "/users" },
  { name: "user", role: "administrator", at: (page) => first(page, "/users") },
  { name: "audit trail", role: "auditor", at: "/audit" },
  { name: "account", role: "administrator", at: "/account" },
  { name: "activities", role: "administrator", at: "/activities" },
  { name: "no such page", role: "administrator", at: "/nothing-here" },
];
