// Lower thirds: name, function and organisation over a speaker's picture. Each is read out once, however often it comes back.

import { element, say } from "../dom.js";
import { about } from "./plenary.js";

/** @typedef {import("./plenary.js").Plenary} Plenary */
/** @typedef {import("./plenary.js").Third} Third */

const STAYS = 6000; // ms after the last word

export class ThirdsView {
  /** @param {Plenary} plenary @param {EventTarget} stage tells `drawn` @param {(kind: string, text: string) => void} announce */
  constructor(plenary, stage, announce) {
    this.plenary = plenary;
    this.announce = announce;
    /** @type {Map<string, number>} seat -> when it was heard last */
    this.spoke = new Map();
    /** @type {Set<string>} what was read out */
    this.said = new Set();
    this.timer = 0;
    stage.addEventListener("drawn", () => this.draw());
    plenary.addEventListener("change", () => this.draw());
    plenary.room.addEventListener("change", (event) => {
      if (/** @type {CustomEvent} */ (event).detail.what === "speakers") this.hear();
    });
  }

  hear() {
    for (const seat of this.plenary.room.speakers) this.spoke.set(seat, performance.now());
    this.draw();
  }

  /** @returns {Map<string, Third>} who is named now, by seat */
  shown() {
    const { thirds, names, closed } = this.plenary.state;
    if (closed && !this.plenary.you.behind) return new Map();
    const now = performance.now();
    const speaks = (/** @type {string} */ seat) => this.plenary.room.speakers.has(seat) || now - (this.spoke.get(seat) ?? -STAYS) < STAYS;
    return new Map(names.filter(({ seat }) => thirds.seat === seat || (thirds.auto && speaks(seat))).map((one) => [one.seat, one]));
  }

  draw() {
    const shown = this.shown();
    for (const tile of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".stage .tile:not(.screen)"))) {
      const third = shown.get(tile.dataset.seat ?? "");
      this.drawOne(tile, third ?? null);
    }
    window.clearTimeout(this.timer);
    if (shown.size) this.timer = window.setTimeout(() => this.draw(), STAYS);
  }

  /** @param {HTMLElement} tile @param {Third|null} third */
  drawOne(tile, third) {
    const before = tile.querySelector(".third");
    tile.classList.toggle("named", Boolean(third));
    if (!third) return before?.remove();
    const box = before ?? element("p", { class: "third" }, element("b"), element("span"));
    if (!before) tile.append(box);
    say(/** @type {Element} */ (box.firstElementChild), third.name);
    say(/** @type {Element} */ (box.lastElementChild), about(third));
    const text = [third.name, about(third)].filter(Boolean).join(", ");
    if (this.said.has(text)) return;
    this.said.add(text);
    this.announce(`third ${third.seat}`, text);
  }
}
