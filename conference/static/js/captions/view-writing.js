// One's own line of captions, and who writes: one at a time, taken over or handed over by a button.

import { byId, element, fill, say } from "../forum/dom.js";
import { name } from "../forum/talk/outgoing.js";

/** @typedef {{seat: string, name: string|null, software: boolean}} Captioner */
/** @typedef {import("../forum/room.js").Room} Room */

const PAUSE = 250; // ms between two messages of one who types

export class WritingView {
  /** @param {Room} room @param {import("../forum/words/protocol.js").WordsProtocol} protocol @param {import("../forum/words/lines.js").Lines} lines @param {any} data */
  constructor(room, protocol, lines, data) {
    this.room = room;
    this.protocol = protocol;
    this.lines = lines;
    this.texts = data.texts;
    this.field = byId("caption");
    /** @type {() => void} to the last line, to correct it */
    this.back = () => undefined;
    /** @type {{writer: string|null, captioners: Captioner[]}|null} */
    this.told = null;
    this.line = name();
    this.timer = 0;
    /** @type {Map<string, string>} finished lines that are not acknowledged yet */
    this.finished = new Map();
    this.field.addEventListener("input", (/** @type {InputEvent} */ event) => !event.isComposing && this.later());
    this.field.addEventListener("compositionend", () => this.later());
    this.field.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.pressed(event));
    byId("writing").addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
    byId("take").addEventListener("click", () => void this.hand(this.room.you?.seat ?? null));
  }

  /** Who writes, and who could. @param {{writer: string|null, captioners: Captioner[]}} told */
  take(told) {
    const own = this.room.you?.seat;
    const before = this.told;
    this.told = told;
    if (before && before.writer !== told.writer) {
      const mine = told.writer === own;
      if (before.writer === own && told.writer) this.lost(told.writer);
      else if (told.writer) say(byId("said"), mine ? this.texts.you_write : fill(this.texts.writes_now, { name: this.nameOf(told.writer) }));
    }
    this.draw();
  }

  /** Somebody has taken over: what was on the strip stands there, and is not written twice. @param {string} writer */
  lost(writer) {
    window.clearTimeout(this.timer);
    this.timer = 0;
    this.field.value = "";
    this.line = name();
    say(byId("caption-wrong"), fill(this.texts.taken, { name: this.nameOf(writer) }));
  }

  /** @param {string} seat */
  nameOf(seat) {
    const known = this.told?.captioners.find((each) => each.seat === seat);
    const told = known?.name ?? this.room.people.get(seat)?.name ?? this.texts.unnamed;
    return known?.software ? `${told} (${this.texts.software})` : told;
  }

  draw() {
    const own = this.room.you?.seat;
    const { writer, captioners } = this.told ?? { writer: null, captioners: [] };
    say(byId("writer"), writer === own ? this.texts.you : writer ? this.nameOf(writer) : this.texts.nobody);
    byId("take").hidden = writer === own;
    const give = byId("give");
    const others = writer === own ? captioners.filter((each) => each.seat !== own) : [];
    const buttons = [...others.map((each) => this.button(each.seat, fill(this.texts.hand_to, { name: this.nameOf(each.seat) }))), ...(writer === own ? [this.button("", this.texts.pause)] : [])];
    const state = buttons.map((each) => each.textContent).join("|");
    if (give.dataset.drawn === state) return;
    give.dataset.drawn = state;
    give.replaceChildren(...buttons);
  }

  /** @param {string} seat @param {string} label */
  button(seat, label) {
    const made = element("button", { type: "button", class: "button" }, label);
    made.addEventListener("click", () => void this.hand(seat || null));
    return made;
  }

  /** @param {string|null} seat */
  async hand(seat) {
    try {
      if (seat !== this.room.you?.seat && this.field.value.trim()) await this.end(); // one's own line first
      await this.protocol.handCaptions(seat);
      if (seat === this.room.you?.seat && this.field.value.trim()) this.later(); // what was written meanwhile
      say(byId("caption-wrong"), "");
    } catch (problem) {
      say(byId("caption-wrong"), /** @type {any} */ (problem).text || this.texts.not_done);
    }
    this.field.focus();
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      void this.end();
    } else if (event.key === "ArrowUp" && !this.field.value) {
      event.preventDefault();
      this.back();
    }
  }

  /** Pasted lines are lines. */
  later() {
    const parts = this.field.value.split(/\r?\n/);
    for (const part of parts.slice(0, -1)) {
      this.field.value = part;
      void this.end();
    }
    if (parts.length > 1) this.field.value = parts.at(-1) ?? "";
    this.timer ||= window.setTimeout(() => void this.send(), PAUSE);
  }

  /** The line as it stands. */
  async send() {
    window.clearTimeout(this.timer);
    this.timer = 0;
    const { line } = this;
    await this.protocol.caption(line, this.field.value, false).catch((problem) => this.wrong(problem));
  }

  async end() {
    window.clearTimeout(this.timer);
    this.timer = 0;
    const { line } = this;
    const text = this.field.value;
    if (!text.trim()) return;
    this.field.value = "";
    this.line = name();
    this.finished.set(line, text);
    try {
      await this.protocol.caption(line, text, true);
      this.finished.delete(line);
      say(byId("caption-wrong"), "");
    } catch (problem) {
      if (/** @type {any} */ (problem).code === "lost") return; // told again when the line is back
      this.finished.delete(line);
      if (!this.field.value) this.field.value = text; // nothing that was written is lost
      this.wrong(problem);
    }
  }

  /** The line to the server is back. */
  again() {
    for (const [line, text] of this.finished) {
      this.protocol.caption(line, text, true).then(() => this.finished.delete(line), () => undefined);
    }
    if (this.field.value.trim()) this.later();
    this.draw();
  }

  /** @param {any} problem */
  wrong(problem) {
    if (problem.code !== "lost") say(byId("caption-wrong"), problem.text || this.texts.not_done);
  }
}
