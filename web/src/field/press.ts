/** What changes by itself waits for the finger: a button that is made anew between press and release loses the tap. */

/** A press that does not become a tap, because it scrolled or was held, is over after this time. */
const NO_TAP_MS = 300;

const waiting = new Set<() => void>();
let pressed = false;
let timer: ReturnType<typeof setTimeout> | undefined;

function release(): void {
  pressed = false;
  const drawings = [...waiting];
  waiting.clear();
  for (const draw of drawings) draw();
}

function releaseIn(ms: number): void {
  clearTimeout(timer);
  timer = setTimeout(release, ms);
}

const press = (): void => {
  clearTimeout(timer);
  pressed = true;
};
const lifted = (): void => releaseIn(NO_TAP_MS);
// After the button's own work.
const tapped = (): void => releaseIn(0);

addEventListener("pointerdown", press, true);
addEventListener("pointerup", lifted, true);
addEventListener("pointercancel", lifted, true);
addEventListener("click", tapped, true);

/** Draws now, or when the finger that is on the screen has been lifted. For what nobody on this phone has just asked for. */
export function drawWhenReleased(draw: () => void): void {
  if (pressed) waiting.add(draw);
  else draw();
}
