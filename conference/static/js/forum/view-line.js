// The small sign of one's own connection: a shape, a word, and nothing by colour alone.

import { bars, byId, element } from "./dom.js";
import { judge, sample } from "../media/quality.js";

/** @typedef {import("../media/session.js").MediaSession} MediaSession */
/** @typedef {import("../media/quality.js").Quality} Quality */
/** @typedef {import("./dom.js").Words} Words */

const EVERY = 3000; // ms

export class LineView {
  /**
   * @param {Words & {bounds: any}} words @param {() => boolean} paused whether a picture is held back
   * @param {(kind: string, text: string) => void} announce @param {(quality: Quality|null) => void} changed
   */
  constructor(words, paused, announce, changed) {
    this.words = words;
    this.paused = paused;
    this.announce = announce;
    this.changed = changed;
    this.sign = byId("line");
    /** @type {import("../media/quality.js").Sample|null} */
    this.before = null;
    /** @type {Quality|null} what is shown */
    this.quality = null;
    /** @type {Quality|null} what the last look said: a change counts when two agree */
    this.last = null;
    this.warned = false;
  }

  /** @param {MediaSession} media */
  begin(media) {
    window.setInterval(() => void this.look(media), EVERY);
  }

  /** @param {MediaSession} media */
  async look(media) {
    const { receive, publish } = await media.stats();
    const now = receive || publish ? sample([receive, publish]) : null;
    const quality = this.before && now ? judge(this.before, now, this.words.bounds, this.paused()) : null;
    this.before = now;
    if (quality === this.last || this.quality === null) this.show(quality);
    this.last = quality;
  }

  /** @param {Quality|null} quality */
  show(quality) {
    if (quality === this.quality) return;
    this.quality = quality;
    this.changed(quality);
    this.sign.hidden = !quality;
    if (!quality) return;
    const { texts } = this.words;
    this.sign.dataset.quality = quality;
    this.sign.replaceChildren(bars(quality), element("span", { class: "word" }, texts[`line_${quality}`]));
    if (quality === "poor" && !this.warned) this.announce("line", texts.line_help);
    this.warned ||= quality === "poor"; // once: the sign says the rest
  }
}
