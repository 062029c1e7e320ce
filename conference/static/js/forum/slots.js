// Why a picture does not come, calmly: shown only when it lasts, and said once. No DOM, no media.

/** @typedef {import("../media/session.js").SlotState} SlotState */

const LASTS = 1000; // ms that a picture must be held back before a tile says so
const QUIET = 60_000; // ms until the same is said again

export class Slots {
  /** @param {() => void} changed @param {(key: string, state: SlotState) => void} say once per tile and reason */
  constructor(changed, say) {
    this.changed = changed;
    this.say = say;
    /** @type {Map<string, SlotState>} what tiles show, by "source/seat" */
    this.states = new Map();
    /** @type {Map<string, {state: SlotState, timer: number}>} what is about to be shown */
    this.coming = new Map();
    /** @type {Map<string, number>} */
    this.said = new Map();
  }

  /** @param {string} key @returns {SlotState} */
  of(key) {
    return this.states.get(key) ?? "live";
  }

  /** @param {string} key @param {SlotState} state */
  take(key, state) {
    const coming = this.coming.get(key);
    if (coming?.state === state) return;
    if (coming) window.clearTimeout(coming.timer);
    this.coming.delete(key);
    if (state === this.of(key)) return;
    if (state === "live" || state === "hidden") {
      this.states.delete(key); // a picture that is back is shown at once
      this.changed();
    } else {
      this.coming.set(key, { state, timer: window.setTimeout(() => this.show(key, state), LASTS) });
    }
  }

  /** @param {string} key @param {SlotState} state */
  show(key, state) {
    this.coming.delete(key);
    this.states.set(key, state);
    this.changed();
    const name = `${state} ${key}`;
    if (performance.now() - (this.said.get(name) ?? -QUIET) < QUIET) return;
    this.said.set(name, performance.now());
    this.say(key, state);
  }

  get paused() {
    return [...this.states.values()].includes("paused");
  }

  clear() {
    for (const { timer } of this.coming.values()) window.clearTimeout(timer);
    this.coming.clear();
    this.states.clear();
  }
}
