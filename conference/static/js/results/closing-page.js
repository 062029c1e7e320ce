// The page of a closing plenary's slides: hears of them by the page's own line to /live (js/page/live.js).

import { Closing } from "./closing.js";

const root = document.getElementById("closing-deck");
if (root) {
  const closing = new Closing(root);
  document.addEventListener("live", (event) => {
    const { topic, data } = /** @type {CustomEvent} */ (event).detail;
    if (topic === root.dataset.topic && data?.type === "closing.now") closing.take(data);
  });
  // A presenter's clicker sends keys to the page, wherever the focus stands.
  document.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (!root.contains(target) && !target.closest("a, button, summary")) closing.key(event, false);
  });
  closing.part("frame").focus({ preventScroll: true });
}
