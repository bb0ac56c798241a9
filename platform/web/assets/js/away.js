// Keeps one page for when there is no network, in the reader's language and print, and has the service worker show it.
// Nobody's data is on it. What is written there is the draft of a new request.
const PAGE = "/requests/away";
const KEPT = "away";
const root = document.documentElement;
const prefix = document.querySelector("link[rel=stylesheet]").getAttribute("href").replace(/[^/]*$/, "");
const reader = [prefix, root.lang, root.dataset.mode, root.dataset.theme].join(" ");

if (navigator.serviceWorker && window.caches && window.isSecureContext) {
  navigator.serviceWorker.register("/sw.js");
  if (localStorage.getItem(KEPT) !== reader) keep();
}

async function keep() {
  const scripts = performance.getEntriesByType("resource").map(({ name }) => new URL(name)).filter((url) => url.origin === location.origin && url.pathname.startsWith(prefix));
  await caches.delete(KEPT);
  const kept = await caches.open(KEPT);
  await kept.addAll([...new Set([PAGE, `${prefix}app.css`, `${prefix}icons.svg`, ...scripts.map((url) => url.pathname)])]);
  localStorage.setItem(KEPT, reader);
}

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-again]")) location.reload();
  const on = target.closest("[data-go-on]");
  if (on) location.assign(on.dataset.goOn);
});
