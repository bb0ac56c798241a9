// How much may still be written, while it is written. Counted as the server counts: characters, not UTF-16 units.
document.addEventListener("input", ({ target }) => tell(target));
document.addEventListener("change", ({ target }) => tell(target));

function tell(field) {
  const told = field.id && document.getElementById(`${field.id}-limit`);
  if (!told) return;
  told.dataset.whole ??= told.textContent;
  const left = told.dataset.most - [...field.value.trim()].length;
  const words = left < 0 ? told.dataset.over : told.dataset.left;
  told.textContent = field.value ? words.replace("{n}", Math.abs(left)) : told.dataset.whole;
  told.classList.toggle("over", left < 0);
}
