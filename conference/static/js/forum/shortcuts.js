// Single letters as shortcuts, a dialog that lists them beside the help number, and the switch that turns them off
// (WCAG 2.1, 2.1.4: letters alone must not act for those who speak to their computer).

import { byId } from "./dom.js";

const WRITING = "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable], dialog, audio, video";
const KEY = "meetingpoint.keys"; // kept only when somebody has switched them off

export class Shortcuts {
  /** @param {Record<string, () => void>} acts letter -> what it does, once the room is entered */
  constructor(acts) {
    this.acts = acts;
    this.dialog = byId("room-help");
    this.box = byId("keys-on");
    this.box.checked = on();
    this.box.addEventListener("change", () => keep(this.box.checked));
    byId("ask-help").addEventListener("click", () => this.help());
    document.addEventListener("keydown", (event) => this.key(event));
  }

  help() {
    if (!this.dialog.open) this.dialog.showModal();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.defaultPrevented) return;
    if (event.target instanceof Element && event.target.closest(WRITING)) return;
    if (!this.box.checked) return;
    const act = event.key === "?" ? () => this.help() : byId("bar").hidden ? undefined : this.acts[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  }
}

/** @returns {boolean} */
function on() {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true; // no storage here
  }
}

/** @param {boolean} chosen */
function keep(chosen) {
  try {
    if (chosen) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, "off");
  } catch {
    // It holds for this page alone.
  }
}
