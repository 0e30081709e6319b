// Keeps the QR page on this device when its owner says so, or when the pages were installed as an app.
"use strict";

const CACHE = "my-card";
const place = document.getElementById("keep");
const status = document.getElementById("keep-status");

function say(text, kept) {
  if (!status) return;
  status.textContent = text;
  document.getElementById("keep-it").hidden = kept;
  document.getElementById("forget-it").hidden = !kept;
}

async function keep() {
  await navigator.serviceWorker.register(place.dataset.worker, { scope: place.dataset.scope });
  await navigator.serviceWorker.ready;
  const cache = await caches.open(CACHE);
  await cache.addAll([place.dataset.page, ...place.dataset.parts.split(" ")]);
}

async function forget() {
  await caches.delete(CACHE);
  const worker = await navigator.serviceWorker.getRegistration(place.dataset.scope);
  if (worker) await worker.unregister();
}

async function isKept() {
  return (await caches.has(CACHE)) && Boolean(await (await caches.open(CACHE)).match(place.dataset.page));
}

function told(work, done, kept) {
  work().then(
    () => say(done, kept),
    () => say("That did not work. Try again in a moment.", !kept),
  );
}

if (place && "serviceWorker" in navigator && "caches" in window) {
  const installed = matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;
  if (installed) told(keep, "This device keeps the code.", true);
  if (status) {
    place.hidden = false;
    document.getElementById("keep-it").addEventListener("click", () => told(keep, "This device keeps the code.", true));
    document.getElementById("forget-it").addEventListener("click", () => told(forget, "This device keeps nothing any more.", false));
    if (!installed) isKept().then((kept) => kept && say("This device keeps the code.", true));
  }
}
