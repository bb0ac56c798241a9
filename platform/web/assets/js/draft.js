// Unsent words survive a closed page, on this device and in this tab only. Gone at success, on request and at sign-out.
import { onPage, onSent, onUnsent } from "./page.js";

const TICK = "input[type=checkbox], input[type=radio]";
const KEPT = `textarea, select, input:not([type]), input[type=text], input[type=tel], ${TICK}`;
const LABEL = "label of "; // a place that was found by typing is no option of the next page
const RECEIPT = "_receipt";
const keyOf = (form) => `draft:${form.dataset.draft}`;
const fieldsOf = (form) => [...form.elements].filter((field) => field.name && field.matches(KEPT));

// Ticks and choices are kept where they differ from how the page came.
const nameOf = (field) => (field.matches(TICK) ? `${field.name}=${field.value}` : field.name);
const saidBy = (field) => (field.matches(TICK) ? (field.checked && !field.defaultChecked ? "on" : "") : field.value);
const isBlank = (field) => (field.matches(TICK) ? !field.checked : !field.value);

document.addEventListener("input", keep);
document.addEventListener("change", keep);

function keep(event) {
  const form = event.target.form;
  if (form && form.dataset.draft) store(form, {});
}

function store(form, more) {
  const fields = fieldsOf(form).filter(saidBy);
  const words = fields.map((field) => [nameOf(field), saidBy(field)]);
  const labels = fields.filter((field) => field.matches("select[data-places]")).map((field) => [LABEL + field.name, field.selectedOptions[0].text]);
  sessionStorage.setItem(keyOf(form), JSON.stringify({ ...Object.fromEntries([...words, ...labels]), ...more }));
}

// What may have arrived although no answer came keeps its receipt: sent again unchanged, also after a reload, it is
// applied once. The first change to it drops the receipt from the draft.
onUnsent((form) => form.dataset.draft && form.elements[RECEIPT] && store(form, { [RECEIPT]: form.elements[RECEIPT].value }));

onPage(() => document.querySelectorAll("form[data-draft]").forEach(restore));

function restore(form) {
  const { [RECEIPT]: receipt, ...kept } = JSON.parse(sessionStorage.getItem(keyOf(form)) || "{}");
  const lost = fieldsOf(form).filter((field) => isBlank(field) && kept[nameOf(field)]);
  for (const field of lost) {
    const said = kept[nameOf(field)], label = kept[LABEL + field.name];
    if (field.matches(TICK)) field.checked = true;
    else field.value = said;
    if (!field.value && label) field.add(new Option(label, said, false, true));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
  if (receipt && form.elements[RECEIPT]) {
    form.elements[RECEIPT].value = receipt;
    store(form, { [RECEIPT]: receipt });
  }
  if (!lost.length) return;
  const notice = form.querySelector("[data-draft-notice]");
  if (notice) notice.hidden = false;
  const fold = form.closest("details");
  if (fold) fold.open = true;
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
