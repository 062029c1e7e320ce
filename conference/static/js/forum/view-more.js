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
    /** @type {HTMLElement[]} tools that stand in the sheet now */
    this.away = [];
    this.phone.addEventListener("change", () => this.fit());
    this.tools.addEventListener("click", () => this.sheet.hidePopover());
    const sizes = new ResizeObserver(() => window.requestAnimationFrame(() => this.fit()));
    for (const element of [this.bar, ...this.all]) sizes.observe(element); // also tools that come and go
  }

  /** All tools with their words; if that is too much, closer together; and then as many as there is room for, the first ones first. */
  fit() {
    if (this.bar.hidden) return;
    const others = this.all.filter((tool) => !CORE.has(tool.id));
    this.bar.classList.toggle("short", this.phone.matches);
    this.bar.classList.remove("tight"); // of a wide window: on a phone the bar would be wider than the page
    if (this.phone.matches) return this.draw(others);
    this.draw([]);
    if (this.full) this.bar.classList.add("tight");
    for (let kept = others.length - 1; kept >= 0 && this.full; kept--) this.draw(others.slice(kept));
  }

  get full() {
    return this.bar.scrollWidth > this.bar.clientWidth;
  }

  /** @param {HTMLElement[]} away */
  draw(away) {
    const sheet = away.some((tool) => !tool.hidden);
    this.tools.hidden = !sheet;
    say(byId("tool-view").querySelector(".word"), this.words.texts[sheet ? "tool_more" : "tool_view"]);
    if (away.length === this.away.length && away.every((tool) => this.away.includes(tool))) return;
    this.away = away;
    const focused = /** @type {HTMLElement|null} */ (document.activeElement);
    const stop = this.all.find((tool) => tool.tabIndex === 0 && CORE.has(tool.id)) ?? this.all[0];
    for (const tool of this.all) {
      (away.includes(tool) ? this.tools : this.bar).append(tool);
      tool.tabIndex = away.includes(tool) || tool === stop ? 0 : -1;
    }
    if (focused && this.bar.contains(focused)) focused.focus({ preventScroll: true });
  }
}
