/** htmx, with the settings the server's templates count on. */

import htmx from "htmx.org/dist/htmx.esm.js";

// Errors are whole pages: they are shown as such (below), never put into a list.
htmx.config.noSwap = [204, 304, "4xx", "5xx"];
// Going back asks the server for the page again, as without JavaScript.
htmx.config.history = "reload";

interface Context {
  select?: string;
  text?: string;
  request: { action: string; method: string; body: unknown };
  response?: { raw: Response };
}

const context = (event: Event): Context => (event as CustomEvent<{ ctx: Context }>).detail.ctx;

// Empty filters do not belong into the address.
document.addEventListener("htmx:config:request", (event) => {
  const { request } = context(event);
  if (request.method !== "GET" || !(request.body instanceof FormData)) return;
  for (const [name, value] of [...request.body]) if (value === "") request.body.delete(name);
});

// What the answer is not what was asked for (signed out, an error, another page), the browser goes there itself.
document.addEventListener("htmx:after:request", (event) => {
  const { request, response, select, text } = context(event);
  if (request.method !== "GET" || !response) return;
  const { raw } = response;
  const missing = select?.startsWith("#") && raw.ok && !(text ?? "").includes(`id="${select.slice(1)}"`);
  if (!raw.ok || missing) {
    event.preventDefault();
    location.assign(raw.redirected ? raw.url : request.action);
  }
});
