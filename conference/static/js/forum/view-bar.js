// The bar: one tab stop, arrows inside; buttons that the floor does not permit stay there and say why.

import { canShareScreen } from "./devices.js";
import { byId, element, fill } from "./dom.js";

/** @typedef {import("./room.js").Room} Room */
/** @typedef {import("./own.js").Own} Own */
/** @typedef {import("./dom.js").Words} Words */
/** @typedef {{hand: () => void, captions: () => void, people: () => void, leave: () => void, why: (text: string) => void}} Acts */

const DEVICES = /** @type {const} */ (["microphone", "camera", "screen"]);

export class BarView {
  /** @param {Room} room @param {Own} own @param {Words} words @param {Acts} acts */
  constructor(room, own, words, acts) {
    this.room = room;
    this.own = own;
    this.words = words;
    this.acts = acts;
    this.silent = false; // without sound and picture there is nothing to switch on
    this.bar = byId("bar");
    for (const device of DEVICES) byId(`tool-${device}`).addEventListener("click", () => this.device(device));
    for (const name of /** @type {const} */ (["hand", "captions", "people", "leave"])) {
      byId(`tool-${name}`).addEventListener("click", () => acts[name]());
    }
    this.bar.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.move(event));
    this.bar.addEventListener("focusin", (/** @type {FocusEvent} */ event) => this.rove(/** @type {HTMLElement} */ (event.target)));
    own.addEventListener("change", () => this.draw());
    room.addEventListener("change", () => this.draw());
  }

  begin() {
    this.bar.hidden = false;
    this.draw();
    this.rove(this.tools()[0]);
  }

  /** @returns {HTMLElement[]} */
  tools() {
    return [...this.bar.querySelectorAll("button")].filter((tool) => tool.getClientRects().length > 0);
  }

  /** @param {KeyboardEvent} event */
  move(event) {
    const tools = this.tools();
    const at = tools.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tools.length - 1 }[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    tools[(to + tools.length) % tools.length].focus();
  }

  /** @param {HTMLElement} tool the one that Tab comes to */
  rove(tool) {
    for (const each of this.bar.querySelectorAll("button")) each.tabIndex = each === tool ? 0 : -1;
  }

  /** @param {"microphone"|"camera"|"screen"} device */
  device(device) {
    const why = this.why(device);
    if (why) this.acts.why(why);
    else void this.own.toggle(device);
  }

  /** Why a device cannot be switched on now; "" when it can. @param {"microphone"|"camera"|"screen"} device */
  why(device) {
    return this.room.may(device) ? "" : this.words.texts.need_floor;
  }

  draw() {
    const you = this.room.you;
    if (!you) return;
    for (const device of DEVICES) {
      const tool = byId(`tool-${device}`);
      const why = this.why(device);
      tool.hidden = !you.speaks || this.silent || (device === "screen" && !canShareScreen());
      tool.setAttribute("aria-pressed", String(this.own.on(device)));
      tool.setAttribute("aria-disabled", String(Boolean(why)));
      tool.title = why;
      tool.setAttribute("aria-busy", String(this.own.busy.has(device)));
    }
    this.drawHand();
  }

  /** Ask, take back, give back: one button, as it is one thing. */
  drawHand() {
    const { texts } = this.words;
    const tool = byId("tool-hand");
    const place = this.room.me?.hand ?? null;
    const given = this.room.you?.floor ?? false;
    tool.hidden = !this.room.you?.speaks;
    tool.classList.toggle("up", place !== null);
    tool.classList.toggle("has", given);
    const word = tool.querySelector(".word");
    const label = given ? texts.give_back : place !== null ? texts.lower : texts.raise;
    const more = place !== null && !given ? fill(texts.place_short, { n: place }) : "";
    if (word.dataset.state !== label + more) {
      word.dataset.state = label + more;
      word.replaceChildren(label, more ? element("span", { class: "place" }, ` · ${more}`) : "");
    }
  }

  /** @param {string} name @param {boolean} pressed */
  press(name, pressed) {
    byId(`tool-${name}`).setAttribute("aria-pressed", String(pressed));
  }
}
