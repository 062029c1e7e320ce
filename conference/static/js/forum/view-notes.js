// What the page says beside the room itself: the banner of the connection, problems with devices, words for screen readers.

import { byId, element, fill, say, toTool } from "./dom.js";

/** @typedef {import("./room.js").Room} Room */
/** @typedef {import("./dom.js").Words} Words */

/** @typedef {"socket"|"news"|"invited"|"seat"|"media"|"sending"|"line"|"text"} Kind what the banner says first, in this order */
const KINDS = /** @type {Kind[]} */ (["socket", "news", "invited", "seat", "media", "sending", "line", "text"]); // news pass; what lasts comes back after them
const NEWS = 12_000; // ms that news stand in the banner

const BATCH = 1500; // ms in which announcements gather
const COMING = 10_000; // ms between two sentences on who has come in
const WRITING = "input:not([type=radio], [type=checkbox]), textarea, select"; // where nobody is to lose the focus

export class NotesView {
  /** @param {Room} room @param {Words} words */
  constructor(room, words) {
    this.room = room;
    this.words = words;
    this.banner = byId("banner");
    this.problem = byId("problem");
    this.home = this.problem.parentElement;
    /** @type {Map<string, {text: string, button?: {label: string, act: () => void}}>} by kind; the first kind wins */
    this.banners = new Map();
    /** @type {{text: string, button?: {label: string, act: () => void}}|undefined} */
    this.shown = undefined;
    /** @type {Map<string, string>} */
    this.waiting = new Map();
    this.timer = 0;
    this.fading = 0;
    /** @type {Set<string>} seats of those who have come in and were not spoken of yet */
    this.came = new Set();
    this.cameAt = -COMING;
    this.coming = 0;
    this.problem.querySelector(".dismiss").addEventListener("click", () => this.dismiss());
    room.addEventListener("change", (event) => this.announceChange(/** @type {CustomEvent} */ (event).detail));
  }

  /** Say something in the banner, or (null) take it back. @param {Kind} kind @param {string|null} text @param {{label: string, act: () => void}} [button] */
  show(kind, text, button) {
    if (text) this.banners.set(kind, { text, button });
    else this.banners.delete(kind);
    const first = KINDS.map((each) => this.banners.get(each)).find(Boolean);
    const before = this.shown;
    this.shown = first;
    // The same once more (each try to come back says it again) is neither read out again nor takes anybody's focus.
    if (before?.text === first?.text && before?.button?.label === first?.button?.label) return;
    this.banner.dataset.kind = KINDS.find((each) => this.banners.has(each)) ?? "";
    const held = this.banner.contains(document.activeElement);
    this.banner.hidden = !first;
    this.banner.textContent = first?.text ?? "";
    if (first?.button) {
      const act = element("button", { type: "button" }, first.button.label);
      act.addEventListener("click", () => this.shown?.button?.act());
      this.banner.append(act);
    }
    if (held) this.goOn(this.banner.querySelector("button"));
  }

  clear() {
    this.banners.clear();
    this.show("news", null);
  }

  /** What had the focus has gone: on with this, or else with the bar. @param {HTMLElement|null|undefined} to */
  goOn(to) {
    const tool = /** @type {HTMLElement|null} */ (byId("bar").querySelector('[tabindex="0"]'));
    if (to?.isConnected && to.getClientRects().length) to.focus({ preventScroll: true });
    else if (tool) toTool(tool);
  }

  /** Something that all should know, for a while; the banner is read out by itself. @param {string} text */
  news(text) {
    window.clearTimeout(this.fading);
    this.show("news", text);
    this.fading = window.setTimeout(() => this.show("news", null), NEWS);
  }

  /** In front of a dialog as well: what lies behind one can neither be heard nor reached. @param {string} text @param {(() => void)|null} again */
  showProblem(text, again) {
    const at = /** @type {HTMLElement|null} */ (document.activeElement);
    if (!this.problem.contains(at)) this.back = at;
    const place = document.querySelector("dialog:modal") ?? this.home;
    if (this.problem.parentElement !== place) place.append(this.problem);
    say(this.problem.querySelector(".what"), text);
    const button = this.problem.querySelector(".again");
    button.hidden = !again;
    button.onclick = () => {
      this.dismiss();
      again?.();
    };
    this.problem.hidden = false;
    if (!at?.matches(WRITING)) (again ? button : this.problem.querySelector(".dismiss")).focus();
  }

  dismiss() {
    const held = this.problem.contains(document.activeElement);
    this.problem.hidden = true;
    if (held) this.goOn(this.back);
  }

  /** Polite, and one thing per kind within a moment. @param {string} kind @param {string} text */
  announce(kind, text) {
    this.waiting.set(kind, text);
    this.timer ||= window.setTimeout(() => {
      this.timer = 0;
      byId("said").textContent = [...this.waiting.values()].join(". ");
      this.waiting.clear();
    }, BATCH);
  }

  /** @param {{what: string, before: any}} change */
  announceChange({ what, before }) {
    if (!before || !this.room.you) return; // what is so when one comes in is no change
    if (what === "you") this.announceFloor(before);
    if (what === "floor") this.sayFloor(before);
    if (what === "people") this.announcePeople(before);
  }

  /** A room that fills is one sentence now and then. */
  sayCame() {
    const { texts } = this.words;
    const names = [...this.came].filter((seat) => this.room.people.has(seat)).map((seat) => this.room.people.get(seat)?.name);
    this.came.clear();
    this.coming = 0;
    this.cameAt = performance.now();
    if (names.length === 1) this.announce("came", names[0] ? fill(texts.came_one, { name: names[0] }) : texts.came_unnamed);
    else if (names.length) this.announce("came", fill(texts.came, { n: names.length }));
  }

  /** The moderator has changed how open the floor is, or who is in front. @param {Room["floor"]} before */
  sayFloor(before) {
    const { floor, microphones_free: free, spotlight } = this.room.floor;
    const name = this.room.people.get(spotlight ?? "")?.name ?? this.words.texts.unnamed;
    if (spotlight && spotlight !== before.spotlight) this.announce("front", fill(this.words.texts.in_front, { name }));
    if (floor === before.floor && free === before.microphones_free) return;
    this.news(this.words.texts[free && floor === "discussion" ? "floor_free" : `floor_${floor}`]);
  }

  /** @param {import("./protocol.js").You} before */
  announceFloor(before) {
    const { texts } = this.words;
    if (!before.floor && this.room.you?.floor) this.announce("floor", texts.floor_yours);
    if (before.floor && !this.room.you?.floor) this.announce("floor", texts.floor_gone);
  }

  /** @param {Map<string, import("./protocol.js").Person>} before */
  announcePeople(before) {
    const { texts } = this.words;
    const own = this.room.you?.seat ?? "";
    const place = this.room.people.get(own)?.hand ?? null;
    if (place !== null && before.get(own)?.hand !== place) this.announce("place", fill(texts.place, { n: place }));
    const fresh = [...this.room.people.values()].filter((person) => !before.has(person.seat) && person.seat !== own);
    for (const person of fresh) this.came.add(person.seat);
    if (fresh.length) this.coming ||= window.setTimeout(() => this.sayCame(), Math.max(0, this.cameAt + COMING - performance.now()));
    if (!this.room.you?.moderates) return;
    for (const person of this.room.queue()) {
      const was = before.get(person.seat);
      if (was && was.hand === null && person.seat !== own) this.announce(`hand ${person.seat}`, fill(texts.hand_of, { name: person.name ?? texts.unnamed }));
    }
  }
}
