// The panel beside the stage: tabs as the ARIA pattern describes them, one tab stop, arrows, Home and End; marks what is unread
// and, for who leads the room, how much waits.

import { byId, fill, say } from "../dom.js";

/** @typedef {import("../dom.js").Words} Words */

/** Event `show` (detail: the tab's name) whenever another panel comes to sight. */
export class Tabs extends EventTarget {
  /** @param {Words} words @param {(shown: boolean) => void} showSide */
  constructor(words, showSide) {
    super();
    this.words = words;
    this.showSide = showSide;
    this.side = byId("side");
    // How high the tabs are, in one row or two: what sticks below them, and what the focus comes to, keeps clear of them.
    new ResizeObserver(([entry]) => this.side.style.setProperty("--head", `${Math.round(entry.borderBoxSize[0].blockSize)}px`)).observe(byId("tabs"));
    this.all = [...byId("tabs").querySelectorAll('[role="tab"]')].map((/** @type {Element} */ tab) => tab.id.replace("tab-", ""));
    /** Those with a button of their own in the bar; the others share one. */
    this.own = this.all.filter((/** @type {string} */ name) => document.getElementById(`tool-${name}`));
    this.chosen = "people";
    this.talk = "questions"; // where the bar's button leads
    /** @type {Map<string, number>} */
    this.unread = new Map();
    for (const name of this.all) byId(`tab-${name}`).addEventListener("click", () => this.choose(name));
    byId("tabs").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.move(event));
    byId("tool-talk").addEventListener("click", () => this.toggle(this.talk));
    // People's own button is the bar's, since it is there for all.
    for (const name of this.own) if (name !== "people") byId(`tool-${name}`).addEventListener("click", () => this.toggle(name));
  }

  /** The tabs that can be chosen now, in their order. */
  get names() {
    return this.all.filter((name) => !byId(`tab-${name}`).hidden);
  }

  /** The bar's button that leads to the chosen tab. @returns {HTMLElement} */
  get tool() {
    return byId(this.own.includes(this.chosen) ? `tool-${this.chosen}` : "tool-talk");
  }

  /** Whether a panel can be seen now. @param {string} name */
  sees(name) {
    return !this.side.hidden && this.chosen === name;
  }

  /** The bar's buttons: open the panel on this tab, go to it, or close the panel. @param {string} name */
  toggle(name) {
    if (this.sees(name)) return this.showSide(false);
    this.choose(name);
    this.showSide(true);
  }

  /** By a key: the focus goes along, so that the next Tab is inside; from there the same key closes the panel. @param {string} name */
  go(name) {
    if (byId(`tab-${name}`).hidden) return;
    if (this.sees(name) && this.side.contains(document.activeElement)) return this.showSide(false);
    this.choose(name);
    this.showSide(true);
    byId(`tab-${name}`).focus();
  }

  /** @param {string} name */
  choose(name) {
    const left = name !== this.chosen && byId(`panel-${this.chosen}`).contains(document.activeElement);
    this.chosen = name;
    if (!this.own.includes(name)) this.talk = name;
    for (const each of this.all) {
      const tab = byId(`tab-${each}`);
      tab.setAttribute("aria-selected", String(each === name));
      tab.tabIndex = each === name ? 0 : -1;
      byId(`panel-${each}`).hidden = each !== name;
    }
    if (left) byId(`tab-${name}`).focus({ preventScroll: true }); // what had the focus has gone out of sight
    this.drawn();
  }

  /** Whether there is a panel of the moderation. @param {boolean} leads */
  lead(leads) {
    const inside = byId("panel-moderation").contains(document.activeElement) || document.activeElement === byId("tab-moderation");
    byId("tab-moderation").hidden = byId("tool-moderation").hidden = !leads;
    if (leads || this.chosen !== "moderation") return;
    this.choose("people");
    if (inside && !this.side.hidden) byId("tab-people").focus();
  }

  /** @param {KeyboardEvent} event */
  move(event) {
    const { names } = this;
    const at = names.indexOf(this.chosen);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const name = names[(to + names.length) % names.length];
    this.choose(name);
    byId(`tab-${name}`).focus();
  }

  /** The panel was opened, closed or turned: what is seen is read. */
  drawn() {
    const open = !this.side.hidden;
    for (const name of this.own) byId(`tool-${name}`).setAttribute("aria-pressed", String(open && this.chosen === name));
    byId("tool-talk").setAttribute("aria-pressed", String(open && !this.own.includes(this.chosen)));
    if (open) this.unread.delete(this.chosen);
    this.drawUnread();
    if (open) this.dispatchEvent(new CustomEvent("show", { detail: this.chosen }));
  }

  /** Something new that is not in sight. @param {string} name @param {number} n */
  add(name, n) {
    if (n === 0 || this.sees(name)) return;
    this.unread.set(name, (this.unread.get(name) ?? 0) + n);
    this.drawUnread();
  }

  drawUnread() {
    const { texts } = this.words;
    const all = [...this.unread.values()].reduce((sum, n) => sum + n, 0);
    for (const name of this.all) if (!this.own.includes(name)) this.mark(byId(`tab-${name}`), this.unread.get(name) ?? 0, texts.new);
    this.mark(byId("tool-talk"), all, texts.new);
  }

  /** How much waits for the moderation: stays until it is done. @param {number} n @param {string} words */
  waits(n, words) {
    this.mark(byId("tab-moderation"), n, words);
    this.mark(byId("tool-moderation"), n, words);
  }

  /** @param {HTMLElement} button @param {number} n @param {string} words */
  mark(button, n, words) {
    const mark = /** @type {HTMLElement|null} */ (button.querySelector(".unread"));
    if (!mark) return;
    mark.hidden = n === 0;
    say(/** @type {Element} */ (mark.querySelector("[aria-hidden]")), n > 99 ? "99+" : String(n));
    say(/** @type {Element} */ (mark.querySelector(".for-ear")), n ? fill(words, { n }) : "");
  }
}
