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
import "./photo.js";
import "./keys.js";
import "./live.js";

// A button that is sending keeps the focus.
config.forms.submitter = "aria-disabled";

document.documentElement.classList.add("awake");

// After a refusal the summary of errors is the next thing to read.
onPage(() => {
  const summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();
});

// A refresh does not fold what the reader unfolded.
document.addEventListener("turbo:before-morph-attribute", (event) => {
  if (event.detail.attributeName === "open") event.preventDefault();
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
