// What the audience sees while the curtain is closed: the title, why, and when it goes on. And whose turn it is, if all may know.

import { byId, fill, say } from "../dom.js";
import { clock } from "../view-speaking.js";
import { about } from "./plenary.js";

/** @typedef {import("./plenary.js").Plenary} Plenary */

const LONG = 3600; // seconds from which a time of day says more than a countdown

export class HoldingView {
  /** @param {Plenary} plenary @param {Record<string, string>} texts @param {(kind: string, text: string) => void} announce */
  constructor(plenary, texts, announce) {
    this.plenary = plenary;
    this.texts = texts;
    this.announce = announce;
    this.slide = byId("holding");
    this.shown = false;
    plenary.addEventListener("change", (event) => {
      const { what, before } = /** @type {CustomEvent} */ (event).detail;
      if (what !== "state" && what !== "you") return;
      this.draw();
      if (what === "state" && before) this.news(before);
    });
    window.setInterval(() => this.shown && this.count(), 1000);
  }

  draw() {
    const { state, you } = this.plenary;
    this.shown = state.closed && !you.behind;
    this.slide.hidden = !this.shown;
    // What lies under the slide is neither seen nor reached; the strip of captions stays.
    for (const name of ["tiles", "rail", "pager"]) byId(name).inert = this.shown;
    byId("stage").classList.toggle("held", this.shown);
    this.count();
    this.drawNow();
  }

  count() {
    const { until, text } = this.plenary.state;
    const before = this.plenary.room.now() < this.plenary.room.starts;
    say(byId("holding-text"), text || (before ? this.texts.begins_soon : this.texts.goes_on));
    const left = until ? Math.ceil((Date.parse(until) - this.plenary.room.now()) / 1000) : 0;
    const shown = byId("holding-until");
    shown.hidden = left <= 0;
    if (left <= 0 || !until) return;
    const time = new Date(until).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    say(byId("holding-at"), fill(this.texts.at_time, { time }));
    byId("holding-count").hidden = left > LONG;
    say(byId("holding-count"), clock(left));
  }

  drawNow() {
    const { now, closed } = this.plenary.state;
    const shown = byId("on-now");
    shown.hidden = !now || closed;
    if (!now) return;
    say(byId("on-now-name"), now.name);
    say(byId("on-now-about"), about(now));
  }

  /** @param {import("./plenary.js").State} before */
  news(before) {
    const { closed, text, now } = this.plenary.state;
    if (closed !== before.closed) this.announce("curtain", closed ? text || this.texts.goes_on : this.texts.curtain_opened);
    if (now && now.id !== before.now?.id) this.announce("turn", fill(this.texts.turn_of, { name: now.name, about: about(now) }));
  }
}
