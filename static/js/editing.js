// Editing the journey map in place. Without this module every link and form of the map works as a page of its own; with
// it, texts open where they stand, cards and stages can be dragged or moved by keys, and only the map is fetched anew.
//
// The portal answers a change with one of two events:
//   map-changed {said, focus | back}   the map is another one now
//   map-said    {said, back, bad}    something to say; the map is as it was, but for what came with the answer
// focus: the element where one goes on; back: where one goes on unless one is somewhere else already.

import { draggable } from "./dragging.js";

const { htmx } = window;
const bar = document.getElementById("edit-bar");
const panel = document.getElementById("panel");
const said = document.getElementById("said");
const region = document.querySelector(".map");
const map = () => document.getElementById("map");

// ---------------------------------------------------------------------------------------------- saying and fetching

function say(text, isBad = false) {
  said.classList.remove("fades");
  said.classList.toggle("bad", isBad);
  said.textContent = "";
  // A moment later, so that a screen reader says the same sentence twice, too.
  setTimeout(() => {
    said.textContent = text;
    said.classList.toggle("fades", !isBad);
  }, 20);
}

const isLost = () => !document.activeElement || document.activeElement === document.body;

function go(id) {
  document.getElementById(id)?.focus({ preventScroll: false });
}

/** What fails is told by htmx's own events, below. */
const ask = (verb, address, context) => htmx.ajax(verb, address, context).catch(() => {});

let waiting = null;
let wanted = null;
let isFetching = false;
let opening = 0;
const isWriting = () => opening > 0 || map().querySelector("form.writing") !== null;

/** Fetch the map anew, and once more if it changes meanwhile; but never take away what somebody is writing. */
async function refresh({ focus, back } = {}) {
  waiting = isWriting() ? { back } : null;
  if (waiting) return;
  wanted = { focus, back };
  if (isFetching) return;
  isFetching = true;
  while (wanted) await fetchMap();
  isFetching = false;
}

async function fetchMap() {
  const { focus, back } = wanted;
  wanted = null;
  const here = document.activeElement?.id;
  // The form with the filters asks: what is chosen there comes along, and of this and a choice only the later is answered.
  const filters = document.getElementById("map-filters");
  await ask("GET", location.pathname, { source: filters, target: "#map", swap: "outerHTML", push: "false", replace: "true" });
  if (wanted || waiting) return;
  // Who has gone elsewhere while it was on its way is left there.
  const hasMoved = !isLost() && document.activeElement.id !== here;
  if (focus && !hasMoved) go(focus);
  else if (isLost()) go(document.getElementById(here) ? here : back);
}

function answered({ said: text, bad, focus, back }, hasChanged) {
  if (!bad && panel.matches(":popover-open")) panel.hidePopover();
  say(text, bad);
  if (hasChanged) refresh({ focus, back });
  else if (back && isLost()) go(back);
  if (!hasChanged && waiting) refresh(waiting);
}

document.body.addEventListener("map-changed", (event) => answered(event.detail, true));
document.body.addEventListener("map-said", (event) => answered(event.detail, false));

// That somebody was quicker has a form to show, with both versions of a text.
document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target === map() && isWriting()) {
    // Somebody has begun to write while the map was on its way.
    detail.shouldSwap = false;
    waiting = {};
  }
  if (detail.xhr.status === 409) {
    detail.shouldSwap = true;
    detail.isError = false;
  }
});
document.body.addEventListener("htmx:responseError", ({ detail }) => {
  const isGone = detail.xhr.status === 404;
  say(isGone ? bar.dataset.gone : bar.dataset.failed, true);
  if (isGone && detail.target !== map()) refresh();
});
for (const fault of ["htmx:sendError", "htmx:timeout"]) {
  document.body.addEventListener(fault, () => say(bar.dataset.failed, true));
}

function post(address, values = {}) {
  return ask("POST", address, { values, swap: "none", source: bar });
}

// What changes the map is sent one after the other (hx-sync), so that what is undone is what was done last. A form that
// is on its way, or waits for its turn, is not sent a second time; undo and redo may be.
const isSent = (form) => form.classList.contains("sent");
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (bar.contains(form)) leaveAll();
  else if (!form.matches("[hx-post]")) return;
  else if (isSent(form)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  } else form.classList.add("sent");
}, { capture: true });
document.body.addEventListener("htmx:afterRequest", ({ target }) => target.classList.remove("sent"));

// --------------------------------------------------------------------------------------------------- click to write

const shown = new WeakMap();
const opened = new WeakMap();

async function open(link) {
  const cell = link.closest(".cell");
  if (cell.classList.contains("htmx-request")) return; // by a double click
  shown.set(cell, [...cell.childNodes]);
  opening += 1;
  await ask("GET", link.href, { source: cell, target: cell, swap: "innerHTML" });
  opening -= 1;
  if (waiting) refresh(waiting);
}

function field(form) {
  return form.querySelector("textarea, select, input:not([type=hidden])");
}

/** Put the keyboard into a form that has just come. */
document.body.addEventListener("htmx:afterSwap", ({ detail }) => {
  const form = detail.target.querySelector?.(":scope > form.writing");
  if (!form) return;
  const input = field(form);
  opened.set(form, input.value);
  input.focus();
  form.scrollIntoView({ block: "nearest" });
  if (input.setSelectionRange) input.setSelectionRange(input.value.length, input.value.length);
});

function cancel(form) {
  if (isSent(form)) return; // too late
  const cell = form.closest(".cell");
  const before = shown.get(cell);
  const stays = "stays" in form.dataset;
  const hadFocus = form.contains(document.activeElement) || isLost();
  cell.replaceChildren(...(before ?? []));
  const link = cell.querySelector(".write");
  if (hadFocus) link?.focus();
  if (stays || waiting) refresh({ back: link?.id });
}

/** Save what was written; but one that has something to say stays. */
function leave(form) {
  if (!form.isConnected || isSent(form) || "stays" in form.dataset || panel.contains(form)) return;
  if (field(form).value === opened.get(form)) cancel(form);
  else form.requestSubmit();
}

const leaveAll = () => document.querySelectorAll("form.writing").forEach(leave);

document.addEventListener("focusout", ({ target }) => {
  const form = target.closest?.("form.writing");
  // Where the keyboard has gone to is known a moment later.
  if (form) setTimeout(() => document.hasFocus() && !form.contains(document.activeElement) && leave(form));
});

// ------------------------------------------------------------------------------------------------ menus, small forms

let opener = null;
let place = null;

function openPanel(link) {
  leaveAll();
  if (!panel.contains(link)) {
    opener = link;
    place = link.getBoundingClientRect();
  }
  ask("GET", link.href, { source: panel, target: panel, swap: "innerHTML" });
}

document.body.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target !== panel) return;
  if (!panel.matches(":popover-open")) panel.showPopover();
  if (matchMedia("(width < 48rem)").matches) {
    panel.style.left = panel.style.top = "";
  } else {
    const { width, height } = panel.getBoundingClientRect();
    panel.style.left = `${Math.max(8, Math.min(place.left, innerWidth - width - 8))}px`;
    const below = place.bottom + 4;
    panel.style.top = `${Math.max(8, below + height > innerHeight - 8 ? place.top - height - 4 : below)}px`;
  }
  if (panel.contains(document.activeElement)) return;
  (panel.querySelector("[autofocus]") ?? panel.querySelector("a, button, input, select"))?.focus();
});

// What it holds stays in it: its form may be on its way, and the answer comes to the form.
panel.addEventListener("toggle", ({ newState }) => {
  if (newState === "closed" && isLost() && opener?.isConnected) opener.focus();
});

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target.closest("a.write, a[data-panel], a[data-cancel]");
  if (!link) return;
  event.preventDefault();
  if (link.matches("[data-cancel]")) cancel(link.closest("form"));
  else if (link.matches(".write")) open(link);
  else if (!hasDragged()) openPanel(link);
});

// -------------------------------------------------------------------------------------------------------------- keys

const ARROWS = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right" };

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  const form = target.closest("form.writing");
  const control = event.ctrlKey || event.metaKey;
  if (form) {
    if (key === "Escape") {
      event.preventDefault();
      cancel(form);
    } else if (key === "Enter" && !event.isComposing && target.matches("textarea, select")) {
      if (!control && !target.matches("[data-line], select")) return;
      event.preventDefault();
      form.requestSubmit();
    }
  } else if (event.altKey && !control && ARROWS[key]) {
    const moved = target.closest("[data-move]");
    const ways = moved?.matches("th") ? ["left", "right"] : moved?.matches("tr") ? ["up", "down"] : Object.values(ARROWS);
    if (!moved || !ways.includes(ARROWS[key])) return;
    event.preventDefault();
    post(moved.dataset.move, { direction: ARROWS[key] });
  } else if (control && !event.altKey && !target.closest("input, textarea, select")) {
    const undoes = key.toLowerCase() === "z" && !event.shiftKey;
    const redoes = (key.toLowerCase() === "z" && event.shiftKey) || key.toLowerCase() === "y";
    if (!undoes && !redoes) return;
    event.preventDefault();
    document.getElementById(undoes ? "undo" : "redo").requestSubmit();
  }
});

// ---------------------------------------------------------------------------------------------------------- dragging

const hasDragged = draggable({
  items: "[data-card], [data-head]",
  region: () => region,
  aim: (drag) => (drag.item.matches("th") ? aimStage(drag) : aimCard(drag)),
  unmark,
  land: ({ item, to }) => post(item.dataset.move, to),
});

function unmark() {
  map().querySelectorAll(".drop").forEach((mark) => mark.remove());
  map().querySelectorAll(".drop-before, .drop-after").forEach((head) => head.classList.remove("drop-before", "drop-after"));
}

function aimStage(drag) {
  const heads = [...map().querySelectorAll("[data-head]")];
  const over = heads.find((head) => drag.x < head.getBoundingClientRect().right) ?? heads.at(-1);
  const box = over.getBoundingClientRect();
  const isBefore = drag.x < box.left + box.width / 2;
  over.classList.add(isBefore ? "drop-before" : "drop-after");
  const before = isBefore ? over : heads[heads.indexOf(over) + 1];
  if (before !== drag.item && over !== drag.item) drag.to = { before: before?.dataset.head ?? "" };
}

function aimCard(drag) {
  const cells = [...map().querySelectorAll("[data-stage]")];
  const cell = cells.find((each) => {
    const box = each.getBoundingClientRect();
    return drag.x >= box.left && drag.x < box.right;
  });
  if (!cell) return;
  const cards = [...cell.querySelectorAll("[data-card]")].filter((card) => card !== drag.item);
  // The first card that the pointer is before: above its middle, or left of it in its row.
  const before = cards.find((card) => {
    const box = card.getBoundingClientRect();
    const isAlone = box.width > cell.clientWidth * 0.6;
    return isAlone ? drag.y < box.top + box.height / 2 : drag.y < box.top || (drag.y < box.bottom && drag.x < box.left + box.width / 2);
  });
  const mark = document.createElement(before ? "li" : "div");
  mark.className = "drop";
  mark.setAttribute("aria-hidden", "true");
  if (before) before.before(mark);
  else cell.querySelector(".add").before(mark);
  drag.to = { stage: cell.dataset.stage, before: before?.dataset.card ?? "" };
}
