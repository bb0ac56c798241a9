// Similar open requests while the text is written: "that is the same matter" before it is filed twice.
const PAUSE = 400, SHORTEST = 2; // 中风, 触电: danger is said in two characters
let timer, question;

// Letters still being composed (pinyin on the way to characters) are not yet text.
document.addEventListener("input", (event) => event.isComposing || consider(event.target));
for (const name of ["compositionend", "change"]) document.addEventListener(name, (event) => consider(event.target));

function consider(field) {
  const section = field.form && field.form.querySelector("[data-similar]");
  if (!section || (field.id !== section.dataset.for && !field.matches("[data-similar-with]"))) return;
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE, field.form, section);
}

async function ask(form, section) {
  if (!section.isConnected) return; // sent and gone before the pause was over
  const text = document.getElementById(section.dataset.for).value.trim();
  const asked = new URLSearchParams({ text });
  for (const field of form.querySelectorAll("[data-similar-with]")) asked.set(field.name, field.value);
  question = asked;
  const fragment = text.length < SHORTEST ? "" : await read(section.dataset.similar, asked);
  if (asked === question && section.innerHTML !== fragment) section.innerHTML = fragment; // our own server's escaped HTML
}

// Without a network there is nothing similar; the form works as before.
// A resident's words go in the body: addresses stand in logs.
const read = (url, body) =>
  fetch(url, { method: "POST", body }).then((answer) => (answer.ok ? answer.text() : "")).catch(() => "");
