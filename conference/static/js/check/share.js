// Lets the organisers know the result: with a tick, and only as long as it is there.

import { byId, fill, say } from "../forum/dom.js";

/** @typedef {import("./verdict.js").State} State */

export class ShareView {
  /** @param {{result: string, texts: Record<string, string>}} data */
  constructor({ result, texts }) {
    this.address = result;
    this.texts = texts;
    /** @type {State|null} */
    this.outcome = null;
    this.turn = Promise.resolve();
  }

  begin() {
    byId("share").addEventListener("change", () => (byId("share").checked ? this.share() : this.forget()));
    byId("forget").addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      byId("share").checked = false;
      byId("share").focus(); // the button goes away
      this.forget();
    });
  }

  /** A test is over. @param {State} outcome */
  tested(outcome) {
    this.outcome = outcome === "untested" ? null : outcome; // nothing was found out
    if (this.outcome && byId("share").checked) this.share();
  }

  share() {
    if (this.outcome) this.send(this.outcome, fill(this.texts.share_sent, { word: this.texts[`state_${this.outcome}`] }));
    else say(byId("shared"), this.texts.share_next);
  }

  forget() {
    this.send("forget", this.texts.share_gone);
  }

  /** One after the other, so that the last wish is the one that holds. @param {string} outcome @param {string} done */
  send(outcome, done) {
    this.turn = this.turn.then(async () => {
      const sent = await this.post(outcome);
      say(byId("shared"), sent ? done : this.texts.share_failed);
      if (!sent) return;
      say(byId("kept"), ""); // what stood there when the page was made is over
      byId("forget").hidden = outcome === "forget";
    });
  }

  /** @param {string} outcome @returns {Promise<boolean>} */
  async post(outcome) {
    try {
      const reply = await fetch(this.address, {
        method: "POST",
        credentials: "same-origin",
        headers: { Accept: "application/json" },
        body: new URLSearchParams({ outcome }),
        signal: AbortSignal.timeout(8000),
      });
      return reply.ok;
    } catch {
      return false;
    }
  }
}
