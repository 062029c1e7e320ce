// The session's clock, which runs by the server's: what is left, two warnings, and the last minute before the room closes.

import { byId, fill, say } from "./dom.js";
import { clock } from "./view-speaking.js";

/** @typedef {import("./room.js").Room} Room */
/** @typedef {import("./protocol.js").RoomProtocol} RoomProtocol */
/** @typedef {import("./dom.js").Words} Words */

const FIVE = 300; // seconds
const ONE = 60;
const STAGES = ["early", "running", "five", "one", "over"];

export class ClockView {
  /**
   * @param {Room} room @param {RoomProtocol} protocol @param {Words} words @param {(work: Promise<any>) => void} doing
   * @param {(text: string) => void} news tells something to all, visibly and politely
   */
  constructor(room, protocol, words, doing, news) {
    this.room = room;
    this.words = words;
    this.news = news;
    /** @type {string|null} how far the session was at the last look */
    this.stage = null;
    this.closing = false;
    byId("extend").addEventListener("click", () => doing(protocol.extend()));
    room.addEventListener("change", (event) => {
      const { what, before } = /** @type {CustomEvent} */ (event).detail;
      if (what === "clock" && before?.ends) this.moved(before);
      if (what === "clock") this.draw();
    });
    window.setInterval(() => this.room.ends && this.draw(), 1000);
  }

  /** Another end than before: said is who has set it. A page that comes in later has nothing to be told. @param {{ends: number, extended: number}} before */
  moved({ ends, extended }) {
    if (ends === this.room.ends) return;
    const text = extended < this.room.extended ? "extended" : "moved";
    this.news(fill(this.words.texts[text], { time: hours(this.room.ends) }));
    this.stage = null; // the new end warns anew
  }

  draw() {
    const left = Math.ceil((this.room.ends - this.room.now()) / 1000);
    const stage = this.room.now() < this.room.starts ? "early" : left > FIVE ? "running" : left > ONE ? "five" : left > 0 ? "one" : "over";
    const shown = byId("left");
    say(shown, this.text(stage, left));
    shown.closest(".left").dataset.stage = stage;
    say(byId("clock"), stage === "early" || stage === "over" ? this.text(stage, left) : clock(left));
    if (this.stage && STAGES.indexOf(stage) > STAGES.indexOf(this.stage) && stage !== "running") {
      this.news(fill(this.words.texts[`clock_${stage}`], { time: hours(this.room.closes) }));
    }
    this.stage = stage;
    this.drawClosing();
  }

  /** @param {string} stage @param {number} left seconds */
  text(stage, left) {
    const { texts } = this.words;
    if (stage === "early") {
      const minutes = Math.ceil((this.room.starts - this.room.now()) / 60_000);
      return minutes > 1 ? fill(texts.begins_in, { n: minutes }) : texts.begins_soon;
    }
    if (stage === "over") return texts.over;
    if (stage === "running") return fill(texts.minutes_left, { n: Math.ceil(left / 60) });
    return fill(texts.time_left, { time: clock(left) });
  }

  /** The room's own end comes later; its last minute is counted down, so that nobody is cut off in mid-sentence. */
  drawClosing() {
    const left = Math.ceil((this.room.closes - this.room.now()) / 1000);
    const closing = left <= ONE;
    byId("closing").hidden = !closing;
    if (closing) say(byId("closing"), fill(this.words.texts.closing, { n: Math.max(0, left) }));
    if (closing && !this.closing) this.news(fill(this.words.texts.closing, { n: left }));
    this.closing = closing;
  }
}

/** The visitor's wall time. @param {number} instant ms */
function hours(instant) {
  return new Date(instant).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
}
