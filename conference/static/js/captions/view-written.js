// What everybody reads: the last lines, of which those of the last minutes can be corrected, and the ones that grow.

import { byId, element, fill, icon, keyed, say } from "../forum/dom.js";
import { key } from "../forum/words/lines.js";

/** @typedef {import("../forum/words/lines.js").Line} Line */

const CORRECTED = 20; // lines that can be corrected, as on the server

export class WrittenView {
  /**
   * @param {import("../forum/room.js").Room} room @param {import("../forum/words/protocol.js").WordsProtocol} protocol
   * @param {import("../forum/words/lines.js").Lines} lines @param {any} data @param {() => void} done back to one's own line
   */
  constructor(room, protocol, lines, data, done) {
    this.room = room;
    this.protocol = protocol;
    this.lines = lines;
    this.words = data;
    this.texts = data.texts;
    this.done = done;
    this.log = byId("written");
    this.list = byId("written-lines");
    /** @type {string|null} the line that is being corrected */
    this.editing = null;
    lines.addEventListener("change", () => this.draw());
  }

  draw() {
    const own = this.room.you?.seat;
    const open = [...this.lines.open.values()].filter((line) => line.seat !== own);
    const known = new Map([...this.lines.finished.values(), ...open].map((line) => [key(line), line]));
    const corrected = new Set([...this.lines.finished.keys()].slice(-CORRECTED));
    keyed(this.list, [...known.keys()], (name) => this.make(name), (item, name) => this.drawLine(item, /** @type {Line} */ (known.get(name)), corrected.has(name)));
    if (!this.editing) this.log.scrollTop = this.log.scrollHeight;
  }

  /** @param {string} name */
  make(name) {
    const button = element("button", { type: "button", class: "button quiet" }, icon(this.words, "pencil"));
    button.addEventListener("click", () => this.edit(name));
    return element("li", {}, element("span", { class: "text" }), button);
  }

  /** @param {HTMLElement} item @param {Line} line @param {boolean} corrected */
  drawLine(item, line, corrected) {
    item.classList.toggle("grows", !line.final);
    if (this.editing === key(line)) return;
    say(/** @type {Element} */ (item.querySelector(".text")), line.text);
    const button = /** @type {HTMLButtonElement} */ (item.querySelector("button"));
    button.hidden = !corrected;
    button.setAttribute("aria-label", fill(this.texts.correct, { text: line.text }));
  }

  /** The last line, to correct it. */
  last() {
    const name = [...this.lines.finished.keys()].at(-1);
    if (name) this.edit(name);
  }

  /** @param {string} name */
  edit(name) {
    const line = this.lines.finished.get(name);
    const item = /** @type {HTMLElement|undefined} */ ([...this.list.children].find((each) => /** @type {HTMLElement} */ (each).dataset.key === name));
    if (!line || !item || this.editing) return;
    this.editing = name;
    const field = /** @type {HTMLInputElement} */ (element("input", { maxlength: "500", autocomplete: "off", "aria-label": fill(this.texts.correct, { text: line.text }) }));
    field.value = line.text;
    const save = element("button", { class: "button main" }, this.texts.save);
    const remove = element("button", { type: "button", class: "button danger" }, icon(this.words, "trash-2", this.texts.remove));
    const form = element("form", { class: "correcting" }, field, save, remove);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.save(item, line, field.value);
    });
    remove.addEventListener("click", () => void this.save(item, line, ""));
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.end(item);
    });
    item.append(form);
    item.classList.add("edited");
    field.focus();
  }

  /** @param {HTMLElement} item @param {Line} line @param {string} text */
  async save(item, line, text) {
    try {
      if (text.trim() !== line.text) await this.protocol.correct(line.seat, line.line, text);
      say(byId("said"), this.texts.corrected);
    } catch (problem) {
      say(byId("caption-wrong"), /** @type {any} */ (problem).text || this.texts.not_done);
    }
    this.end(item);
  }

  /** @param {HTMLElement} item */
  end(item) {
    this.editing = null;
    item.querySelector("form")?.remove();
    item.classList.remove("edited");
    this.draw();
    this.done();
  }
}
