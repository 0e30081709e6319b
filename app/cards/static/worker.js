// Shows the QR pages that this device keeps when there is no network. It puts nothing into the cache that was not put
// there at its owner's wish (keep.js), and takes it away as soon as the server does not give it to this browser any more.
"use strict";

const CACHE = "my-card";
const KEPT_MS = 30 * 24 * 60 * 60 * 1000; // without a word from the server

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET") return;
  event.respondWith(event.request.mode === "navigate" ? page(event) : part(event.request));
});

async function page(event) {
  try {
    const answer = await fetch(event.request);
    event.waitUntil(lookAgain());
    return answer.status === 401 ? toSignIn(event.request.url) : answer;
  } catch (error) {
    const kept = await keptPage(new URL(event.request.url).pathname);
    if (kept) return kept;
    throw error;
  }
}

// The server leads people to signing in, but takes what a worker asks for as asked by a script.
function toSignIn(url) {
  const installation = self.registration.scope.replace(/\/me$/, "");
  return Response.redirect(`${installation}/login?next=${encodeURIComponent(url.slice(installation.length))}`);
}

async function part(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const cache = await caches.open(CACHE);
    // A page may be newer than the style that was kept with another one.
    const kept = await cache.match(request, { ignoreSearch: true });
    if (kept) return kept;
    throw error;
  }
}

async function keptPages() {
  if (!(await caches.has(CACHE))) return [];
  const cache = await caches.open(CACHE);
  const found = [];
  for (const request of await cache.keys()) {
    if (!new URL(request.url).pathname.endsWith("/qr")) continue;
    const answer = await cache.match(request);
    found.push({ request, answer, age: Date.now() - Date.parse(answer.headers.get("Date")) });
  }
  return found;
}

// The page of the card that was asked for, else of the one that was kept first.
async function keptPage(path) {
  const pages = (await keptPages()).filter((kept) => kept.age < KEPT_MS);
  const asked = pages.find((kept) => path.startsWith(new URL(kept.request.url).pathname.replace(/qr$/, "")));
  const chosen = asked || pages[0] || (await caches.delete(CACHE), undefined);
  return chosen && chosen.answer;
}

// Asks the server for every kept page; what it does not give to whoever uses this browser now is kept no longer.
async function lookAgain() {
  for (const kept of await keptPages()) {
    const answer = await fetch(kept.request.url, { redirect: "manual", cache: "no-store" });
    const cache = await caches.open(CACHE);
    if (answer.ok) await cache.put(kept.request, answer);
    else if (answer.status < 500) await cache.delete(kept.request);
  }
  if ((await caches.has(CACHE)) && (await keptPages()).length === 0) await caches.delete(CACHE);
}
