// The survey builder without this module: "Show in the preview" shows a question as it is typed. With it, that happens by
// itself a moment after each change.

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
