import { defineConfig, devices, type PlaywrightTestConfig } from "@playwright/test";

/** BASE_URL: the running server. CHROMIUM: the browser's program; without it, Playwright's own. */
const baseURL = process.env["BASE_URL"] ?? "http://localhost:8080";
const executablePath = process.env["CHROMIUM"];

const screens = {
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  desk: { viewport: { width: 1440, height: 900 } },
};
const MOCK = /(field|gate)\.spec\.ts/;
/** What would say the same in the other projects runs in these only. */
const ONLY = {
  changes: ["phone-zh"],
  gathering: ["phone-zh"],
  join: ["phone-zh"],
  keyboard: ["desk-zh"],
  language: ["phone-zh"],
  "on-duty": ["phone-zh"],
  pages: ["phone-zh", "desk-en"],
  rounds: ["phone-zh"],
  lane: ["phone-zh"],
  businesses: ["phone-zh"],
};
const locales = { zh: "zh-CN", en: "en" };

const projects: NonNullable<PlaywrightTestConfig["projects"]> = [
  // Against small servers inside the tests: no BASE_URL needed.
  { name: "mock", testMatch: MOCK, use: { ...screens.phone, locale: "zh-CN", timezoneId: "Asia/Shanghai" } },
];
for (const [screen, use] of Object.entries(screens)) {
  for (const [name, locale] of Object.entries(locales)) {
    const project = `${screen}-${name}`;
    const elsewhere = Object.entries(ONLY).filter(([, projects]) => !projects.includes(project));
    projects.push({
      name: project,
      testIgnore: [MOCK, ...elsewhere.map(([spec]) => `**/${spec}.spec.ts`)],
      use: { ...use, locale, timezoneId: "Asia/Shanghai" },
    });
  }
}

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  fullyParallel: false,
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  retries: 0,
  reporter: [["list"]],
  use: {
    ...devices["Desktop Chrome"],
    baseURL,
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    launchOptions: {
      ...(executablePath ? { executablePath } : {}),
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  projects,
});
