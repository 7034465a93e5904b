// The survey builder without this module: "Show in the preview" shows a question as it is typed, and buttons move it up
// and down. With it, the preview follows by itself a moment after each change, and questions can be dragged.

import { draggable } from "./dragging.js";

const DELAY = 500;
let waiting;

// Into the preview goes the browser's own submission: htmx would put the answer into the page.
document.addEventListener(
  "submit",
  (event) => {
    if (event.submitter?.hasAttribute("data-try")) event.stopPropagation();
  },
  { capture: true },
);

document.addEventListener("input", ({ target }) => {
  const form = target.closest("form[data-tries]");
  if (!form) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    if (form.isConnected) form.requestSubmit(form.querySelector("[data-try]"));
  }, DELAY);
});

// The questions of the list that one of them is dragged in, without it.
const others = (item) => [...item.parentElement.querySelectorAll(":scope > [data-card]")].filter((each) => each !== item);

draggable({
  items: "[data-card]",
  region: () => document.documentElement,
  aim(drag) {
    const { item, y } = drag;
    const before = others(item).find((each) => {
      const box = each.getBoundingClientRect();
      return y < box.top + box.height / 2;
    });
    if (item.nextElementSibling === (before ?? null)) return;
    const mark = document.createElement("li");
    mark.className = "drop";
    mark.setAttribute("aria-hidden", "true");
    if (before) before.before(mark);
    else item.parentElement.append(mark);
    drag.to = { before: before?.dataset.card ?? "" };
  },
  unmark: () => document.querySelectorAll(".drop").forEach((mark) => mark.remove()),
  land({ item, to }) {
    const field = item.querySelector("form[data-move] [name=before]");
    field.disabled = false;
    field.value = to.before;
    field.form.requestSubmit();
  },
});
