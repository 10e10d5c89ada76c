/**
 * The switches of language and type size lead back to `back`, which the server has written: the page one is on.
 * A form that came back with errors stands at an address that only takes forms, and a live list moves on without
 * the page: both are put right here.
 */
export function switches(): void {
  const links = document.querySelectorAll<HTMLAnchorElement>('a.fx-tool[href^="/settings/"]');
  const back = links[0] && new URL(links[0].href).searchParams.get("back");
  // Then reloading, and sending the form once more, lead to a page that can be opened, too.
  if (back?.startsWith("/") && back !== location.pathname + location.search) {
    history.replaceState(history.state, "", location.origin + back + location.hash);
  }
  for (const link of links) {
    link.addEventListener("click", () => {
      const to = new URL(link.href);
      to.searchParams.set("back", location.pathname + location.search);
      link.href = to.href;
    });
  }
}
