// The strip of captions: the last lines in sight, the earlier ones by scrolling, looking as its reader wants it.

import { byId, element, keyed, say } from "./dom.js";
import { CaptionLook } from "./words/caption-look.js";
import { key, Lines } from "./words/lines.js";

const KEPT = 200;
const NEAR = 30; // px from the end that count as at the end

export class CaptionsView {
  constructor() {
    this.lines = new Lines(KEPT);
    this.strip = byId("captions");
    this.log = byId("captions-log");
    this.look = new CaptionLook(() => this.draw());
    this.wanted = true;
    this.begun = false;
    this.atEnd = true;
    this.lines.addEventListener("change", () => this.draw());
    new ResizeObserver(() => this.follow()).observe(this.log);
    this.log.addEventListener("scroll", () => (this.atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR));
  }

  begin() {
    this.begun = true;
    this.draw();
  }

  /** @returns {boolean} whether captions show now */
  toggle() {
    this.wanted = !this.wanted;
    this.draw();
    return this.wanted;
  }

  /** The strip appears with the first line; who asks for captions while there are none is told so. */
  draw() {
    const lines = this.lines.all();
    this.strip.hidden = !this.begun || !this.wanted || lines.length === 0;
    if (this.strip.hidden) return;
    const known = new Map(lines.map((line) => [key(line), line]));
    keyed(this.log, [...known.keys()], () => element("p"), (item, name) => say(item, known.get(name)?.text ?? ""));
    this.follow();
  }

  /** Whoever reads along stays at the end; whoever looks back stays there. */
  follow() {
    if (this.atEnd) this.log.scrollTop = this.log.scrollHeight;
  }
}
