// Who clicks twice sends a form once. What it answers takes the page's place; a file it answers with does not, so the
// form can be sent again a moment later.
const MOMENT = 2000;
const sent = new WeakSet();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  // Into a preview it may go as often as it likes, and right before it is saved.
  if (event.submitter?.formTarget) return;
  if (sent.has(form)) event.preventDefault();
  sent.add(form);
  setTimeout(() => sent.delete(form), MOMENT);
});
