// Tells what is being typed as it is typed: at once, then in batches; after a lost line all that was not heard. No DOM.

import { name } from "../talk/outgoing.js";
import { edit, plain } from "./t140.js";

/** @typedef {{line: string, text: string, whole: boolean, end: boolean}} Told */

const APART = 250; // ms between two batches of one writer
const LOST = new Set(["lost", "no_answer", "too_slow", "internal", "database"]);

/** Event `refused` (detail: {code, text, line}): what was written, in `line`, reaches nobody. */
export class Typing extends EventTarget {
  /** @param {(told: Told) => Promise<any>} tell rejects with the server's refusal */
  constructor(tell) {
    super();
    this.tell = tell;
    this.line = name();
    this.heard = ""; // what the others have of the open line
    this.text = "";
    this.stale = false; // it is not known what they have
    this.sentAt = -APART;
    this.timer = 0;
    /** @type {Map<string, string>} finished lines that are not acknowledged yet */
    this.finished = new Map();
  }

  /** The open line is this now. @param {string} text */
  type(text) {
    this.text = plain(text);
    const due = this.sentAt + APART - performance.now();
    if (due <= 0) this.flush();
    else this.timer ||= window.setTimeout(() => this.flush(), due);
  }

  /** The line is finished. @param {string} text */
  end(text) {
    this.text = plain(text);
    if (this.text.trim()) {
      this.finished.set(this.line, this.text);
      this.send(true);
    } else if (this.heard) {
      this.text = "";
      this.send(false);
    }
    this.line = name();
    this.heard = this.text = "";
    this.stale = false;
  }

  /** The line to the server is back. */
  again() {
    for (const [line, text] of this.finished) this.ask({ line, text, whole: true, end: true });
    if (!this.text) return;
    this.stale = true;
    this.flush();
  }

  flush() {
    window.clearTimeout(this.timer);
    this.timer = 0;
    if (this.stale || this.text !== this.heard) this.send(false);
  }

  /** @param {boolean} end */
  send(end) {
    window.clearTimeout(this.timer);
    this.timer = 0;
    this.sentAt = performance.now();
    const told = { line: this.line, text: this.stale ? this.text : edit(this.heard, this.text), whole: this.stale, end };
    this.heard = this.text;
    this.stale = false;
    this.ask(told);
  }

  /** @param {Told} told */
  ask(told) {
    this.tell(told).then(
      () => told.end && this.finished.delete(told.line),
      (problem) => {
        if (told.line === this.line) this.stale = true;
        if (problem.code === "lost") return; // `again` tells it
        if (LOST.has(problem.code)) return void window.setTimeout(() => this.again(), APART * 8);
        const line = this.finished.get(told.line) ?? (told.line === this.line ? this.text : "");
        this.finished.delete(told.line);
        this.dispatchEvent(new CustomEvent("refused", { detail: { code: problem.code, text: problem.text, line } }));
      },
    );
  }
}
