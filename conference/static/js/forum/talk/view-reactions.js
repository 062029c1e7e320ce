// Silent reactions: buttons below the chat, and what the others show as it passes over the stage. Nothing of it is read aloud.

import { byId, element, icon } from "../dom.js";

/** @typedef {import("../dom.js").Words} Words */

const SIGNS = /** @type {Record<string, string>} */ ({ applause: "party-popper", agree: "thumbs-up", thanks: "hand-heart", laugh: "laugh", idea: "lightbulb" });
const STAYS = 3000; // ms

export class ReactionsView {
  /** @param {import("./protocol.js").TalkProtocol} protocol @param {Words} words @param {(work: Promise<any>) => void} doing */
  constructor(protocol, words, doing) {
    this.words = words;
    this.shown = byId("reactions");
    /** @type {Map<string, string>} */
    this.names = new Map();
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (byId("react").querySelectorAll("[data-react]"))) {
      const kind = button.dataset.react ?? "";
      this.names.set(kind, button.title);
      button.addEventListener("click", () => doing(protocol.react(kind)));
    }
  }

  /** @param {Record<string, number>} counts */
  show(counts) {
    for (const [kind, n] of Object.entries(counts)) {
      if (!SIGNS[kind]) continue;
      const shown = element("p", { class: "reaction" }, icon(this.words, SIGNS[kind]), element("span", {}, n > 1 ? `${this.names.get(kind)} ${n}` : this.names.get(kind) ?? ""));
      this.shown.append(shown);
      window.setTimeout(() => shown.remove(), STAYS);
    }
    while (this.shown.childElementCount > 8) this.shown.firstElementChild?.remove();
  }
}
