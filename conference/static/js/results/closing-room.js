// The slides of a closing plenary on its stage: put there for all when they begin, heard of by the room's own line to /live.

import { Closing } from "./closing.js";

/** @typedef {import("../forum/room.js").Room} Room */
/** @typedef {import("../forum/protocol.js").RoomProtocol} RoomProtocol */

export class ClosingPanel {
  /**
   * @param {Room} room @param {RoomProtocol} protocol @param {{session: string}} data the data island
   * @param {{announce: (kind: string, text: string) => void, show: (name: string, shown: HTMLElement|null) => void}} page
   */
  constructor(room, protocol, { session }, { announce, show }) {
    this.room = room;
    this.socket = protocol.socket;
    this.topic = `closing:${session}`;
    this.show = show;
    this.deck = /** @type {HTMLElement} */ (document.getElementById("closing-deck"));
    this.lead = /** @type {HTMLElement} */ (document.getElementById("closing-lead"));
    this.closing = new Closing(this.deck);
    // Hundreds come in at once, and only whoever may begin needs the slides before they do.
    this.closing.wanted = () => Boolean(this.closing.now?.running || this.room.you?.moderates);
    this.closing.addEventListener("running", () => this.draw());
    this.closing.addEventListener("loaded", () => this.draw());
    this.closing.addEventListener("said", (event) => announce("closing", /** @type {CustomEvent} */ (event).detail));
    this.closing.part("said").removeAttribute("role"); // the room says it, in its own turn
    this.button("closing-lead-begin").addEventListener("click", () => void this.closing.do({ do: this.closing.now?.running ? "end" : "begin" }));
    protocol.addEventListener("entered", () => this.socket.send({ type: "subscribe", topics: [this.topic], last: null }));
    this.socket.addEventListener("message", (event) => this.hear(/** @type {CustomEvent} */ (event).detail));
  }

  /** @param {string} name @returns {any} */
  button(name) {
    return this.lead.querySelector(`#${name}`);
  }

  /** @param {any} message */
  hear({ type, topic, data }) {
    if ((type === "fact" || type === "state") && topic === this.topic && data?.type === "closing.now") this.closing.take(data);
  }

  draw() {
    const running = this.closing.now?.running ?? false;
    const shown = running && this.closing.slides() !== null;
    if (shown === this.deck.hidden) {
      this.deck.hidden = !shown;
      this.show("closing", shown ? this.deck : null);
    }
    this.lead.hidden = !this.closing.leads || this.closing.pages().length < 2;
    for (const [when, on] of [["off", !running], ["on", running]]) {
      for (const part of this.lead.querySelectorAll(`[data-when="${when}"]`)) /** @type {HTMLElement} */ (part).hidden = !on;
    }
  }

  /** No longer in the room: nothing of it stays on the stage. */
  end() {
    this.deck.hidden = true;
    this.show("closing", null);
  }
}
