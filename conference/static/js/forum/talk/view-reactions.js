// Silent reactions: buttons below the chat, and what the others show as it passes over the stage. Nothing of it is read aloud.

import { byId, element } from "../dom.js";

const SIGNS = /** @type {Record<string, string>} */ ({ applause: "👏", agree: "👍", thanks: "🙏", laugh: "😄", idea: "💡" });
const STAYS = 3000; // ms

export class ReactionsView {
  /** @param {import("./protocol.js").TalkProtocol} protocol @param {(work: Promise<any>) => void} doing */
  constructor(protocol, doing) {
    this.shown = byId("reactions");
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (byId("react").querySelectorAll("[data-react]"))) {
      const kind = button.dataset.react ?? "";
      /** @type {Element} */ (button.querySelector("[aria-hidden]")).textContent = SIGNS[kind];
      button.addEventListener("click", () => doing(protocol.react(kind)));
    }
  }

  /** @param {Record<string, number>} counts */
  show(counts) {
    for (const [kind, n] of Object.entries(counts)) {
      if (!SIGNS[kind]) continue;
      const shown = element("p", { class: "reaction" }, SIGNS[kind], n > 1 ? element("span", {}, ` ${n}`) : null);
      this.shown.append(shown);
      window.setTimeout(() => shown.remove(), STAYS);
    }
    while (this.shown.childElementCount > 8) this.shown.firstElementChild?.remove();
  }
}
