// The sheet of the view: layout, data saver, a small window, full screen; on phones also the tools that the bar has no room for.

import { byId, fill, icon } from "./dom.js";
import { CHOICES } from "./layouts.js";
import { lower, stepNamed } from "./saver.js";

/** @typedef {import("./dom.js").Words} Words */
/** @typedef {import("./memory.js").Memory} Memory */
/** @typedef {import("./view-stage.js").StageView} StageView */
/** @typedef {import("./saver.js").Step} Step */
/** @typedef {(kind: "line", text: string|null, button?: {label: string, act: () => void}) => void} Show the banner */

const STIRS = 3000; // ms that the bar stays in sight in full screen
const AGAIN = 300_000; // ms until the data saver is suggested again
const STANDS = 30_000; // ms that the suggestion stands

export class MenuView {
  /**
   * @param {StageView} stage @param {Words} words @param {Memory} memory
   * @param {{deaf: (deaf: boolean) => void, announce: (kind: string, text: string) => void, show: Show}} acts
   */
  constructor(stage, words, memory, { deaf, announce, show }) {
    this.stage = stage;
    this.words = words;
    this.memory = memory;
    this.deaf = deaf;
    this.announce = announce;
    this.show = show;
    this.sheet = byId("more");
    this.form = byId("view");
    this.full = byId("full");
    this.room = byId("stage").closest("main");
    this.stirring = 0;
    this.suggested = -Infinity;
    this.fading = 0;
    this.form.addEventListener("change", (/** @type {Event} */ event) => this.chosen(/** @type {HTMLInputElement} */ (event.target)));
    this.form.addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
    this.sheet.addEventListener("toggle", (/** @type {any} */ event) => event.newState === "open" && this.opened());
    this.followFullScreen();
    this.restore();
  }

  /** @returns {Step} */
  get step() {
    return this.stage.step;
  }

  /** What was chosen before a reload holds. */
  restore() {
    const { layout, saver } = this.memory.choices();
    this.stage.choice = CHOICES.find((choice) => choice === layout) ?? "auto";
    this.stage.step = stepNamed(saver);
    this.draw();
  }

  draw() {
    this.form.elements.namedItem("layout").value = this.stage.choice;
    this.form.elements.namedItem("saver").value = this.step;
  }

  /** @param {HTMLInputElement} input */
  chosen(input) {
    if (input.name === "saver") return this.save(stepNamed(input.value));
    this.memory.choose("layout", input.value);
    this.stage.choose(/** @type {import("./layouts.js").LayoutChoice} */ (input.value));
  }

  /** @param {Step} step */
  save(step) {
    const before = this.step;
    this.memory.choose("saver", step);
    this.stage.save(step);
    this.draw();
    this.unsuggest();
    this.announce("saver", this.words.texts[`saver_${step}`]);
    if ((before === "nothing") !== (step === "nothing")) this.deaf(step === "nothing");
  }

  /** A poor line: say what would help, once in a while, and take nobody's focus for it. @param {string|null} quality @param {boolean} screens whether a screen is shown or somebody signs */
  suggest(quality, screens) {
    const step = lower(this.step, screens);
    if (quality !== "poor") return this.unsuggest();
    if (!step || performance.now() - this.suggested < AGAIN) return;
    this.suggested = performance.now();
    const { texts } = this.words;
    this.show("line", texts.saver_helps, { label: fill(texts.saver_try, { step: texts[`saver_${step}`] }), act: () => this.save(step) });
    window.clearTimeout(this.fading);
    this.fading = window.setTimeout(() => this.unsuggest(), STANDS);
  }

  unsuggest() {
    window.clearTimeout(this.fading);
    this.show("line", null);
  }

  /** The focus goes where the choice is. */
  opened() {
    this.sheet.querySelector("#more-tools:not([hidden]) button:not([hidden]), input:checked")?.focus();
  }

  close() {
    if (this.sheet.matches(":popover-open")) this.sheet.hidePopover();
  }

  followFullScreen() {
    this.full.hidden = !document.fullscreenEnabled;
    this.full.addEventListener("click", () => this.toggleFull());
    document.addEventListener("fullscreenchange", () => this.drawFull());
    document.addEventListener("keydown", (event) => event.key === "Escape" && !this.sheet.matches(":popover-open") && document.fullscreenElement && this.toggleFull());
    for (const sign of ["pointermove", "pointerdown", "keydown"]) document.addEventListener(sign, () => this.stir(), { passive: true });
  }

  toggleFull() {
    this.close();
    // Refused (by a policy of the browser) is no harm: nothing has changed.
    if (document.fullscreenElement) document.exitFullscreen().catch(() => undefined);
    else this.room?.requestFullscreen().catch(() => undefined);
  }

  drawFull() {
    const on = document.fullscreenElement === this.room;
    const { texts } = this.words;
    this.full.replaceChildren(icon(this.words, on ? "minimize" : "maximize"), on ? texts.full_off : texts.full_on);
    this.room?.classList.toggle("full", on);
    // What the hosts announce stands in every room, and in front of every eye.
    if (on) this.room?.prepend(byId("announcements"));
    else this.room?.before(byId("announcements"));
    if (on) this.announce("full", texts.full_help);
    this.stir();
  }

  /** In full screen the bar goes out of sight while nothing moves; the focus or a movement brings it back. */
  stir() {
    if (!document.fullscreenElement) return;
    this.room?.classList.add("stirred");
    window.clearTimeout(this.stirring);
    this.stirring = window.setTimeout(() => this.room?.classList.remove("stirred"), STIRS);
  }
}
