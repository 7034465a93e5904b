// Dragging things by their dots (.grip), with mouse, pen or finger; buttons or keys do the same without it.
//
// draggable({ items, region, aim, unmark, land }) makes whatever fits the selector "items" draggable:
//   region()     what scrolls on where one comes near its edge
//   aim(drag)    show where it would land, and say so in drag.to; drag: item, x, y
//   unmark()     take away what aim has shown
//   land(drag)   it was let go where drag.to says
// Gives a function that says whether the press that has just ended was a drag.

export function draggable({ items, region, aim, unmark, land }) {
  let drag = null;
  let hasDragged = false;

  document.addEventListener("dragstart", (event) => event.target.closest?.(".grip") && event.preventDefault());

  document.addEventListener("pointerdown", (event) => {
    const item = event.button === 0 && event.target.closest(".grip")?.closest(items);
    hasDragged = false;
    if (!item) return;
    drag = { item, pointer: event.pointerId, x: event.clientX, y: event.clientY, startX: event.clientX, startY: event.clientY };
  });

  document.addEventListener("pointermove", (event) => {
    if (drag?.pointer !== event.pointerId) return;
    drag.x = event.clientX;
    drag.y = event.clientY;
    if (!drag.ghost) {
      if (Math.hypot(drag.x - drag.startX, drag.y - drag.startY) < 6) return;
      lift();
    }
    event.preventDefault();
    follow();
  }, { passive: false });

  document.addEventListener("pointerup", ({ pointerId }) => drag?.pointer === pointerId && drop(true));
  document.addEventListener("pointercancel", ({ pointerId }) => drag?.pointer === pointerId && drop(false));

  // Before anybody else hears of it: Escape lets go where it was, and does nothing more.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !drag?.ghost) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    drop(false);
  }, { capture: true });

  function lift() {
    const { item } = drag;
    const box = item.getBoundingClientRect();
    const ghost = document.createElement("div");
    ghost.className = "ghost";
    ghost.setAttribute("aria-hidden", "true");
    ghost.append(...[...item.cloneNode(true).childNodes]);
    for (const named of ghost.querySelectorAll("[id]")) named.removeAttribute("id");
    ghost.style.width = `${Math.min(box.width, 320)}px`;
    document.body.append(ghost);
    Object.assign(drag, { ghost, dx: Math.min(drag.startX - box.left, 300), dy: drag.startY - box.top });
    item.classList.add("dragged");
    document.body.classList.add("dragging");
    hasDragged = true;
    scroll();
  }

  function scroll() {
    if (!drag?.ghost) return;
    const box = region().getBoundingClientRect();
    const edge = 48;
    const across = drag.x > box.right - edge ? 12 : drag.x < box.left + edge ? -12 : 0;
    const down = drag.y > Math.min(box.bottom, innerHeight) - edge ? 10 : drag.y < Math.max(box.top, 0) + edge ? -10 : 0;
    if (across || down) {
      region().scrollBy(across, down);
      follow();
    }
    requestAnimationFrame(scroll);
  }

  function follow() {
    drag.ghost.style.left = `${drag.x - drag.dx}px`;
    drag.ghost.style.top = `${drag.y - drag.dy}px`;
    unmark();
    drag.to = null;
    aim(drag);
  }

  function drop(isMeant) {
    const done = drag;
    drag = null;
    if (!done.ghost) return;
    done.ghost.remove();
    unmark();
    done.item.classList.remove("dragged");
    document.body.classList.remove("dragging");
    if (isMeant && done.to) land(done);
  }

  return () => hasDragged;
}
