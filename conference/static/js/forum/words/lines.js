// Lines that people write: those that grow, and the finished ones in the order of their ends. No DOM.

/** @typedef {{seat: string, line: string, text: string, final: boolean, at?: string, name?: string|null}} Line */

/** Event `change` with detail {fresh: Line[]}: finished just now. */
export class Lines extends EventTarget {
  /** @param {number} kept finished lines */
  constructor(kept) {
    super();
    this.kept = kept;
    /** @type {Map<string, Line>} */
    this.finished = new Map();
    /** @type {Map<string, Line>} seat -> what is being written there */
    this.open = new Map();
  }

  /** All there is, on entering: nothing of it is news. @param {Line[]} lines */
  reset(lines) {
    this.finished.clear();
    this.open.clear();
    for (const line of lines) this.set(line);
    this.dispatchEvent(new CustomEvent("change", { detail: { fresh: [] } }));
  }

  /** @param {Line[]} lines */
  take(lines) {
    const fresh = lines.filter((line) => line.final && line.text && !this.finished.has(key(line)));
    for (const line of lines) this.set(line);
    this.dispatchEvent(new CustomEvent("change", { detail: { fresh } }));
  }

  /** @param {Line} line */
  set(line) {
    const open = this.open.get(line.seat);
    if (open && (open.line === line.line || !line.final)) this.open.delete(line.seat);
    if (!line.final) {
      this.finished.delete(key(line)); // its writer has come back, and goes on
      if (line.text) this.open.set(line.seat, line);
    } else if (line.text) {
      this.finished.set(key(line), line); // a corrected one stays where it was
    } else {
      this.finished.delete(key(line));
    }
    for (const first of [...this.finished.keys()].slice(0, -this.kept)) this.finished.delete(first);
  }

  get empty() {
    return this.finished.size + this.open.size === 0;
  }

  /** Finished ones, then those that grow. @returns {Line[]} */
  all() {
    return [...this.finished.values(), ...this.open.values()];
  }
}

/** @param {Line} line */
export function key(line) {
  return `${line.seat} ${line.line}`;
}
