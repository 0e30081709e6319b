// The page of a card's photo: choosing the part that shows, and waiting for the photo to be prepared.
// Without this script the middle of the picture is taken, and the page is loaded anew until the photo is there.
"use strict";

const MOST_ZOOM = 8;
const LARGEST = 1600;

const form = document.getElementById("photo-form");

function crop() {
  const file = document.getElementById("photo-file");
  const part = document.getElementById("photo-crop");
  const stage = document.getElementById("photo-stage");
  const small = document.getElementById("photo-small");
  const problem = document.getElementById("photo-problem");
  const zoom = document.getElementById("photo-zoom");
  const across = document.getElementById("photo-across");
  const down = document.getElementById("photo-down");
  const fields = form.elements;
  let picture = null;

  const refuse = (sentence) => {
    problem.textContent = sentence;
    problem.hidden = !sentence;
    if (sentence) file.setAttribute("aria-invalid", "true");
    else file.removeAttribute("aria-invalid");
  };

  const room = () => {
    const edge = Math.min(picture.width, picture.height) / MOST_ZOOM ** (zoom.value / 100);
    return { edge, wide: picture.width - edge, high: picture.height - edge };
  };

  const draw = () => {
    if (!picture) return;
    const { edge, wide, high } = room();
    const left = (wide * across.value) / 100;
    const top = (high * down.value) / 100;
    for (const canvas of [stage, small]) {
      const on = canvas.getContext("2d");
      on.fillStyle = "#fff";
      on.fillRect(0, 0, canvas.width, canvas.height);
      on.drawImage(picture, left, top, edge, edge, 0, 0, canvas.width, canvas.height);
    }
    across.disabled = wide < 1;
    down.disabled = high < 1;
    fields.left.value = (left / picture.width).toFixed(4);
    fields.top.value = (top / picture.height).toFixed(4);
    fields.edge.value = (edge / Math.min(picture.width, picture.height)).toFixed(4);
  };

  const move = (rightwards, downwards) => {
    const { wide, high } = room();
    if (wide >= 1) across.value = Number(across.value) + (100 * rightwards) / wide;
    if (high >= 1) down.value = Number(down.value) + (100 * downwards) / high;
    draw();
  };

  const clear = () => {
    picture = null;
    part.hidden = true;
    for (const name of ["left", "top", "edge"]) fields[name].value = "";
  };

  // A picture is kept no larger than a screen shows it; the part is told in fractions, so nothing is lost.
  const reduced = (bitmap) => {
    const scale = Math.min(1, LARGEST / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    return canvas;
  };

  file.addEventListener("change", async () => {
    clear();
    refuse("");
    const [chosen] = file.files;
    if (!chosen) return;
    if (chosen.size > Number(form.dataset.most)) {
      refuse(`The photo is larger than ${Math.floor(form.dataset.most / 1024 / 1024)} MB. Choose a smaller one.`);
      return;
    }
    try {
      const bitmap = await createImageBitmap(chosen);
      if (file.files[0] !== chosen) return;
      picture = reduced(bitmap);
    } catch {
      return; // what this browser cannot show, the server looks at
    }
    zoom.value = 0;
    across.value = down.value = 50;
    part.hidden = false;
    draw();
  });

  form.addEventListener("submit", (event) => {
    if (file.files.length && file.files[0].size <= Number(form.dataset.most)) return;
    event.preventDefault();
    if (!file.files.length) refuse("Choose a file first.");
    file.focus();
  });

  for (const slider of [zoom, across, down]) slider.addEventListener("input", draw);
  stage.addEventListener("pointerdown", (event) => stage.setPointerCapture(event.pointerId));
  stage.addEventListener("pointermove", (event) => {
    if (!picture || !stage.hasPointerCapture(event.pointerId)) return;
    const scale = room().edge / stage.clientWidth;
    move(-event.movementX * scale, -event.movementY * scale);
  });
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom.value = Number(zoom.value) - Math.sign(event.deltaY) * 4;
    draw();
  });
}

// The photo shows by itself once it is prepared; asked for less and less often.
async function follow(pause, times) {
  const status = document.getElementById("photo-status");
  const shown = document.getElementById("photo-now");
  if (!shown || !("underWay" in shown.dataset)) return;
  if (times === 0) {
    status.textContent = "This takes longer than usual. Load the page again later to see the photo.";
    return;
  }
  await new Promise((later) => setTimeout(later, pause));
  try {
    const answer = await fetch(location.href, { redirect: "error" });
    const made = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("photo-now");
    if (answer.ok && made && !("underWay" in made.dataset)) {
      shown.replaceChildren(...made.children);
      delete shown.dataset.underWay;
      status.textContent = shown.querySelector(".photo-bad") ? "The photo is not used." : "The photo is there.";
      return;
    }
  } catch (error) {
    console.warn("Whether the photo is there could not be asked:", error.message);
  }
  follow(Math.min(pause * 1.5, 15000), times - 1);
}

if (form) crop();
follow(1000, 50);
