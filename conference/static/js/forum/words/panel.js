// Puts together what is written and signed: captions, real-time text, hands.

import { byId } from "../dom.js";
import { CaptionsView } from "../view-captions.js";
import { Announcing } from "./announcing.js";
import { WordsProtocol } from "./protocol.js";
import { SigningView } from "./signing.js";
import { TextView } from "./view-text.js";

/** @typedef {import("../room.js").Room} Room */

const TOKENS = new Set(["organiser", "technical_director"]); // who does not write captions, but lets software do it

export class WordsPanel {
  /**
   * @param {Room} room @param {import("../protocol.js").RoomProtocol} protocol
   * @param {{doing: (work: Promise<any>) => void, announce: (kind: string, text: string) => void}} page
   */
  constructor(room, protocol, page) {
    const data = JSON.parse(byId("words-data").textContent ?? "{}");
    const words = new WordsProtocol(protocol);
    this.protocol = words;
    const announcing = new Announcing(page.announce, "text");
    this.captions = new CaptionsView();
    this.text = new TextView(room, words, data, { doing: page.doing, tell: (text, many) => announcing.tell(text, many) });
    this.signing = new SigningView(room, words, data, page);
    const on = (/** @type {string} */ name, /** @type {(detail: any) => void} */ act) =>
      protocol.addEventListener(name, (event) => act(/** @type {CustomEvent} */ (event).detail));
    on("entered", (answer) => this.enter(answer));
    on("room.text", ({ lines }) => this.text.take(lines));
    on("room.caption", (line) => this.captions.lines.take([line]));
    room.addEventListener("change", (event) => {
      if (/** @type {CustomEvent} */ (event).detail.what !== "you") return;
      const write = byId("write");
      write.hidden = !room.you?.captions && !TOKENS.has(room.you?.role ?? "");
      const link = write.querySelector("a");
      if (!write.hidden) link.href = link.dataset.to; // whoever became a captioner here came without it
    });
  }

  /** @param {any} answer */
  enter(answer) {
    this.captions.lines.reset(answer.captions);
    this.text.enter(answer.text);
  }

  /** @param {import("../own.js").Own} own */
  begin(own) {
    this.captions.begin();
    this.text.begin();
    this.signing.begin(own);
  }
}
