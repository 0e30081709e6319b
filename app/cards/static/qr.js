// The code at full screen: the screen stays on while it is shown, and it can be printed.
"use strict";

async function stayOn() {
  if (document.visibilityState !== "visible") return;
  try {
    await navigator.wakeLock.request("screen");
  } catch (error) {
    console.info("The screen may go dark:", error.message); // for example when the battery is low
  }
}

if ("wakeLock" in navigator) {
  document.addEventListener("visibilitychange", stayOn); // going away ends the lock
  stayOn();
}

const print = document.getElementById("print");
print.hidden = false;
print.addEventListener("click", () => window.print());
