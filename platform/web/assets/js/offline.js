// A form that found no network says so at its button. Its words and its receipt stay, so pressing again is enough.
import { onUnsent } from "./page.js";

const told = new WeakSet();

onUnsent((form, event) => {
  told.add(event.detail.error);
  event.preventDefault(); // or Turbo logs it as a defect
  const words = document.querySelector("template[data-unsent]");
  if (!words || form.method !== "post") return;
  drop(form);
  const notice = words.content.firstElementChild.cloneNode(true);
  const acts = [...form.querySelectorAll(".actions, button:not([type=button])")].at(-1);
  acts.before(notice);
  notice.focus();
});

// Turbo throws on what was just told to the one it concerns.
window.addEventListener("unhandledrejection", (event) => told.has(event.reason) && event.preventDefault());

document.addEventListener("turbo:submit-start", ({ target }) => drop(target));

function drop(form) {
  for (const notice of form.querySelectorAll("[data-unsent-notice]")) notice.remove();
}
