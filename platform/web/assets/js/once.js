// One press, one request. The server's receipts make a double submit harmless; this keeps it from happening.
import { onSent } from "./page.js";

window.addEventListener("submit", (event) => {
  const { target: form, submitter: button } = event;
  if (form.method !== "post") return;
  if (form.hasAttribute("data-sent")) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  form.setAttribute("data-sent", "");
  if (!button) return;
  button.setAttribute("aria-busy", "true");
  if (button.dataset.busy) button.dataset.turboSubmitsWith = button.dataset.busy; // Turbo puts the words back
}, true);

function giveBack(form) {
  form.removeAttribute("data-sent");
  for (const field of form.elements) field.removeAttribute("aria-busy");
}

onSent(giveBack);
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(giveBack)); // back by the browser
