// Who lives in the household that was chosen: the list follows the choice, nobody in it is chosen beforehand.
let question;

document.addEventListener("change", ({ target }) => {
  const section = target.form && target.form.querySelector("[data-people]");
  if (section && target.id === section.dataset.for) ask(section, target);
});

// In the body, for addresses stand in logs. Without a network the form works as before.
async function ask(section, field) {
  const asked = new URLSearchParams({ [field.name]: field.value });
  question = asked;
  const answer = await fetch(section.dataset.people, { method: "POST", body: asked }).catch(() => null);
  const fragment = answer && answer.ok ? await answer.text() : "";
  if (asked === question && section.isConnected) section.innerHTML = fragment; // our own server's escaped HTML
}
