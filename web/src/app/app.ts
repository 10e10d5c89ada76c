/** The desk pages work without this file; it makes them quicker. */

import "@tabler/core/dist/css/tabler.min.css";
import "./theme.css";
import "./layout.css";
import "./parts.css";
import "./muster.css";
import "./rounds.css";
import "./print.css";
import "./htmx";
import { copyButtons } from "./copy";
import { confirmations } from "./confirm";
import { autosubmit } from "./autosubmit";
import { charts } from "./charts";
import { fullscreen } from "./fullscreen";
import { menus } from "./menus";
import { notify } from "./notify";
import { signOut } from "./sign-out";
import { switches } from "./switches";

document.documentElement.classList.add("js");
confirmations();
autosubmit();
copyButtons();
menus();
signOut();
switches();
charts();
fullscreen();
notify();
