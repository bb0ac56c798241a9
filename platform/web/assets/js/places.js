// A select of places becomes a field that finds by characters and by pinyin initials. The select keeps the value;
// what was typed and is in no list is sent as it is, under the name of the plain field beside the select.
import { combobox } from "./combobox.js";
import { onPage } from "./page.js";

const SHOWN = 30; // more would not be read

onPage(() => document.querySelectorAll("select[data-places]").forEach(enhance));

function enhance(select) {
  const old = select.parentNode.querySelector(".combobox");
  if (old && old.owner === select) return;
  if (old) old.remove(); // a copy out of Turbo's cache, without ears

  const [input, list] = build(select).children;
  const plain = select.parentNode.querySelector("[data-place-text]");
  if (plain) takeOver(input, plain);
  let choices = [...select.options].filter((option) => option.value)
    .map((option) => ({ value: option.value, label: option.text, py: option.dataset.py || "" }));
  const label = () => (select.value ? select.selectedOptions[0].text : "");
  const show = () => { if (select.value || !input.name) input.value = label(); };
  const set = (value) => {
    select.value = value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const pick = ({ value, label }) => {
    if (![...select.options].some((option) => option.value === value)) select.add(new Option(label, value));
    set(value);
  };
  combobox(input, list, {
    emptyWords: select.dataset.empty,
    find: (text) => search(choices, text.toLowerCase().replace(/\s+/g, "")),
    pick,
    leave() {
      const text = input.value.trim();
      const known = choices.find((choice) => choice.label === text);
      if (known && known.value !== select.value) pick(known);
      else if (select.value && text !== label()) input.name || !text ? set("") : show();
      else show();
    },
  });
  select.addEventListener("change", show);
  select.addEventListener("focus", () => input.focus()); // from a link to the field, or the browser's own check
  input.addEventListener("focus", async () => {
    const known = new Set(choices.map(({ value }) => value));
    choices = choices.concat((await load(select.dataset.places)).filter(({ value }) => !known.has(value)));
  }, { once: true });
  show();
}

// The field without scripts stands aside, with what it held.
function takeOver(input, plain) {
  const field = plain.querySelector("input");
  input.name = field.name;
  input.value = field.value;
  field.disabled = plain.hidden = true;
}

function build(select) {
  const id = `${select.id}-text`;
  const label = document.querySelector(`label[for="${select.id}"], label[for="${id}"]`);
  const box = Object.assign(document.createElement("div"), { className: "combobox", owner: select });
  box.innerHTML = `<input id="${id}" type="text" role="combobox" autocomplete="off" aria-autocomplete="list" aria-expanded="false" aria-controls="${id}-list"><ul id="${id}-list" role="listbox" hidden></ul>`;
  const [input, list] = box.children;
  input.placeholder = select.dataset.placeholder || "";
  for (const name of ["aria-describedby", "aria-invalid"]) {
    if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
  }
  list.setAttribute("aria-label", label.textContent.trim());
  label.htmlFor = id;
  select.classList.add("visually-hidden");
  select.tabIndex = -1;
  select.setAttribute("aria-hidden", "true");
  select.after(box);
  return box;
}

// What begins with the text comes before what only holds it.
function search(choices, text) {
  const place = ({ label, py }) => Math.min(...[label.toLowerCase(), py].map((name) => name.indexOf(text)).filter((at) => at >= 0));
  return choices.map((choice) => [place(choice), choice]).filter(([at]) => at < Infinity)
    .sort(([a], [b]) => a - b).slice(0, SHOWN).map(([, choice]) => choice);
}

// Without a network the recent places are what there is.
const load = (url) => (url ? fetch(url).then((answer) => (answer.ok ? answer.json() : [])).catch(() => []) : []);
