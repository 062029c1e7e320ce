// While one shares a screen: whether it is read or watched, and whether its sound goes along.

import { canShareSound } from "../devices.js";
import { byId, say, toTool } from "../dom.js";

/** @typedef {import("../own.js").Own} Own */
/** @typedef {import("../dom.js").Words} Words */

export class SharingView {
  /** @param {Words} words */
  constructor(words) {
    this.words = words;
    this.form = byId("sharing");
    /** @type {Own|null} */
    this.own = null;
    this.form.addEventListener("change", () => this.chosen());
    this.form.addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
  }

  /** @param {Own} own */
  begin(own) {
    this.own = own;
    own.addEventListener("change", () => this.draw());
    this.draw();
  }

  chosen() {
    const mode = this.form.elements.namedItem("sharing").value;
    if (this.own) void this.own.showScreenAs(mode === "motion" ? "motion" : "detail");
  }

  draw() {
    const on = this.own?.on("screen") ?? false;
    if (on && this.form.hidden) this.form.elements.namedItem("sharing").value = this.own?.screenMode ?? "detail";
    const held = !on && this.form.contains(document.activeElement);
    this.form.hidden = !on;
    if (held) toTool(byId("tool-screen"));
    if (!on) return;
    const { texts } = this.words;
    say(byId("sharing-sound"), this.own?.screenSound ? texts.sound_shared : canShareSound() ? texts.sound_not_shared : texts.sound_impossible);
  }
}
