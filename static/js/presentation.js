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
