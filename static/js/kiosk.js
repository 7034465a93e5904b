/* On a tablet: when nobody has touched a begun sheet for a minute, the next person finds a fresh one. */
(() => {
  "use strict";
  const home = document.currentScript.dataset.home;
  const begun = document.currentScript.dataset.begun === "yes";
  const MINUTE = 60000;
  let timer;
  const restart = () => {
    // Without a network the browser would show its own error page, and nobody could get away from there.
    if (navigator.onLine) location.replace(home);
    else timer = setTimeout(restart, MINUTE);
  };
  const wait = (minutes) => {
    clearTimeout(timer);
    timer = setTimeout(restart, minutes * MINUTE);
  };
  for (const touch of ["pointerdown", "keydown", "input", "scroll"])
    addEventListener(touch, () => wait(1), { passive: true });
  // "Back" must not bring back a page with what somebody else entered.
  addEventListener("pageshow", (event) => event.persisted && restart());
  wait(begun ? 1 : 60);
})();
