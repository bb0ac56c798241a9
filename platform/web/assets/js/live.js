// Live refresh: the server says "refresh", the page is fetched and morphed in place. Never while somebody writes.
import { visit } from "./turbo.min.js";
import { isTyping, onPage, onSent } from "./page.js";

const FIRST_WAIT = 1000, LAST_WAIT = 60000, SPOKEN_FOR = 5000, UNDERWAY_MAX = 5000, OWN_ECHO = 3000, SETTLE = 150;
let source, url, retry, silence, soon;
let wait = FIRST_WAIT;
let held = false, away = false, refreshing = false;
let underway = 0; // until when a page counts as on its way
let own = 0; // until when a refresh counts as the echo of one's own act, which its page has told already

onPage(connect);
document.addEventListener("visibilitychange", connect); // hidden tabs hold no connection: a browser has six per host
document.addEventListener("focusout", () => setTimeout(() => held && refresh()));

function connect() {
  const meta = document.querySelector("meta[name=live]");
  const wanted = meta && !document.hidden ? meta.content : null;
  if (wanted === url) return;
  const wasAway = away && wanted;
  away = document.hidden;
  clearTimeout(retry);
  if (source) source.close();
  url = wanted;
  if (url) open(wasAway);
}

function open(missedSomething) {
  source = new EventSource(url);
  source.addEventListener("refresh", refresh);
  source.onopen = () => {
    if (wait > FIRST_WAIT) say("online");
    if (missedSomething || wait > FIRST_WAIT) refresh();
    wait = FIRST_WAIT;
  };
  source.onerror = () => {
    source.close();
    if (wait === FIRST_WAIT) say("offline");
    retry = setTimeout(() => open(true), wait * (0.5 + Math.random() / 2));
    wait = Math.min(wait * 2, LAST_WAIT);
  };
}

// A burst of changes is looked at once. Turbo's own refresh waits likewise, but asks nobody when its wait is over: an act
// that was sent meanwhile lost the page that answers it.
function refresh() {
  clearTimeout(soon);
  soon = setTimeout(look, SETTLE);
}

function look() {
  if (Date.now() < underway) {
    held = true;
    return;
  }
  if (isBusy()) {
    if (!held) say("held");
    held = true;
    return;
  }
  held = false;
  refreshing = true;
  visit(document.baseURI, { action: "replace", shouldCacheSnapshot: false });
  if (Date.now() > own) say("updated");
}

// Nobody asked for it: a screen that is left alone must not keep its session alive.
document.addEventListener("turbo:before-fetch-request", (event) => {
  if (refreshing) event.detail.fetchOptions.headers["Lianhu-Refresh"] = "1";
});

// What somebody began to write while the page was on its way is not morphed away; nor is the word that their act was
// taken, when the refresh that it caused comes on its heels.
document.addEventListener("turbo:before-morph-element", (event) => {
  if (refreshing && event.target.matches("form[data-touched], #told")) event.preventDefault();
});
// Nor does it fold what the reader unfolded. The page that answers a form stands as the server made it: the form that
// was taken is folded, the one that was refused lies open.
document.addEventListener("turbo:before-morph-attribute", (event) => {
  if (refreshing && event.detail.attributeName === "open") event.preventDefault();
});
for (const name of ["turbo:render", "turbo:submit-start"]) document.addEventListener(name, () => (refreshing = false));

// The word "look again" that one's own act causes overtakes the page that says the act was taken; a refresh now would
// take its place. It waits until that page is there.
for (const name of ["turbo:submit-start", "turbo:visit"]) {
  document.addEventListener(name, () => (underway = Date.now() + UNDERWAY_MAX));
}
for (const name of ["turbo:render", "turbo:load", "turbo:fetch-request-error"]) {
  document.addEventListener(name, () => {
    underway = 0;
    setTimeout(() => held && refresh());
  });
}

// Writing, sending, reading a dialog, a form touched since it was shown, or one that came back refused with its words.
const BUSY = "dialog[open], form:is([data-touched], [data-sent]), main .notice.error[data-focus]";
function isBusy() {
  return isTyping(document.activeElement) || document.querySelector(BUSY) !== null;
}

for (const name of ["input", "change"]) {
  document.addEventListener(name, ({ target }) => target.form && target.form.setAttribute("data-touched", ""));
}
document.addEventListener("reset", ({ target }) => target.removeAttribute("data-touched"));
onSent((form, taken) => {
  own = Date.now() + OWN_ECHO;
  hush();
  if (taken) form.removeAttribute("data-touched");
});

function say(what) {
  const region = document.querySelector("[data-live-region]");
  if (!region) return;
  clearTimeout(silence);
  region.textContent = region.dataset[what] || "";
  place();
  silence = setTimeout(hush, SPOKEN_FOR);
}

// At an edge where it covers nothing to press or to fill in; else in a row of its own. Looked at again while the page
// moves under it.
function place() {
  const region = document.querySelector("[data-live-region]");
  if (!region || !region.textContent) return;
  const free = ["top", "bottom"].some((edge) => {
    region.dataset.edge = edge;
    return !covers(region);
  });
  if (!free) delete region.dataset.edge;
}
for (const name of ["scroll", "resize"]) addEventListener(name, place, { passive: true });
document.addEventListener("focusin", place);

const CONTROLS = "a[href]:not(.skip), button, input:not([type=hidden]), select, textarea, summary, label";
function covers(region) {
  const own = region.getBoundingClientRect();
  return [...document.querySelectorAll(CONTROLS)].some((one) => {
    const box = one.getBoundingClientRect();
    return one.checkVisibility() && box.bottom > own.top && box.top < own.bottom && box.right > own.left && box.left < own.right;
  });
}

function hush() {
  const region = document.querySelector("[data-live-region]");
  if (region) region.textContent = "";
}
