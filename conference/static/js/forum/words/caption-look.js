// How captions look: size, colours, place. For this visit; on this device only after a tick.

import { byId } from "../dom.js";

const KEY = "meetingpoint.captions";
const CHOICES = { size: ["s", "m", "l", "xl"], colours: ["night", "amber", "day", "sea"], place: ["below", "over", "above"] };
const USUAL = { size: "m", colours: "night", place: "below" };

/** @typedef {"size"|"colours"|"place"} Choice */

export class CaptionLook {
  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
    this.strip = byId("captions");
    this.dialog = byId("captions-dialog");
    this.form = byId("captions-form");
    this.keep = byId("captions-keep");
    this.look = { ...USUAL, ...read(localStorage), ...read(sessionStorage) };
    this.keep.checked = Object.keys(read(localStorage)).length > 0;
    this.form.addEventListener("change", () => this.chosen());
    byId("captions-set").addEventListener("click", () => this.dialog.showModal());
    this.apply();
  }

  chosen() {
    const told = new FormData(this.form);
    for (const name of /** @type {Choice[]} */ (Object.keys(USUAL))) this.look[name] = String(told.get(`captions-${name}`) ?? this.look[name]);
    write(sessionStorage, this.look);
    write(localStorage, this.keep.checked ? this.look : null);
    this.apply();
    this.changed();
  }

  apply() {
    for (const name of /** @type {Choice[]} */ (Object.keys(USUAL))) {
      this.strip.dataset[name] = this.look[name];
      byId("captions-sample").dataset[name] = this.look[name];
      for (const choice of this.form.elements.namedItem(`captions-${name}`)) choice.checked = choice.value === this.look[name];
    }
    byId("stage").dataset.captions = this.look.place;
  }
}

/** @param {Storage} storage @returns {Record<string, string>} only what can be chosen */
function read(storage) {
  try {
    const told = JSON.parse(storage.getItem(KEY) ?? "{}");
    return Object.fromEntries(Object.entries(CHOICES).filter(([name, known]) => known.includes(told?.[name])).map(([name]) => [name, told[name]]));
  } catch {
    return {}; // no storage here, or not ours
  }
}

/** @param {Storage} storage @param {object|null} look */
function write(storage, look) {
  try {
    if (look) storage.setItem(KEY, JSON.stringify(look));
    else storage.removeItem(KEY);
  } catch {
    // it holds for this page
  }
}
