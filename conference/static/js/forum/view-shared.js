// The moderators' shared notes: saved while one types; the last writer wins, and is told whose text that replaced.

import { byId, fill, say } from "./dom.js";

/** @typedef {import("./room.js").Room} Room */
/** @typedef {import("./protocol.js").RoomProtocol} RoomProtocol */
/** @typedef {import("./dom.js").Words} Words */

const PAUSE = 1000; // ms without a key before it is saved
const AGAIN = 5000; // ms before a failed try is repeated

export class SharedNotesView {
  /** @param {Room} room @param {RoomProtocol} protocol @param {Words} words */
  constructor(room, protocol, words) {
    this.room = room;
    this.protocol = protocol;
    this.words = words;
    this.field = byId("notes");
    /** @type {string|null} the instant of the text that this page knows */
    this.seen = null;
    this.timer = 0;
    this.field.addEventListener("input", () => this.later(PAUSE));
    this.field.addEventListener("change", () => void this.save());
  }

  /** @param {number} pause */
  later(pause) {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.save(), pause);
  }

  async save() {
    if (!this.timer) return;
    window.clearTimeout(this.timer);
    this.timer = 0;
    const text = this.field.value;
    try {
      const { changed, over } = await this.protocol.saveNotes(text, this.seen);
      this.seen = changed;
      say(byId("notes-said"), over ? fill(this.words.texts.notes_over, { name: this.nameOf(over) }) : this.words.texts.notes_saved);
    } catch (problem) {
      say(byId("notes-said"), this.words.texts.notes_unsaved);
      if (/** @type {any} */ (problem).code !== "moderators_only") this.later(AGAIN);
    }
  }

  /** Somebody's text. One's own that is not saved yet stays, and is saved over it in a moment. @param {{text: string, by: string|null, changed: string|null}} told */
  take({ text, by, changed }) {
    if (this.timer || this.field.value === text) {
      if (!this.timer) this.seen = changed;
      return;
    }
    this.seen = changed;
    const { selectionStart: start, selectionEnd: end } = this.field;
    this.field.value = text;
    if (document.activeElement === this.field) this.field.setSelectionRange(start, end);
    if (by && by !== this.room.you?.seat) say(byId("notes-said"), fill(this.words.texts.notes_by, { name: this.nameOf(by) }));
  }

  /** @param {string} seat */
  nameOf(seat) {
    return this.room.people.get(seat)?.name ?? this.words.texts.unnamed;
  }
}
