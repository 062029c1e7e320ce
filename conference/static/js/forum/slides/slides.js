// What was brought, and what is on the stage, as the server told it. No DOM: views ask it, and redraw on `change`.

/**
 * @typedef {object} Piece
 * @property {string} piece @property {"deck"|"clip"} kind @property {string} title @property {string} file @property {number} bytes
 * @property {boolean} download @property {number} [pages] @property {boolean} [words] whether pages are described
 * @property {number} [seconds] @property {number} [width] @property {number} [height]
 * @property {string|null} [captions] their language; null: there are none
 */
/** @typedef {{piece: string, page?: number, playing?: boolean, at?: number}} Stage */

/** Event `change` after each news. */
export class Slides extends EventTarget {
  constructor() {
    super();
    this.presents = false;
    this.changes = -1;
    /** @type {Piece[]} */
    this.pieces = [];
    /** @type {Stage|null} */
    this.stage = null;
    this.heard = 0; // when the stage was told, by performance.now()
  }

  /** Take in the answer to slides.open. @param {any} answer @param {number} took ms that the answer was under way */
  open(answer, took) {
    this.presents = answer.presents;
    this.changes = -1;
    this.take(answer, took / 2);
  }

  /** @param {{change: number, pieces: Piece[], stage: Stage|null}} told @param {number} late ms that it was under way, if that is known */
  take(told, late = 0) {
    if (told.change < this.changes) return;
    this.changes = told.change;
    this.pieces = told.pieces;
    this.stage = told.stage;
    this.heard = performance.now() - late;
    this.dispatchEvent(new CustomEvent("change"));
  }

  /** @returns {Piece|null} the piece on the stage */
  get shown() {
    return this.pieces.find(({ piece }) => piece === this.stage?.piece) ?? null;
  }

  /** Where the clip on the stage stands now, in seconds: the server's word, and the time that has gone since. */
  moment() {
    const at = this.stage?.at ?? 0;
    const gone = this.stage?.playing ? (performance.now() - this.heard) / 1000 : 0;
    return Math.min(at + gone, this.shown?.seconds ?? Infinity);
  }
}
