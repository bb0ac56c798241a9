// Unsent words survive a closed page, on this device and in this tab only. Gone at success, on request and at sign-out.
import { onPage, onSent } from "./page.js";

const KEPT = "textarea, select, input:not([type]), input[type=text], input[type=tel]";
const keyOf = (form) => `draft:${form.dataset.draft}`;
const fieldsOf = (form) => [...form.elements].filter((field) => field.name && field.matches(KEPT));

document.addEventListener("input", keep);
document.addEventListener("change", keep);

function keep(event) {
  const form = event.target.form;
  if (!form || !form.dataset.draft) return;
  const words = fieldsOf(form).map((field) => [field.name, field.value]).filter(([, value]) => value);
  sessionStorage.setItem(keyOf(form), JSON.stringify(Object.fromEntries(words)));
}

onPage(() => document.querySelectorAll("form[data-draft]").forEach(restore));

function restore(form) {
  const kept = JSON.parse(sessionStorage.getItem(keyOf(form)) || "{}");
  const lost = fieldsOf(form).filter((field) => !field.value && kept[field.name]);
  for (const field of lost) {
    field.value = kept[field.name];
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
  const notice = form.querySelector("[data-draft-notice]");
  if (notice && lost.length) notice.hidden = false;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-draft-drop]");
  if (!button) return;
  button.form.reset();
  for (const field of fieldsOf(button.form)) field.dispatchEvent(new Event("change"));
  sessionStorage.removeItem(keyOf(button.form));
  button.closest("[data-draft-notice]").hidden = true;
});

onSent((form, taken) => {
  if (taken && form.dataset.draftEnds) sessionStorage.removeItem(`draft:${form.dataset.draftEnds}`);
  if (!taken || !form.dataset.draft) return;
  sessionStorage.removeItem(keyOf(form));
  form.removeAttribute("data-draft"); // the field that loses its page still reports a change
});

document.addEventListener("submit", ({ target }) => {
  if (!("signOut" in target.dataset)) return;
  Object.keys(sessionStorage).filter((key) => key.startsWith("draft:")).forEach((key) => sessionStorage.removeItem(key));
});
