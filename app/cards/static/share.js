// The share page: copying the link, and sharing with the device's apps where it can.
"use strict";

const link = document.getElementById("link");
const copy = document.getElementById("copy");
const share = document.getElementById("share");

if (navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", () => {
    const said = document.getElementById("copy-status");
    navigator.clipboard.writeText(link.value).then(
      () => { said.textContent = "Copied."; },
      () => { link.select(); said.textContent = "The link is selected: copy it with the keyboard or the menu."; },
    );
  });
}

if (navigator.share) {
  document.getElementById("share-item").hidden = false;
  share.addEventListener("click", () => {
    const { title, text, url } = share.dataset;
    navigator.share({ title, text, url }).catch((error) => {
      if (error.name !== "AbortError") console.warn("Sharing did not work:", error.message);
    });
  });
}
