// What the page says beside the room itself: the banner of the connection, problems with devices, words for screen readers.

import { byId, element, fill, say } from "./dom.js";

/** @typedef {import("./room.js").Room} Room */
/** @typedef {import("./dom.js").Words} Words */

/** @typedef {"seat"|"socket"|"media"|"sending"|"line"|"news"|"text"} Kind what the banner says first, in this order */
const KINDS = /** @type {Kind[]} */ (["seat", "socket", "media", "sending", "line", "news", "text"]);
const NEWS = 12_000; // ms that news stand in the banner

const BATCH = 1500; // ms in which announcements gather
const COMING = 10_000; // ms between two sentences on who has come in

export class NotesView {
  /** @param {Room} room @param {Words} words */
  constructor(room, words) {
    this.room = room;
    this.words = words;
    this.banner = byId("banner");
    this.problem = byId("problem");
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
    if (this.shown === first || (first && this.shown?.text === first.text && !first.button && !this.shown.button)) return;
    this.shown = first;
    this.banner.dataset.kind = KINDS.find((each) => this.banners.has(each)) ?? "";
    this.banner.hidden = !first;
    say(this.banner, first?.text ?? "");
    if (first?.button) {
      const act = element("button", { type: "button" }, first.button.label);
      act.addEventListener("click", first.button.act);
      this.banner.append(act);
    }
  }

  /** Something that all should know, for a while; the banner is read out by itself. @param {string} text */
  news(text) {
    window.clearTimeout(this.fading);
    this.show("news", text);
    this.fading = window.setTimeout(() => this.show("news", null), NEWS);
  }

  /** @param {string} text @param {(() => void)|null} again */
  showProblem(text, again) {
    this.back = /** @type {HTMLElement|null} */ (document.activeElement);
    say(this.problem.querySelector(".what"), text);
    const button = this.problem.querySelector(".again");
    button.hidden = !again;
    button.onclick = () => {
      this.dismiss();
      again?.();
    };
    this.problem.hidden = false;
    (again ? button : this.problem.querySelector(".dismiss")).focus();
  }

  dismiss() {
    this.problem.hidden = true;
    this.back?.focus();
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
    if (names.length === 1 && names[0]) this.announce("came", fill(texts.came_one, { name: names[0] }));
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
