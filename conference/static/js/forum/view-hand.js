// One's own hand: up and down by the button, by the key "h" and in the list; the place in the queue; how one wants to speak.

import { byId, fill, onSwitch, say } from "./dom.js";

/** @typedef {import("./room.js").Room} Room */
/** @typedef {import("./protocol.js").RoomProtocol} RoomProtocol */
/** @typedef {import("./dom.js").Words} Words */

export class HandView {
  /** @param {Room} room @param {RoomProtocol} protocol @param {Words} words @param {(work: Promise<any>) => void} doing */
  constructor(room, protocol, words, doing) {
    this.room = room;
    this.protocol = protocol;
    this.words = words;
    this.doing = doing;
    this.form = byId("my-hand");
    onSwitch(this.form, doing, () => protocol.raiseHand(this.way()), () => this.draw());
    this.form.addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
    room.addEventListener("change", (event) => {
      const { what } = /** @type {CustomEvent} */ (event).detail;
      if (what === "people" || what === "you") this.draw();
    });
  }

  /** The way that was chosen last. @returns {string} */
  way() {
    return String(new FormData(this.form).get("way") ?? "voice");
  }

  /** Ask, take back, give back: one button, as it is one thing. */
  toggle() {
    const { you, me } = this.room;
    if (!you?.speaks) return;
    if (you.floor) this.doing(this.protocol.takeFloor(you.seat));
    else if (me?.hand) this.doing(this.protocol.lowerHand());
    else this.doing(this.protocol.raiseHand(this.way()));
  }

  /** By the key "h": a slip of the finger does not end a speech. */
  key() {
    if (!this.room.you?.floor) this.toggle();
  }

  draw() {
    const me = this.room.me;
    const place = me?.hand ?? null;
    const held = place === null && this.form.contains(document.activeElement);
    this.form.hidden = place === null;
    if (held) byId("tool-hand").focus({ preventScroll: true });
    if (place === null) return;
    say(byId("my-place"), fill(this.words.texts.place, { n: place }));
    for (const choice of this.form.elements.namedItem("way")) choice.checked = choice.value === me?.way;
  }
}
