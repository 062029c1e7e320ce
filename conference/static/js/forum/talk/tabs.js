// The panel beside the stage: tabs as the ARIA pattern describes them, one tab stop, arrows, Home and End; marks what is unread.

import { byId, fill, say } from "../dom.js";

/** @typedef {import("../dom.js").Words} Words */

const NAMES = ["people", "chat", "questions", "polls"];

/** Event `show` (detail: the tab's name) whenever another panel comes to sight. */
export class Tabs extends EventTarget {
  /** @param {Words} words @param {(shown: boolean) => void} showSide */
  constructor(words, showSide) {
    super();
    this.words = words;
    this.showSide = showSide;
    this.side = byId("side");
    this.names = NAMES.filter((name) => document.getElementById(`tab-${name}`));
    this.chosen = "people";
    this.talk = "questions"; // where the bar's button leads
    /** @type {Map<string, number>} */
    this.unread = new Map();
    for (const name of this.names) byId(`tab-${name}`).addEventListener("click", () => this.choose(name));
    byId("tabs").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.move(event));
    byId("tool-talk").addEventListener("click", () => this.toggle(this.talk));
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

  /** @param {string} name */
  choose(name) {
    this.chosen = name;
    if (name !== "people") this.talk = name;
    for (const each of this.names) {
      const tab = byId(`tab-${each}`);
      tab.setAttribute("aria-selected", String(each === name));
      tab.tabIndex = each === name ? 0 : -1;
      byId(`panel-${each}`).hidden = each !== name;
    }
    this.drawn();
  }

  /** @param {KeyboardEvent} event */
  move(event) {
    const at = this.names.indexOf(this.chosen);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: this.names.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const name = this.names[(to + this.names.length) % this.names.length];
    this.choose(name);
    byId(`tab-${name}`).focus();
  }

  /** The panel was opened, closed or turned: what is seen is read. */
  drawn() {
    const open = !this.side.hidden;
    byId("tool-people").setAttribute("aria-pressed", String(open && this.chosen === "people"));
    byId("tool-talk").setAttribute("aria-pressed", String(open && this.chosen !== "people"));
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
    const all = [...this.unread.values()].reduce((sum, n) => sum + n, 0);
    for (const name of this.names) if (name !== "people") this.mark(byId(`tab-${name}`), this.unread.get(name) ?? 0);
    this.mark(byId("tool-talk"), all);
  }

  /** @param {HTMLElement} button @param {number} n */
  mark(button, n) {
    const mark = /** @type {HTMLElement} */ (button.querySelector(".unread"));
    mark.hidden = n === 0;
    say(/** @type {Element} */ (mark.querySelector("[aria-hidden]")), n > 99 ? "99+" : String(n));
    say(/** @type {Element} */ (mark.querySelector(".for-ear")), n ? fill(this.words.texts.new, { n }) : "");
  }
}
