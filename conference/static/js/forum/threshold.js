// In front of the room: the one button, the lobby, a second device, and every reason why somebody stays outside.

import { byId, fill } from "./dom.js";

const LATE = 10_000; // ms without an answer after which somebody who waits is told so

/** @typedef {import("./dom.js").Words} Words */

export class Threshold {
  /** @param {Words} words @param {(text: boolean) => void} join text: without sound and picture */
  constructor(words, join) {
    this.texts = words.texts;
    this.door = byId("door");
    this.button = byId("join");
    this.lobby = byId("waiting");
    this.refusal = byId("refusal");
    this.text = byId("join-text");
    this.late = byId("late");
    this.timer = 0;
    this.button.addEventListener("click", () => join(false));
    this.text.addEventListener("click", () => join(true));
  }

  begin() {
    byId("not-ready").hidden = true; // it comes in sight by itself on a page whose scripts never run
    this.open(true);
  }

  knock() {
    this.open(false);
    this.refusal.hidden = true;
    this.timer ||= window.setTimeout(() => (this.late.hidden = false), LATE);
  }

  /** There is an answer. */
  answered() {
    window.clearTimeout(this.timer);
    this.timer = 0;
    this.late.hidden = true;
  }

  /** @param {boolean} open */
  open(open) {
    this.button.disabled = this.text.disabled = !open;
  }

  admitted() {
    this.answered();
    this.lobby.hidden = true;
  }

  /** In front of the room, until a moderator opens. @param {number|null} place */
  wait(place) {
    this.answered();
    this.lobby.hidden = false;
    byId("ready").hidden = true;
    if (place) byId("waiting-place").textContent = fill(this.texts.waiting, { n: place });
  }

  /** In by another page as well: take over (as a single click did always), or stand beside it, or neither. @returns {Promise<"take"|"beside"|"">} */
  choose() {
    this.answered();
    const two = byId("two");
    two.returnValue = "";
    two.showModal();
    return new Promise((resolve) => (two.onclose = () => resolve(/** @type {"take"|"beside"|""} */ (two.returnValue))));
  }

  /** @param {{code: string, text: string}} problem */
  sentence(problem) {
    const own = /** @type {Record<string, string>} */ ({ room_full: this.texts.full, banned: this.texts.banned, room_closed: this.texts.closed });
    return own[problem.code] ?? (problem.text || this.texts.refused);
  }

  /** @param {string} text @param {boolean} again whether it is worth another try */
  refuse(text, again) {
    this.answered();
    this.lobby.hidden = true;
    if (again) byId("ready").hidden = false;
    this.refusal.hidden = false;
    this.refusal.querySelector("p").textContent = text;
    this.open(again);
  }

  /** Was inside, and is no longer. @param {string} text */
  outside(text) {
    this.door.hidden = false;
    byId("ready").hidden = true;
    this.refuse(text, false);
    this.refusal.querySelector("a").focus();
  }
}
