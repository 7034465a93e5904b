/* On websites that show a survey in a frame: the frame gets as high as its content.
   <iframe src="…/a/…" data-cx-survey></iframe> <script src="…/embed.js" async></script> */
(() => {
  "use strict";
  const portal = new URL(document.currentScript.src).origin;
  const frames = () => document.querySelectorAll("iframe[data-cx-survey]");
  const shown = new WeakSet();
  const hello = (frame) => frame.contentWindow.postMessage("cx-survey", portal);

  addEventListener("message", (event) => {
    const height = event.data && event.data.cxSurveyHeight;
    if (event.origin !== portal || !Number.isFinite(height)) return;
    for (const frame of frames())
      if (frame.contentWindow === event.source) {
        frame.style.height = `${Math.min(Math.max(height, 100), 20000)}px`;
        shown.add(frame);
      }
  });

  const start = () => {
    for (const frame of frames()) {
      frame.style.border = "0";
      frame.addEventListener("load", () => {
        hello(frame);
        // Whoever scrolled down to a page's button begins the next one at its top.
        if (shown.has(frame) && frame.getBoundingClientRect().top < 0) frame.scrollIntoView();
      });
      // It may have been loaded before this script was; then again, the browser shows nothing of ours yet.
      if (new URL(frame.src).origin === portal) setTimeout(() => hello(frame), 500);
    }
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
  else start();
})();
