/** The recipes of README.md for the server's templates, proved on a page made of ordinary Tabler classes. */

import { expect, test, type Page } from "@playwright/test";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkAccessibility, checkTouch, watchConsole } from "./helpers";

const dist = join(dirname(fileURLToPath(import.meta.url)), "../dist");
const TYPES: Record<string, string> = { ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
const CSP =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'self'; frame-ancestors 'none'";
const NAMES = ["王芳", "李国强", "陈晓敏", "赵建华", "周丽"];
const CHART = { kind: "line", title: "每日出勤", x: ["2020-02-09", "2020-02-10", "2020-02-11"], series: [{ name: "人次", data: [3, 8, 12] }, { name: "单位", data: [1, 2, 5] }], unit: "人次" };

let server: Server;
let url: string;
let hits: string[] = [];
let signedOut = false;

function list(query: URLSearchParams): string {
  const q = query.get("q") ?? "";
  const rows = NAMES.filter((name) => name.includes(q)).map((name) => `<tr><td>${name}</td><td class="num">12</td></tr>`);
  return `<div id="list"><div class="card"><div class="table-responsive"><table class="table"><thead><tr><th>姓名</th><th class="num">小时</th></tr></thead>
<tbody>${rows.join("")}</tbody></table></div></div>
${q ? "" : `<div class="card mt-3"><div class="card-body"><h2 class="card-title">每日出勤</h2><div data-chart><script type="application/json">${JSON.stringify(CHART)}</script></div></div></div>`}</div>`;
}

const page = (query: URLSearchParams): string => `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>志愿者 ${query.get("q") ?? ""}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="/assets/favicon.svg"><link rel="stylesheet" href="/assets/app.css"><script type="module" src="/assets/app.js"></script></head>
<body><a class="skip-link" href="#main">跳到正文</a><div class="page">
<header class="navbar navbar-expand-md"><div class="container-xl">
<a class="navbar-brand" href="/"><img src="/assets/logo.svg" alt="">防线</a>
<input class="nav-check" type="checkbox" aria-label="菜单">
<nav class="navbar-collapse" aria-label="主导航"><ul class="navbar-nav"><li class="nav-item"><a class="nav-link" href="/shifts">班次</a></li><li class="nav-item active"><a class="nav-link" href="/helpers" aria-current="page">志愿者</a></li></ul></nav>
</div></header>
<main id="main" class="page-wrapper"><div class="container-xl py-3"><h1 class="page-title">志愿者</h1>
<form role="search" action="/helpers" class="row g-2 my-2"
 hx-get="/helpers" hx-trigger="input changed delay:300ms, change changed, submit" hx-target="#list" hx-select="#list" hx-swap="outerHTML" hx-push-url="true" hx-sync="this:replace">
<div class="col-auto"><input class="form-control" type="search" id="q" name="q" aria-label="搜索" value="${query.get("q") ?? ""}"></div>
<div class="col-auto"><select class="form-select" name="org" aria-label="单位"><option value="">全部单位</option><option value="1">区国资委</option></select></div>
<div class="col-auto"><button class="btn btn-primary no-js">搜索</button></div></form>
<div class="d-flex flex-wrap gap-2 mb-3"><details class="dropdown"><summary class="btn">更多</summary><div class="dropdown-menu"><a class="dropdown-item" href="/export">导出</a></div></details>
<button class="btn" type="button" data-copy="abc-123" data-copied="已复制">复制邀请码</button>
<form method="post" action="/danger"><button class="btn btn-primary" data-confirm="确定吗？">删除</button></form>
<span class="badge bg-green-lt">在岗</span><span class="badge bg-yellow-lt">未到</span><span class="badge bg-red-lt">缺</span><span class="badge bg-orange text-orange-fg">高</span></div>
<div class="alert alert-warning">有 2 个班次缺人</div><div class="progress mb-3"><div class="progress-bar" style="width: 40%" role="progressbar" aria-valuenow="40" aria-valuemin="0" aria-valuemax="100" aria-label="覆盖率"></div></div>
${list(query)}
</div></main></div></body></html>`;

test.beforeAll(async () => {
  server = createServer((request, response) => {
    const address = new URL(request.url ?? "/", "http://x");
    if (address.pathname.startsWith("/assets/")) {
      try {
        const body = readFileSync(join(dist, address.pathname.slice(8)));
        response.writeHead(200, { "Content-Type": TYPES[extname(address.pathname)] ?? "application/octet-stream" });
        return response.end(body);
      } catch {
        response.writeHead(404);
        return response.end();
      }
    }
    hits.push(`${request.method} ${address.pathname}${address.search}`);
    if (signedOut && address.pathname !== "/sign-in") {
      response.writeHead(303, { Location: "/sign-in" });
      return response.end();
    }
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": CSP, Vary: "HX-Request" });
    response.end(address.pathname === "/sign-in" ? "<!doctype html><html lang=zh-CN><title>登录</title><h1>登录</h1>" : page(address.searchParams));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://localhost:${(server.address() as AddressInfo).port}`;
});
test.afterAll(() => new Promise<void>((resolve) => void (server.closeAllConnections(), server.close(() => resolve()))));
test.beforeEach(() => {
  hits = [];
  signedOut = false;
});

const search = (page: Page) => page.getByRole("searchbox");

test("live search replaces the list, moves the address, keeps the focus, one request", async ({ page }) => {
  const calm = watchConsole(page);
  await page.goto(`${url}/helpers`);
  await search(page).pressSequentially("国强", { delay: 60 });
  await expect(page.locator("#list tbody tr")).toHaveCount(1);
  expect(new URL(page.url()).search).toBe(`?q=${encodeURIComponent("国强")}`);
  await expect(search(page)).toBeFocused();
  await expect(page.locator("#list")).toHaveCount(1);
  await page.getByRole("combobox").selectOption("1");
  await expect.poll(() => new URL(page.url()).search).toContain("org=1");
  expect(hits).toHaveLength(3);
  await page.goBack();
  await expect.poll(() => new URL(page.url()).search).not.toContain("org=1");
  // Going back loads the page anew.
  await page.waitForLoadState("load");
  await page.waitForTimeout(500);
  await page.goBack();
  await expect(page.locator("#list tbody tr")).toHaveCount(5);
  await expect(search(page)).toHaveValue("");
  calm();
});

test("a chart is drawn, and again after the list came back; the policy is kept", async ({ page }) => {
  const calm = watchConsole(page);
  await page.goto(`${url}/helpers`);
  await expect(page.locator(".chart-canvas svg")).toBeVisible();
  await expect(page.getByRole("img", { name: "每日出勤" })).toBeVisible();
  await search(page).fill("王");
  await expect(page.locator(".chart-canvas")).toHaveCount(0);
  await search(page).fill("");
  await expect(page.locator(".chart-canvas svg")).toBeVisible();
  calm();
});

test("signed out while searching: the whole page goes to sign in", async ({ page }) => {
  await page.goto(`${url}/helpers`);
  signedOut = true;
  await search(page).fill("王");
  await expect(page).toHaveURL(/sign-in/);
  await expect(page.getByRole("heading", { name: "登录" })).toBeVisible();
});

test("confirm, copy, menu, burger", async ({ page }) => {
  await page.goto(`${url}/helpers`);
  await expect(page.getByRole("link", { name: "班次" })).toBeHidden();
  await page.getByRole("checkbox", { name: "菜单" }).check();
  await expect(page.getByRole("link", { name: "班次" })).toBeVisible();
  await page.getByText("更多").click();
  await expect(page.getByRole("link", { name: "导出" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("link", { name: "导出" })).toBeHidden();
  await page.getByRole("button", { name: "复制邀请码" }).click();
  await expect(page.getByRole("button", { name: "已复制" })).toBeVisible();
  page.once("dialog", (dialog) => void dialog.dismiss());
  await page.getByRole("button", { name: "删除" }).click();
  expect(hits.filter((hit) => hit.startsWith("POST"))).toEqual([]);
  page.once("dialog", (dialog) => void dialog.accept());
  await page.getByRole("button", { name: "删除" }).click();
  await expect.poll(() => hits.filter((hit) => hit.startsWith("POST"))).toEqual(["POST /danger"]);
});

test("without JavaScript: burger and menu open, the search button is there", async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  await page.goto(`${url}/helpers`);
  await page.getByRole("checkbox", { name: "菜单" }).check();
  await expect(page.getByRole("link", { name: "班次" })).toBeVisible();
  await search(page).fill("王");
  await page.getByRole("button", { name: "搜索" }).click();
  await expect(page.locator("#list tbody tr")).toHaveCount(1);
  await context.close();
});

for (const [name, size] of [["phone", { width: 390, height: 844 }], ["desk", { width: 1440, height: 900 }]] as const) {
  test(`accessible: ${name}`, async ({ page }, info) => {
    await page.setViewportSize(size);
    await page.goto(`${url}/helpers`);
    await expect(page.locator(".chart-canvas svg")).toBeVisible();
    await checkAccessibility(page);
    await checkTouch(page);
    await page.screenshot({ path: info.outputPath("desk.png"), fullPage: true });
    await page.evaluate(() => document.documentElement.setAttribute("data-large-type", ""));
    await checkTouch(page);
  });
}
