// The one script a page asks for. Every page works without it; this makes it smooth.
import { config } from "./turbo.min.js";
import { onPage } from "./page.js";
import "./once.js";
import "./places.js";
import "./draft.js";
import "./offline.js";
import "./away.js";
import "./print.js";
import "./similar.js";
import "./people.js";
import "./count.js";
import "./keys.js";
import "./live.js";

// What only some pages need comes with the first of them.
onPage(() => {
  if (document.querySelector("input[data-photo]")) import("./photo.js");
  if (document.querySelector("svg a")) import("./picture.js");
});

// A button that is sending keeps the focus.
config.forms.submitter = "aria-disabled";

document.documentElement.classList.add("awake");

// What was done, or why not, is the next thing to read: where the page is the answer to a form, and once. A page that
// refreshed itself takes the focus from nobody.
let answers = true;
document.addEventListener("turbo:submit-start", () => (answers = true));
onPage(() => {
  const told = answers && document.querySelector("[data-focus]");
  answers = false;
  if (!told) return;
  told.scrollIntoView({ block: "center" });
  told.focus({ preventScroll: true });
});

const closeMenus = (except) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
};

document.addEventListener("click", (event) => {
  closeMenus(event.target.closest("details.menu"));
  const opener = event.target.closest("[data-open]");
  const dialog = opener && document.getElementById(opener.dataset.open);
  if (dialog) dialog.showModal();
});

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
