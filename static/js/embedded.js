/* In a survey that a website shows in a frame: tells that website, and no other, how high the page is. */
(() => {
  "use strict";
  const allowed = document.currentScript.dataset.origins.split(" ");
  let website = "";
  const tell = () => {
    if (website) parent.postMessage({ cxSurveyHeight: document.body.scrollHeight }, website);
  };
  addEventListener("message", (event) => {
    if (event.source !== parent || event.data !== "cx-survey" || !allowed.includes(event.origin)) return;
    website = event.origin;
    // As high as its content: what is at least as high as its frame could never make it lower again.
    document.querySelector(".ask").style.minBlockSize = "0";
    tell();
  });
  new ResizeObserver(tell).observe(document.body);
})();
