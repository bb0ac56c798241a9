// A button that prints the page, for those who do not find the browser's own.
document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-print]")) window.print();
});
