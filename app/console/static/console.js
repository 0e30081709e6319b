// What a page gains where scripts run; nothing here is needed to do anything.
(() => {
  // Buttons that copy a field.
  const ready = (root) => {
    for (const one of root.querySelectorAll("[data-copy], [data-scripted]")) one.hidden = false;
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copy);
    field.select();
    await navigator.clipboard.writeText(field.value);
    const label = button.querySelector("span");
    const before = label.textContent;
    label.textContent = "Copied";
    button.setAttribute("aria-live", "polite");
    setTimeout(() => { label.textContent = before; }, 2000);
  });
  // A checkbox with data-all="name" ticks all checkboxes of that name that belong to its form.
  document.addEventListener("change", (event) => {
    const all = event.target.dataset.all;
    if (!all) return;
    for (const box of event.target.form.elements) if (box.type === "checkbox" && box.name === all) box.checked = event.target.checked;
  });
  // The menu closes when one leaves it.
  const menu = document.querySelector("details.menu");
  menu?.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  ready(document);
  document.addEventListener("htmx:load", (event) => ready(event.target));
})();
