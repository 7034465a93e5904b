// What is too tall for the screen is set smaller until it fits, or until it could not be read across the room any more.
// Without this, and on a phone, one scrolls.
const SMALLEST = 60; // percent
const isRoom = matchMedia("(width >= 60rem)");

function fit(slide) {
  for (let size = 100; size >= SMALLEST; size -= 4) {
    slide.style.setProperty("--fit", size / 100);
    if (!isRoom.matches || slide.offsetHeight <= innerHeight) return;
  }
}

const fitAll = () => document.querySelectorAll(".slide").forEach(fit);
fitAll();
addEventListener("resize", fitAll);

// Left and right leaf through the stages of a presentation. Without this, its links do, and scrolling.
addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const slides = [...document.querySelectorAll(".slide")];
  const now = slides.findLastIndex((slide) => slide.getBoundingClientRect().top < innerHeight / 2);
  const next = slides[now + step];
  if (!next) return;
  event.preventDefault();
  location.hash = next.id;
});
