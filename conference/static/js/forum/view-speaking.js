// Speaking time, counted by the server's clock for everybody to see. It warns, and never cuts anybody off.

import { byId, element, fill, keyed, say } from "./dom.js";

/** @typedef {import("./room.js").Room} Room */
/** @typedef {import("./protocol.js").Person} Person */
/** @typedef {import("./dom.js").Words} Words */

const WARNING = 15; // seconds

export class SpeakingView {
  /** @param {Room} room @param {Words} words @param {(kind: string, text: string) => void} announce */
  constructor(room, words, announce) {
    this.room = room;
    this.words = words;
    this.announce = announce;
    this.list = byId("speaking");
    /** @type {Map<string, string>} seat -> what was said of this time */
    this.said = new Map();
    this.timer = 0;
    room.addEventListener("change", (event) => {
      if (/** @type {CustomEvent} */ (event).detail.what === "people") this.draw();
    });
  }

  draw() {
    const timed = [...this.room.people.values()].filter((person) => person.floor && person.until);
    this.list.hidden = timed.length === 0;
    const make = () => element("li", {}, element("span", { class: "name" }), element("span", { class: "time", role: "timer" }), element("span", { class: "word" }));
    keyed(this.list, timed.map((person) => person.seat), make, (item, seat) => this.drawTime(item, /** @type {Person} */ (this.room.people.get(seat))));
    if (timed.length && !this.timer) this.timer = window.setInterval(() => this.draw(), 500);
    if (!timed.length) {
      window.clearInterval(this.timer);
      this.timer = 0;
      this.said.clear();
    }
  }

  /** @param {HTMLElement} item @param {Person} person */
  drawTime(item, person) {
    const { texts } = this.words;
    const left = Math.ceil((Date.parse(person.until ?? "") - this.room.now()) / 1000);
    const state = left > WARNING ? "running" : left > 0 ? "soon" : "over";
    const [name, time, word] = [...item.children];
    item.dataset.state = state;
    say(name, person.name ?? texts.unnamed);
    say(time, clock(left));
    say(word, state === "running" ? "" : texts[`time_${state}`]);
    this.warn(person, state);
  }

  /** Once per state: to the speaker and to the moderation. @param {Person} person @param {string} state */
  warn(person, state) {
    const { texts } = this.words;
    const known = `${person.until} ${state}`;
    if (this.said.get(person.seat) === known) return;
    this.said.set(person.seat, known);
    if (state === "running") return;
    if (person.seat === this.room.you?.seat) this.announce("time", texts[`your_time_${state}`]);
    else if (this.room.you?.moderates) this.announce("time", fill(texts[`time_of_${state}`], { name: person.name ?? texts.unnamed }));
  }
}

/** Minutes and seconds; beyond the end with a sign. @param {number} seconds */
export function clock(seconds) {
  const all = Math.abs(seconds);
  return `${seconds < 0 ? "+" : ""}${Math.floor(all / 60)}:${String(all % 60).padStart(2, "0")}`;
}
