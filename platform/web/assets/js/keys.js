// Keys for the office PC: j k walk the rows, Enter opens (the row's link has the focus), / searches, ? lists the keys.
import { isTyping } from "./page.js";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const act = { j: () => walk(1), k: () => walk(-1), "/": search, "?": help }[event.key];
  if (act && act()) event.preventDefault();
});

function walk(step) {
  const links = [...document.querySelectorAll("[data-keys] [data-row] .row-main a")];
  if (!links.length) return false;
  const at = links.indexOf(document.activeElement);
  const next = at < 0 ? 0 : Math.min(Math.max(at + step, 0), links.length - 1);
  links[next].focus();
  links[next].closest("[data-row]").scrollIntoView({ block: "nearest" });
  return true;
}

function search() {
  const field = [...document.querySelectorAll("[data-search]")].find((input) => input.offsetParent);
  if (field) field.select();
  return Boolean(field);
}

function help() {
  const dialog = document.querySelector("dialog#keys");
  if (dialog) dialog.showModal();
  return Boolean(dialog);
}
