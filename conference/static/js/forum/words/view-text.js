// The strip of real-time text: a line per writer that grows with each key, finished lines above, and one's own field.

import { byId, element, keyed, onSwitch, say, toTool } from "../dom.js";
import { time } from "../talk/words.js";
import { key, Lines } from "./lines.js";
import { Typing } from "./typing.js";

/** @typedef {import("../room.js").Room} Room */
/** @typedef {import("../dom.js").Words} Words */
/** @typedef {import("./lines.js").Line} Line */
/** @typedef {import("./protocol.js").WordsProtocol} WordsProtocol */

const KEPT = 60;
const NEAR = 30; // px from the end that count as at the end
const RESTS = 3000; // ms after the last key in which somebody counts as writing

export class TextView {
  /**
   * @param {Room} room @param {WordsProtocol} protocol @param {Words} words
   * @param {{doing: (work: Promise<any>) => void, tell: (text: string, many: string) => void}} page tell: say politely that a line has come
   */
  constructor(room, protocol, words, page) {
    this.room = room;
    this.protocol = protocol;
    this.words = words;
    this.page = page;
    this.lines = new Lines(KEPT);
    this.typing = new Typing((told) => protocol.write(told));
    this.strip = byId("rtt");
    this.log = byId("rtt-log");
    this.field = byId("rtt-field");
    this.tool = byId("tool-text");
    /** @type {boolean|null} null: it shows as soon as somebody writes */
    this.wanted = null;
    this.begun = false;
    this.atEnd = true;
    /** @type {Map<string, number>} seat -> timer */
    this.writing = new Map();
    this.listen();
  }

  listen() {
    this.lines.addEventListener("change", (event) => this.changed(/** @type {CustomEvent} */ (event).detail.fresh));
    this.typing.addEventListener("refused", (event) => this.refused(/** @type {CustomEvent} */ (event).detail));
    this.field.addEventListener("input", (/** @type {InputEvent} */ event) => !event.isComposing && this.typed());
    this.field.addEventListener("compositionend", () => this.typed());
    this.field.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.pressed(event));
    new ResizeObserver(() => this.follow()).observe(this.log);
    this.log.addEventListener("scroll", () => (this.atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR));
    this.tool.addEventListener("click", () => this.toggle());
    byId("rtt-close").addEventListener("click", () => this.toggle());
    onSwitch(byId("rtt-free"), this.page.doing, () => this.protocol.setText(byId("rtt-free").checked), () => this.drawField());
    byId("rtt-form").addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      this.end();
    });
    this.room.addEventListener("change", (event) => {
      const { what } = /** @type {CustomEvent} */ (event).detail;
      if (what === "you" || what === "floor") this.drawField();
    });
  }

  begin() {
    this.begun = true;
    this.tool.hidden = false;
    this.draw();
    this.drawField();
  }

  /** @param {Line[]} lines all there is */
  enter(lines) {
    this.lines.reset(lines);
    this.typing.again();
  }

  /** @param {Line[]} lines */
  take(lines) {
    this.lines.take(lines);
    for (const line of lines) this.moved(line.seat);
  }

  get shown() {
    return this.begun && (this.wanted ?? !this.lines.empty);
  }

  toggle() {
    this.wanted = !this.shown;
    this.draw();
    if (this.wanted && !byId("rtt-form").hidden) this.field.focus();
    else if (!this.wanted) toTool(this.tool);
  }

  /** Pasted lines are lines. */
  typed() {
    const parts = this.field.value.split(/\r?\n/);
    for (const part of parts.slice(0, -1)) this.typing.end(part);
    if (parts.length > 1) this.field.value = parts.at(-1) ?? "";
    this.typing.type(this.field.value);
    say(byId("rtt-wrong"), "");
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      this.end();
    } else if (event.key === "Escape" && !this.field.value) {
      event.stopPropagation();
      this.toggle();
    }
  }

  end() {
    this.typing.end(this.field.value);
    this.field.value = "";
    this.field.focus();
  }

  /** Nothing that was written is lost. @param {{text: string, line: string}} problem */
  refused({ text, line }) {
    say(byId("rtt-wrong"), text || this.words.texts.not_done);
    if (!this.field.value) this.field.value = line;
  }

  /** Somebody writes: shown as speaking if it is their turn. @param {string} seat */
  moved(seat) {
    window.clearTimeout(this.writing.get(seat));
    this.writing.set(seat, window.setTimeout(() => this.rests(seat), RESTS));
    this.room.takeWriters(this.writing.keys());
  }

  /** @param {string} seat */
  rests(seat) {
    this.writing.delete(seat);
    this.room.takeWriters(this.writing.keys());
  }

  /** @param {Line[]} fresh */
  changed(fresh) {
    this.draw();
    const { texts } = this.words;
    const others = fresh.filter((line) => line.seat !== this.room.you?.seat);
    for (const line of others) this.page.tell(this.shown ? `${line.name ?? texts.unnamed}: ${line.text}` : texts.text_hidden, texts.text_many);
  }

  draw() {
    this.strip.hidden = !this.shown;
    this.tool.setAttribute("aria-pressed", String(this.shown));
    const fresh = !this.shown && !this.lines.empty && this.begun;
    this.tool.classList.toggle("news", fresh);
    if (!this.shown) return;
    const own = this.room.you?.seat;
    const open = [...this.lines.open.values()].filter((line) => line.seat !== own); // one's own stands in the field
    const finished = [...this.lines.finished.values()];
    const known = new Map([...finished, ...open].map((line) => [key(line), line]));
    byId("rtt-none").hidden = known.size > 0;
    keyed(byId("rtt-lines"), [...known.keys()], () => this.make(), (item, name) => this.drawLine(item, /** @type {Line} */ (known.get(name))));
    this.follow();
  }

  /** Whoever reads along stays at the end; whoever looks back stays there. */
  follow() {
    if (this.atEnd) this.log.scrollTop = this.log.scrollHeight;
  }

  make() {
    return element("li", {}, element("span", { class: "who" }, element("b"), " ", element("time")), element("span", { class: "what" }));
  }

  /** @param {HTMLElement} item @param {Line} line */
  drawLine(item, line) {
    const { texts } = this.words;
    const name = line.seat === this.room.you?.seat ? texts.you_write : line.name ?? texts.unnamed;
    item.classList.toggle("grows", !line.final);
    say(/** @type {Element} */ (item.querySelector("b")), name);
    const at = /** @type {Element} */ (item.querySelector("time"));
    at.setAttribute("datetime", line.at ?? "");
    say(at, line.final ? time(line.at ?? "") : texts.writes);
    say(/** @type {Element} */ (item.querySelector(".what")), line.text);
  }

  drawField() {
    const { you, floor } = this.room;
    byId("rtt-form").hidden = !you?.writes;
    byId("rtt-closed").hidden = Boolean(you?.writes) || !you?.speaks;
    byId("rtt-free").closest("label").hidden = !you?.moderates || floor.floor === "stage";
    byId("rtt-free").checked = floor.text_free;
    say(byId("rtt-closed"), floor.floor === "stage" || !floor.text_free ? this.words.texts.text_closed : "");
  }
}
