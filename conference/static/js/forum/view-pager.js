// Turning the pages of the stage: two buttons, the page's number, and who speaks on another page.

import { byId, fill, say } from "./dom.js";

/** @typedef {import("./dom.js").Words} Words */

export class PagerView {
  /** @param {Words} words @param {(page: number) => void} turn */
  constructor(words, turn) {
    this.words = words;
    this.turn = turn;
    this.box = byId("pager");
    this.at = 0;
    this.pages = 1;
    byId("page-before").addEventListener("click", () => this.go(-1));
    byId("page-next").addEventListener("click", () => this.go(1));
    byId("stage").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.key(event));
  }

  /** @param {number} by */
  go(by) {
    const page = this.at + by;
    if (page >= 0 && page < this.pages) this.turn(page);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const by = { PageUp: -1, PageDown: 1 }[event.key];
    if (!by || this.box.hidden || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || /** @type {Element} */ (event.target).closest("input, textarea, select, [role=log], .deck-words")) return;
    event.preventDefault();
    this.go(by);
  }

  /** @param {{page: number, pages: number}} arrangement @param {string[]} voices */
  draw({ page, pages }, voices) {
    this.at = page;
    this.pages = pages;
    this.box.hidden = pages < 2;
    say(byId("page-number"), fill(this.words.texts.page, { n: page + 1, all: pages }));
    byId("page-before").setAttribute("aria-disabled", String(page === 0));
    byId("page-next").setAttribute("aria-disabled", String(page === pages - 1));
    this.hear(voices);
  }

  /** @param {string[]} voices names of those who speak and cannot be seen */
  hear(voices) {
    const mark = byId("page-voice");
    mark.hidden = voices.length === 0;
    say(/** @type {Element} */ (mark.querySelector("span")), voices.length ? fill(this.words.texts.speaks_elsewhere, { name: voices[0] }) : "");
  }
}
