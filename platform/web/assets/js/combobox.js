// A text field with a list under it, by the WAI-ARIA combobox pattern: arrows, Enter, Escape, pointer.
// `find(text)` gives the choices to list, `pick(choice)` takes the chosen one, `leave()` ends without.
export function combobox(input, list, { find, pick, leave, emptyWords }) {
  let found = [], at = -1;

  const show = (open) => {
    list.hidden = !open;
    input.setAttribute("aria-expanded", String(open));
    input.removeAttribute("aria-activedescendant");
  };
  const open = (text) => {
    found = find(text);
    at = -1;
    list.replaceChildren(...(found.length ? found : [{ label: emptyWords }]).map(item));
    if (!found.length) list.firstChild.setAttribute("aria-disabled", "true");
    show(true);
    // Above the keyboard and the bar: the list must be seen where it opens.
    const seen = window.visualViewport ? visualViewport.height : innerHeight;
    if (list.getBoundingClientRect().bottom > seen) input.scrollIntoView({ block: "start" });
  };
  const item = ({ label, note }, index) => {
    const element = document.createElement("li");
    element.id = `${list.id}-${index}`;
    element.setAttribute("role", "option");
    element.textContent = label;
    if (note) element.append(Object.assign(document.createElement("small"), { textContent: note }));
    return element;
  };
  const move = (to) => {
    if (!found.length) return;
    at = (to + found.length) % found.length;
    [...list.children].forEach((element, index) => element.setAttribute("aria-selected", String(index === at)));
    input.setAttribute("aria-activedescendant", list.children[at].id);
    list.children[at].scrollIntoView({ block: "nearest" });
  };
  const choose = (index) => {
    if (found[index]) pick(found[index]);
    show(false);
  };
  const press = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      if (list.hidden) open("");
      move(at < 0 && step < 0 ? -1 : at + step);
    } else if (list.hidden) return;
    else if (event.key === "Enter") choose(Math.max(at, 0));
    else if (event.key === "Escape") show(false);
    else return;
    event.preventDefault();
  };

  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays in the field
  list.addEventListener("click", (event) => choose([...list.children].indexOf(event.target.closest("li"))));
  input.addEventListener("click", () => open(""));
  input.addEventListener("input", (event) => event.isComposing || open(input.value));
  input.addEventListener("compositionend", () => open(input.value));
  input.addEventListener("keydown", (event) => event.isComposing || press(event));
  input.addEventListener("blur", () => { leave(); show(false); });
}
