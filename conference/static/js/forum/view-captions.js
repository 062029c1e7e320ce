// The strip of captions, and the field in which a captioner writes them.

import { byId, element, keyed, say } from "./dom.js";

/** @typedef {import("./room.js").Room} Room */
/** @typedef {import("./protocol.js").RoomProtocol} RoomProtocol */
/** @typedef {import("./dom.js").Words} Words */

const PAUSE = 250; // ms between two messages of one who types

export class CaptionsView {
  /** @param {Room} room @param {RoomProtocol} protocol @param {Words} words */
  constructor(room, protocol, words) {
    this.room = room;
    this.protocol = protocol;
    this.words = words;
    this.strip = byId("captions");
    this.field = byId("caption");
    this.wanted = true;
    this.begun = false;
    this.timer = 0;
    this.field.addEventListener("input", () => this.later());
    this.field.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.enter(event));
    room.addEventListener("change", (event) => {
      const { what } = /** @type {CustomEvent} */ (event).detail;
      if (what === "captions") this.draw();
      if (what === "you") byId("write").hidden = !room.you?.captions;
    });
  }

  begin() {
    this.begun = true;
    this.draw();
  }

  /** @returns {boolean} whether captions show now */
  toggle() {
    this.wanted = !this.wanted;
    this.draw();
    return this.wanted;
  }

  /** The strip appears with the first line; who asks for captions while there are none is told so. */
  draw() {
    const lines = this.room.captions;
    this.strip.hidden = !this.begun || !this.wanted || lines.length === 0;
    keyed(this.strip, lines.map((_, index) => String(index)), () => element("p"), (line, key) => say(line, lines[Number(key)].text));
    this.strip.scrollTop = this.strip.scrollHeight;
  }

  later() {
    this.timer ||= window.setTimeout(() => this.send(false), PAUSE);
  }

  /** @param {KeyboardEvent} event */
  enter(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.send(true);
  }

  /** @param {boolean} final */
  send(final) {
    window.clearTimeout(this.timer);
    this.timer = 0;
    const text = this.field.value;
    if (final && !text.trim()) return;
    if (final) this.field.value = "";
    void this.protocol.caption(text, final).catch(() => {
      if (final && !this.field.value) this.field.value = text; // nothing that was written is lost
    });
  }
}
