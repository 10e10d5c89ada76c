/** Helpers with users of their own, on their own phones. */

import { expect, type Browser, type Page } from "@playwright/test";
import { field, person } from "./helpers";
import type { Words } from "./words";

const PASSWORD = "on duty at the north gate";
/** A helper with a user of their own; gives the one-time link with which they get in. */
export async function invite(desk: Page, name: string, t: Words, org = ""): Promise<string> {
  await desk.goto("/helpers/new");
  await field(desk, "name").fill(name);
  await field(desk, "home").fill("中浩云居民区");
  if (org) await field(desk, "org").fill(org);
  await desk.locator("form.fx-form button[type=submit]").click();
  await expect(desk.getByRole("heading", { level: 1 })).toHaveText(name);
  await desk.getByRole("button", { name: t("people-user-make") }).click();
  const link = desk.getByText(/^\/welcome\//);
  return (await link.textContent())!.trim();
}

/** On their own phone: opens the link, chooses a password, and is on the phone page. */
export async function enter(browser: Browser, link: string): Promise<Page> {
  const phone = await person(browser);
  await phone.goto(link);
  await field(phone, "new_password").fill(PASSWORD);
  await field(phone, "again").fill(PASSWORD);
  await phone.locator("form.fx-form button[type=submit]").click();
  await phone.goto("/field");
  return phone;
}
