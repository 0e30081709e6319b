// The template editor: a preview that follows what is typed, fields that are dragged, colours with their contrast.
// Without this script the buttons of the form do all of it.
(() => {
  const form = document.getElementById("editor");
  const frame = document.getElementById("preview");
  const status = document.getElementById("preview-said");
  const rows = document.getElementById("rows");
  const at = (id) => document.getElementById(id);

  // The preview.
  let timer = 0;
  let asking = new AbortController();
  const typed = () => {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
    return body;
  };
  const put = (made) => {
    const page = frame.contentDocument;
    const shown = page?.querySelector("main.card");
    const card = made.querySelector("main.card");
    if (!shown || !card) return;
    const sheet = 'link[href$="/theme.css"]';
    const before = page.querySelector(sheet);
    const after = made.querySelector(sheet);
    if (before.getAttribute("href") !== after.getAttribute("href")) {
      const link = page.adoptNode(after);
      // The colours of before stay until those of now are there.
      link.addEventListener("load", () => before.remove());
      before.before(link);
    }
    shown.replaceWith(page.adoptNode(card));
  };
  const look = async () => {
    asking.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(form.dataset.preview, { method: "POST", body: typed(), signal: asking.signal });
      const text = await answer.text();
      const problem = answer.headers.get("Content-Type")?.startsWith("text/plain");
      if (answer.ok && !problem) {
        put(new DOMParser().parseFromString(text, "text/html"));
        status.textContent = "The card as this form would make it.";
      } else {
        status.textContent = answer.ok ? `The preview waits: ${text.split("\n")[0]}` : "The preview cannot be made at the moment.";
      }
    } catch (error) {
      if (error.name !== "AbortError") status.textContent = "The preview cannot be made at the moment.";
    }
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(look, 300);
  };

  // Colours.
  let weighing = new AbortController();
  const weigh = async () => {
    weighing.abort();
    weighing = new AbortController();
    const query = new URLSearchParams();
    for (const name of ["accent", "background", "theme"]) query.append(name, at(`design.${name}`).value);
    try {
      const answer = await fetch(`${form.dataset.contrast}?${query}`, { signal: weighing.signal });
      if (!answer.ok) return;
      const lines = (await answer.text()).split("\n").map((line) => {
        const [kind, said] = line.split("\t");
        const item = document.createElement("li");
        item.className = kind;
        item.textContent = said;
        return item;
      });
      at("contrast").replaceChildren(...lines);
    } catch (error) {
      if (error.name !== "AbortError") console.warn("The contrast is not known:", error.message);
    }
  };
  const isColour = (text) => /^#[0-9a-f]{6}$/i.test(text);
  for (const picker of form.querySelectorAll("[data-picks]")) {
    const field = at(picker.dataset.picks);
    if (isColour(field.value)) picker.value = field.value;
    picker.hidden = false;
    picker.addEventListener("input", () => { field.value = picker.value; weigh(); });
    field.addEventListener("input", () => { if (isColour(field.value)) picker.value = field.value; weigh(); });
  }
  at("design.theme").addEventListener("change", weigh);

  // What is said beside inputs.
  const sums = (place) => {
    const sum = form.querySelector(`[data-sums="${place}"]`);
    const on = at(`${place}.on`);
    const chosen = at(`${place}.sync`);
    if (sum) sum.textContent = on && !on.checked ? "Not on the card" : chosen.selectedOptions[0].textContent;
  };
  const explain = (target) => {
    if (target.dataset.says) at(target.dataset.says).querySelector("p:last-child").textContent = target.selectedOptions[0].dataset.said;
    const place = target.name.match(/^(.+)\.(?:sync|on)$/)?.[1];
    if (place && at(`${place}.sync`)) sums(place);
    if (target.name.endsWith(".label")) {
      const name = target.value || "New field";
      form.querySelector(`[data-names="${target.name}"]`).textContent = name;
      for (const [button, act] of [["up", "Move % up"], ["down", "Move % down"], ["remove", "Remove %"]]) {
        target.closest("[data-row]").querySelector(`[value^="${button}:"]`).setAttribute("aria-label", act.replace("%", name));
      }
    }
    if (target.getAttribute("list") === "sources") {
      const known = [...at("sources").options].find((one) => one.value === target.value);
      at(`${target.id}-said`).querySelector("p:last-child").textContent = known ? known.label : "Not among what was seen in your directory.";
    }
  };

  // Moving fields.
  const moved = (row) => {
    const place = [...rows.children].indexOf(row) + 1;
    at("moved").textContent = `${row.querySelector(".name").textContent} is now field ${place} of ${rows.children.length}.`;
    dirty = true;
    soon();
  };
  rows.addEventListener("click", (event) => {
    const button = event.target.closest("[data-moves]");
    if (!button) return;
    event.preventDefault();
    const row = button.closest("[data-row]");
    if (button.dataset.moves === "1") row.nextElementSibling?.after(row);
    else row.previousElementSibling?.before(row);
    button.focus();
    moved(row);
  });
  let dragged = null;
  for (const grip of rows.querySelectorAll("[data-grip]")) grip.draggable = true;
  rows.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("[data-row]");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    event.dataTransfer.setDragImage(dragged, 12, 12);
    dragged.classList.add("dragged");
  });
  rows.addEventListener("dragover", (event) => {
    if (!dragged) return;
    event.preventDefault();
    const over = event.target.closest("[data-row]");
    if (!over || over === dragged) return;
    const box = over.getBoundingClientRect();
    if (event.clientY > box.top + box.height / 2) over.after(dragged);
    else over.before(dragged);
  });
  rows.addEventListener("drop", (event) => event.preventDefault());
  rows.addEventListener("dragend", () => {
    dragged.classList.remove("dragged");
    moved(dragged);
    dragged = null;
  });

  // What is typed and not saved.
  let dirty = "unsaved" in form.dataset;
  const leaving = new Set(["person", "find", "width"]);
  form.addEventListener("input", (event) => {
    explain(event.target);
    if (event.target.type === "file") return;
    if (!leaving.has(event.target.name)) dirty = true;
    if (event.target.name !== "find" && event.target.name !== "width") soon();
  });
  form.addEventListener("change", (event) => {
    if ("uploads" in event.target.dataset && event.target.files.length) form.requestSubmit(event.target.parentElement.querySelector("button"));
  });
  form.addEventListener("submit", () => { dirty = false; });
  window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });

  // A link to a place that is folded away opens it.
  const reveal = () => {
    const place = at(decodeURIComponent(location.hash.slice(1)));
    for (let up = place; up; up = up.parentElement) if (up.tagName === "DETAILS") up.open = true;
    if (place?.matches("input, select, textarea")) place.focus();
  };
  window.addEventListener("hashchange", reveal);
  if (at("problems")) at("problems").focus();
  else reveal();
  if (dirty) frame.addEventListener("load", look, { once: true });
})();
