// The preview follows what is typed. Without this module its buttons show it.
const form = document.getElementById("mail-form");
let look = document.getElementById("mail-preview-light");
let waiting = 0;

form.addEventListener("click", (event) => {
  if (event.target.name === "look") look = event.target;
});
form.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => form.requestSubmit(look), 500);
});
form.addEventListener("submit", () => clearTimeout(waiting));
