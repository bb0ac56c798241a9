// Without a network: the page kept for that, and the styles and scripts it needs. Everything else goes to the server;
// no page of a person is ever kept.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => kept("/requests/away")));
  else if (url.pathname.startsWith("/assets/")) event.respondWith(fetch(request).catch(() => kept(url.pathname)));
});

const kept = async (path) => (await caches.match(path)) || Response.error();
