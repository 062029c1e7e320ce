// The list of captions: one row for each, with its times, its text, what is wrong with it, and what can be done with it.

import { element, fill, icon } from "../forum/dom.js";
import { faultOf, readTime, timeText } from "./cues.js";

/** @typedef {import("./cues.js").Cue} Cue */
/** @typedef {{row: HTMLElement, group: HTMLElement, number: HTMLElement, start: HTMLInputElement, end: HTMLInputElement, text: HTMLTextAreaElement, fault: HTMLElement, acts: HTMLElement}} Row */

const NUDGE = 100; // milliseconds
const ACTS = [["in", "clock"], ["out", "timer"], ["play", "play"], ["split", "copy"], ["join", "link"], ["delete", "trash-2"]];

export class CueList {
  /**
   * @param {HTMLElement} list @param {any} data the data island
   * @param {{change: (id: number, change: Partial<Cue>, done: boolean) => void, act: (id: number, what: string, place: number) => void}} told
   */
  constructor(list, data, told) {
    this.list = list;
    this.data = data;
    this.texts = data.texts;
    this.told = told;
    this.film = data.seconds > 0 ? Math.round(data.seconds * 1000) : Infinity;
    this.point = document.documentElement.lang === "de" ? "," : ".";
    /** @type {Map<number, Row>} */
    this.rows = new Map();
    /** What the server said of a caption, until that changes. @type {Map<number, string>} */
    this.refused = new Map();
    /** Times that cannot be read, as they were typed. @type {Set<string>} */
    this.unread = new Set();
    list.addEventListener("focusin", (event) => this.select(event.target));
  }

  /** @param {Cue[]} cues */
  draw(cues) {
    const there = new Set(cues.map((cue) => cue.id));
    for (const [id, { row }] of this.rows) {
      if (!there.has(id)) {
        row.remove();
        this.rows.delete(id);
        for (const which of ["start", "end"]) this.unread.delete(`${id} ${which}`);
      }
    }
    cues.forEach((cue, index) => {
      const row = this.rows.get(cue.id) ?? this.made(cue);
      this.fillRow(row, cue, index, cues.length);
      const at = this.list.children[index];
      if (at !== row.row) this.place(row.row, at);
    });
  }

  /** Moving a row must not take the focus from it. @param {HTMLElement} row @param {Element | undefined} before */
  place(row, before) {
    const focused = row.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement) : null;
    this.list.insertBefore(row, before ?? null);
    focused?.focus();
  }

  /** @param {Cue} cue @returns {Row} */
  made(cue) {
    const { id } = cue;
    const number = element("button", { type: "button", class: "cue-number", "data-act": "jump" });
    const start = /** @type {HTMLInputElement} */ (element("input", { type: "text", inputmode: "decimal", autocomplete: "off", id: `cue-${id}-start` }));
    const end = /** @type {HTMLInputElement} */ (element("input", { type: "text", inputmode: "decimal", autocomplete: "off", id: `cue-${id}-end` }));
    const text = /** @type {HTMLTextAreaElement} */ (element("textarea", { rows: "2", id: `cue-${id}-text`, lang: this.data.language, spellcheck: "true" }));
    const fault = element("p", { class: "error", id: `cue-${id}-fault`, hidden: "" });
    const acts = element("div", { class: "cue-acts" }, ...ACTS.map(([what, drawing]) =>
      element("button", { type: "button", class: "button quiet", "data-act": what }, icon(this.data, drawing), element("span", {}, this.texts[what]))));
    const times = element("div", { class: "cue-times" }, start, element("span", { "aria-hidden": "true" }, "–"), end);
    const group = element("div", { class: "cue-parts", role: "group" }, number, times, text, fault, acts);
    const row = element("li", { class: "cue" }, group);
    for (const input of [start, end]) this.watchTime(input, id, input === start ? "start" : "end");
    text.addEventListener("input", () => this.told.change(id, { text: text.value }, false));
    text.addEventListener("change", () => this.told.change(id, { text: text.value }, true));
    row.addEventListener("click", (event) => {
      const act = /** @type {HTMLElement} */ (event.target).closest("[data-act]")?.getAttribute("data-act");
      if (act) this.told.act(id, act, text.selectionStart);
    });
    const made = { row, group, number, start, end, text, fault, acts };
    this.rows.set(id, made);
    return made;
  }

  /** @param {HTMLInputElement} input @param {number} id @param {"start" | "end"} which */
  watchTime(input, id, which) {
    input.addEventListener("change", () => {
      const time = readTime(input.value);
      this.unread.delete(`${id} ${which}`);
      if (time === null) this.unread.add(`${id} ${which}`);
      this.told.change(id, time === null ? {} : { [which]: time }, true);
    });
    input.addEventListener("keydown", (event) => {
      const step = { ArrowUp: NUDGE, ArrowDown: -NUDGE }[event.key];
      const time = readTime(input.value);
      if (step === undefined || time === null) return;
      event.preventDefault();
      this.unread.delete(`${id} ${which}`);
      this.told.change(id, { [which]: Math.max(0, time + step) }, true);
    });
  }

  /** @param {Row} row @param {Cue} cue @param {number} index @param {number} count */
  fillRow(row, cue, index, count) {
    const n = index + 1;
    row.group.setAttribute("aria-label", fill(this.texts.caption, { n }));
    row.number.textContent = String(n);
    row.number.setAttribute("aria-label", fill(this.texts.jump, { n }));
    row.start.setAttribute("aria-label", fill(this.texts.begin, { n }));
    row.end.setAttribute("aria-label", fill(this.texts.end, { n }));
    row.text.setAttribute("aria-label", fill(this.texts.text, { n }));
    if (!this.unread.has(`${cue.id} start`)) row.start.value = timeText(cue.start, this.point);
    if (!this.unread.has(`${cue.id} end`)) row.end.value = timeText(cue.end, this.point);
    if (row.text.value !== cue.text) row.text.value = cue.text;
    /** @type {HTMLButtonElement} */ (row.acts.querySelector("[data-act=join]")).disabled = n === count;
    this.drawFault(row, cue);
  }

  /** @param {Row} row @param {Cue} cue */
  drawFault(row, cue) {
    const wrong = this.wrong(cue);
    row.row.classList.toggle("wrong", wrong !== "");
    row.fault.hidden = wrong === "";
    if (row.fault.textContent !== wrong) row.fault.replaceChildren(icon(this.data, "circle-alert"), element("span", {}, wrong));
    const timely = this.unread.has(`${cue.id} start`) || this.unread.has(`${cue.id} end`) || ["order", "late"].includes(faultOf(cue, this.film) ?? "");
    for (const [input, is] of /** @type {[HTMLElement, boolean][]} */ ([[row.start, timely], [row.end, timely], [row.text, wrong !== "" && !timely]])) {
      if (is) {
        input.setAttribute("aria-invalid", "true");
        input.setAttribute("aria-describedby", row.fault.id);
      } else {
        input.removeAttribute("aria-invalid");
        input.removeAttribute("aria-describedby");
      }
    }
  }

  /** The sentence about what is wrong with a caption, or "". @param {Cue} cue @returns {string} */
  wrong(cue) {
    if (this.unread.has(`${cue.id} start`) || this.unread.has(`${cue.id} end`)) return this.texts.wrongTime;
    const fault = faultOf(cue, this.film);
    if (fault === "order") return this.texts.wrongOrder;
    if (fault === "late") return fill(this.texts.wrongLate, { length: timeText(this.film, this.point) });
    if (fault === "long") return this.texts.wrongLong;
    return this.refused.get(cue.id) ?? "";
  }

  /** Which captions the film shows at this moment. @param {Cue[]} cues @param {number} at milliseconds */
  mark(cues, at) {
    for (const cue of cues) this.rows.get(cue.id)?.row.classList.toggle("on", cue.start <= at && at < cue.end);
  }

  /** @param {EventTarget | null} target */
  select(target) {
    const row = target instanceof Element ? target.closest(".cue") : null;
    for (const each of this.list.children) each.classList.toggle("current", each === row);
  }

  /** @param {number} id @param {"text" | "start" | "end"} [part] */
  focus(id, part = "text") {
    this.rows.get(id)?.[part].focus();
  }

  /** The id of the caption in which the focus stands. @returns {number | null} */
  focused() {
    for (const [id, { row }] of this.rows) if (row.contains(document.activeElement)) return id;
    return null;
  }
}
