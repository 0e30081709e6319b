// The edit page: the preview follows what is typed. Without this script the button "Preview" does it.
"use strict";

const form = document.getElementById("edit");
const frame = document.querySelector("iframe.preview");
let timer = 0;
let asking = new AbortController();

async function update() {
  asking.abort();
  asking = new AbortController();
  const body = new URLSearchParams(new FormData(form));
  try {
    const answer = await fetch(form.dataset.preview, { method: "POST", body, signal: asking.signal });
    if (!answer.ok) return;
    const made = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main.card");
    const shown = frame.contentDocument.querySelector("main.card");
    // Only the card is put in place: a new document would jump to its top and add to the browser's history.
    if (made && shown) shown.replaceWith(frame.contentDocument.adoptNode(made));
  } catch (error) {
    if (error.name !== "AbortError") console.warn("The preview could not be made:", error.message);
  }
}

document.querySelector(".summary")?.focus();
if (form) {
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(update, 300);
  });
  document.getElementById("preview-button").addEventListener("click", (event) => {
    event.preventDefault();
    update();
    frame.scrollIntoView({ block: "nearest" });
  });
}
