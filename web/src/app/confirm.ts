/** `data-confirm="question"` on a form, a button or a link asks before it acts. */
export function confirmations(): void {
  const ask = (event: Event, element: Element | null | undefined): void => {
    const question = element?.getAttribute("data-confirm");
    if (question && !window.confirm(question)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  };
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target as HTMLFormElement;
      const button = event.submitter?.hasAttribute("data-confirm") ? event.submitter : form;
      ask(event, button);
    },
    true,
  );
  document.addEventListener(
    "click",
    (event) => {
      const link = (event.target as Element).closest("a[data-confirm]");
      if (link) ask(event, link);
    },
    true,
  );
}
