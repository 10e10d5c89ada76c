/// <reference lib="webworker" />
/**
 * Opens the field app without a network. Touches nothing but GET, nothing under /api, no desk page:
 * it is registered for the scope /field, and answers only for that page and the files it needs.
 */
export {};
declare const self: ServiceWorkerGlobalScope;
declare const __CACHE_VERSION__: string;
declare const __FIELD_FILES__: string[];

const PREFIX = "fangxian-field-";
const FILES_CACHE = `${PREFIX}files-${__CACHE_VERSION__}`;
const PAGE_CACHE = `${PREFIX}page`;
const PAGE = "/field";
const FILES = [...__FIELD_FILES__, "/manifest.webmanifest"];
/** The camera's decoder: large, and kept only when it has been needed once. */
const LATER = ["/assets/scan.js", "/assets/zxing_reader.wasm"];
/** A network that says nothing for so long is as good as none. */
const PATIENCE_MS = 4_000;

/** Only the server's own page carries this header; a captive portal's login page does not. */
const isPage = (response: Response): boolean =>
  response.ok && !response.redirected && response.headers.get("x-fangxian") === "field";

const isFile = (path: string, response: Response): boolean => {
  if (!response.ok || response.redirected) return false;
  // A portal answers every address with HTML.
  return !(response.headers.get("content-type") ?? "").includes("text/html") && (FILES.includes(path) || LATER.includes(path));
};

async function keepFiles(): Promise<void> {
  const cache = await caches.open(FILES_CACHE);
  for (const path of FILES) {
    const response = await fetch(path, { cache: "reload" });
    if (!isFile(path, response)) throw new Error(`${path} is not to be had`);
    await cache.put(path, response);
  }
}

async function keepPage(): Promise<void> {
  const response = await fetch(PAGE, { cache: "reload", credentials: "same-origin" });
  if (isPage(response)) await (await caches.open(PAGE_CACHE)).put(PAGE, response);
}

async function page(request: Request): Promise<Response> {
  const cache = await caches.open(PAGE_CACHE);
  const kept = await cache.match(PAGE);
  const network = fetch(request).then(async (response) => {
    if (isPage(response)) await cache.put(PAGE, response.clone());
    return response;
  });
  if (!kept) return network;
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), PATIENCE_MS));
  const response = await Promise.race([network.catch(() => null), late]);
  return response && isPage(response) ? response : kept;
}

async function file(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(FILES_CACHE);
  const kept = await cache.match(path);
  if (kept) return kept;
  const response = await fetch(request);
  if (isFile(path, response)) await cache.put(path, response.clone());
  return response;
}

self.addEventListener("install", (event) => {
  event.waitUntil(
    keepFiles()
      .then(() => keepPage().catch(() => undefined))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name.startsWith(PREFIX) && name !== FILES_CACHE && name !== PAGE_CACHE) await caches.delete(name);
      }
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const href: unknown = event.notification.data;
  if (typeof href === "string") event.waitUntil(self.clients.openWindow(href).catch(() => null));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (url.pathname === PAGE) event.respondWith(page(request));
    return;
  }
  if (FILES.includes(url.pathname) || LATER.includes(url.pathname)) event.respondWith(file(url.pathname, request));
});
