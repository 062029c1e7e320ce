// The bar keeps what one needs at once; tools that it has no room for stand in the sheet.

import { byId, say } from "./dom.js";

/** @typedef {import("./dom.js").Words} Words */

const PHONE = "(max-width: 46rem), (max-height: 30rem)";
const CORE = new Set(["tool-microphone", "tool-camera", "tool-hand", "tool-talk", "tool-moderation", "tool-view", "tool-leave"]);

export class MoreView {
  /** @param {Words} words */
  constructor(words) {
    this.words = words;
    this.bar = byId("bar");
    this.sheet = byId("more");
    this.tools = byId("more-tools");
    /** @type {HTMLElement[]} all tools in the order of the bar */
    this.all = [...this.bar.children];
    this.phone = window.matchMedia(PHONE);
    this.short = false;
    this.phone.addEventListener("change", () => this.fit());
    this.tools.addEventListener("click", () => this.sheet.hidePopover());
    const sizes = new ResizeObserver(() => window.requestAnimationFrame(() => this.fit()));
    for (const element of [this.bar, ...this.all]) sizes.observe(element); // also tools that come and go
  }

  /** All tools with their words; if that is too much, closer together; and then without some of them. */
  fit() {
    if (this.bar.hidden) return;
    if (this.phone.matches) return this.draw(true);
    this.bar.classList.remove("tight");
    this.draw(false);
    if (!this.full) return;
    this.bar.classList.add("tight");
    if (this.full) this.draw(true);
  }

  get full() {
    return this.bar.scrollWidth > this.bar.clientWidth;
  }

  /** @param {boolean} short */
  draw(short) {
    this.bar.classList.toggle("short", short);
    this.tools.hidden = !short;
    if (short === this.short) return;
    this.short = short;
    say(byId("tool-view").querySelector(".word"), this.words.texts[short ? "tool_more" : "tool_view"]);
    const focused = /** @type {HTMLElement|null} */ (document.activeElement);
    const stop = this.all.find((tool) => tool.tabIndex === 0 && CORE.has(tool.id)) ?? this.all[0];
    for (const tool of this.all) {
      const away = short && !CORE.has(tool.id);
      (away ? this.tools : this.bar).append(tool);
      tool.tabIndex = away || tool === stop ? 0 : -1;
    }
    if (focused && this.bar.contains(focused)) focused.focus({ preventScroll: true });
  }
}
