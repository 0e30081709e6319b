// Rows of the bindings can be dragged into another order; the buttons do the same without this script.
(() => {
  const list = document.querySelector("ol.bindings");
  if (!list) return;
  let dragged = null;
  for (const row of list.children) {
    const grip = row.querySelector(".grip");
    grip.classList.add("ready");
    grip.addEventListener("pointerdown", () => { row.draggable = true; });
    row.addEventListener("dragstart", (event) => { dragged = row; event.dataTransfer.effectAllowed = "move"; });
    row.addEventListener("dragend", () => { row.draggable = false; dragged = null; });
    row.addEventListener("dragover", (event) => {
      if (!dragged || dragged === row) return;
      event.preventDefault();
      const box = row.getBoundingClientRect();
      list.insertBefore(dragged, event.clientY > box.top + box.height / 2 ? row.nextSibling : row);
    });
  }
  list.addEventListener("drop", (event) => event.preventDefault());
})();
