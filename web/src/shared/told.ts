/** Messages of whoever is signed in: asked for while the page is open, shown once by this browser. */

export interface Told {
  id: string;
  text: string;
  href: string;
  at: string;
}

type Ask = (input: string) => Promise<Response>;

const KEY = "fangxian-told";
/** More ids than the server ever gives at once. */
const KEPT = 300;

/** The messages that are not read, or null when nobody answered, or somebody else did (a captive portal). */
export async function ask(fetcher: Ask = (input) => fetch(input)): Promise<Told[] | null> {
  try {
    const response = await fetcher("/api/messages");
    // Read to the end whatever it is, so that the connection is free again.
    const text = await response.text();
    if (!response.ok || response.redirected) return null;
    const told: unknown = JSON.parse(text);
    return Array.isArray(told) && told.every(isTold) ? told : null;
  } catch {
    return null;
  }
}

function isTold(it: unknown): it is Told {
  const told = it as Partial<Told> | null;
  return (
    typeof told?.id === "string" &&
    typeof told.text === "string" &&
    typeof told.href === "string" &&
    // Only a page of this server.
    /^\/(?!\/)/.test(told.href)
  );
}

/** Those that this browser has not shown yet; they count as shown from now on. */
export function fresh(told: Told[], storage: Storage): Told[] {
  let seen: string[] = [];
  try {
    const kept: unknown = JSON.parse(storage.getItem(KEY) ?? "[]");
    if (Array.isArray(kept)) seen = kept.filter((id): id is string => typeof id === "string");
  } catch {
    // Somebody wrote something else there: begin anew.
  }
  const news = told.filter((one) => !seen.includes(one.id));
  if (news.length > 0) {
    try {
      storage.setItem(KEY, JSON.stringify([...news.map((one) => one.id), ...seen].slice(0, KEPT)));
    } catch {
      // No room: a message may be shown twice, which is better than not at all.
    }
  }
  return news;
}

/** Shows them as notifications of the system, where that is allowed. */
export async function show(told: Told[]): Promise<void> {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  // A phone shows notifications only through the service worker; a desk has none.
  const worker = await navigator.serviceWorker?.getRegistration("/field").catch(() => undefined);
  for (const one of told) {
    const options = { body: one.text, tag: one.id, icon: "/assets/icon-192.png", data: one.href };
    try {
      if (worker?.active) {
        await worker.showNotification(document.title, options);
      } else {
        const shown = new Notification(document.title, options);
        shown.onclick = () => {
          window.focus();
          location.assign(one.href);
        };
      }
    } catch {
      // The message stays on its page.
    }
  }
}

/** Asks now and every minute while the page is seen. */
export function watch(each: (told: Told[]) => void, everyMs = 60_000): void {
  const look = async () => {
    if (document.visibilityState !== "visible" && !("Notification" in window && Notification.permission === "granted")) return;
    const told = await ask();
    if (!told) return;
    each(told);
    await show(fresh(told, localStorage));
  };
  void look();
  setInterval(() => void look(), everyMs);
}
