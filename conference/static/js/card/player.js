// @ts-check
/**
 * The card's player: a control bar of our own over the native <video>, with captions on the same level as play (EN 301 549, 7.3).
 * Cues are drawn by the browser, so that the reader's own caption style holds (7.1.4). Without this module native controls stay.
 */

import { Counting } from "./counting.js";
import { remember, remembered, savesAtFirst } from "./saving.js";
import { Source } from "./source.js";

const STEP = 5; // s
const LOUDER = 0.1;

/** @param {number} seconds */
function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

class Player {
  /** @param {HTMLElement} frame */
  constructor(frame) {
    this.frame = frame;
    this.video = /** @type {HTMLVideoElement} */ (frame.querySelector("video"));
    this.bar = /** @type {HTMLElement} */ (frame.querySelector(".bar"));
    this.seek = /** @type {HTMLInputElement} */ (frame.querySelector("[data-seek]"));
    this.volume = /** @type {HTMLInputElement} */ (frame.querySelector("[data-volume]"));
    this.at = /** @type {HTMLElement} */ (frame.querySelector("[data-at]"));
    this.note = /** @type {HTMLElement} */ (frame.querySelector(".player-note"));
    this.failure = /** @type {HTMLElement} */ (frame.querySelector(".player-failure"));
    this.language = /** @type {HTMLSelectElement | null} */ (frame.querySelector("[data-language]"));
    this.speed = /** @type {HTMLSelectElement} */ (frame.querySelector("[data-speed]"));
    this.keep = /** @type {HTMLInputElement | null} */ (frame.querySelector("[data-keep]"));
    this.known = Number(frame.dataset.seconds);
    this.captions = false;
    this.source = new Source(this.video, frame.dataset.small, {
      again: () => this.say("note", frame.dataset.again),
      back: () => this.say(null),
      failed: () => this.say("failure", frame.dataset.failed),
      loaded: () => this.showCaptions(this.captions),
      changed: () => this.draw(),
    });
  }

  start() {
    this.video.controls = false;
    this.video.tabIndex = -1; // a click into the picture gives its keys to the player
    this.bar.hidden = false;
    this.video.addEventListener("click", () => this.toggle());
    this.bar.addEventListener("click", (event) => this.click(event));
    this.frame.addEventListener("keydown", (event) => this.key(event));
    this.seek.addEventListener("input", () => this.jump(Number(this.seek.value)));
    this.volume.addEventListener("input", () => this.louder(Number(this.volume.value) - this.video.volume));
    this.speed.addEventListener("change", () => this.source.speed(Number(this.speed.value)));
    this.language?.addEventListener("change", () => this.showCaptions(true));
    for (const name of ["play", "pause", "ended", "volumechange", "enterpictureinpicture", "leavepictureinpicture"]) {
      this.video.addEventListener(name, () => this.draw());
    }
    for (const name of ["timeupdate", "seeking", "durationchange"]) this.video.addEventListener(name, () => this.drawTime());
    this.video.addEventListener("playing", () => this.say(null));
    document.addEventListener("fullscreenchange", () => this.draw());
    this.source.start();
    if (this.frame.dataset.plays) new Counting(this.video, this.frame.dataset.plays, this.known).start();
    this.offer();
    this.draw();
    this.drawTime();
  }

  /** What not every browser can, and what this one wants to save. */
  offer() {
    const window = this.part("window");
    if (window && document.pictureInPictureEnabled && "requestPictureInPicture" in this.video) window.hidden = false;
    if (!this.frame.dataset.small) return;
    this.keep?.addEventListener("change", () => remember(this.keep?.checked ? this.source.small : null));
    if (this.keep) this.keep.checked = remembered() !== null;
    this.showKeeping(remembered() !== null);
    this.source.choose(savesAtFirst());
  }

  get length() {
    return Number.isFinite(this.video.duration) ? this.video.duration : this.known;
  }

  /** @param {string} what */
  part(what) {
    return /** @type {HTMLElement | null} */ (this.bar.querySelector(`[data-do="${what}"]`));
  }

  /** @param {MouseEvent} event */
  click(event) {
    const button = /** @type {HTMLElement} */ (event.target).closest("[data-do]");
    if (button instanceof HTMLElement) this.act(button.dataset.do ?? "");
  }

  /** @param {string} what */
  act(what) {
    if (what === "play") this.toggle();
    if (what === "captions" && this.part("captions")) this.showCaptions(!this.captions);
    if (what === "mute") this.video.muted = !this.video.muted;
    if (what === "save") this.save();
    if (what === "window") this.float();
    if (what === "full") this.full();
  }

  /**
   * Keys work while the focus is inside the player only (WCAG 2.1.4); buttons and lists keep their own, and so does the volume.
   * @param {KeyboardEvent} event
   */
  key(event) {
    const { target } = event;
    if (event.ctrlKey || event.altKey || event.metaKey || target instanceof HTMLSelectElement) return;
    if (event.key === " " && (target instanceof HTMLButtonElement || target === this.keep)) return;
    const name = { " ": "play", k: "play", c: "captions", m: "mute", f: "full" }[event.key.toLowerCase()];
    if (name !== undefined) this.act(name);
    else if (!this.arrow(event.key, target)) return;
    event.preventDefault();
  }

  /**
   * Left and right move in the film. Up and down make it louder where they have nothing to scroll; on the slider of the film
   * they move as on any slider. Whether the key was ours.
   * @param {string} key
   * @param {EventTarget | null} target
   */
  arrow(key, target) {
    if (target === this.volume) return false;
    const vertical = { ArrowUp: 1, ArrowDown: -1 }[key];
    if (vertical !== undefined && target !== this.seek) {
      if (target !== this.video && !document.fullscreenElement) return false;
      this.louder(vertical * LOUDER);
      return true;
    }
    const step = vertical ?? { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (step !== undefined) this.jump((this.source.resume ?? this.video.currentTime) + step * STEP);
    return step !== undefined;
  }

  toggle() {
    if (this.source.wanted && !this.video.ended) this.source.pause();
    else this.source.play();
    this.draw();
  }

  /** @param {number} seconds */
  jump(seconds) {
    const at = Math.min(Math.max(seconds, 0), this.length);
    this.source.jump(at);
    this.drawTime(at);
  }

  /** @param {number} by */
  louder(by) {
    this.video.volume = Math.min(Math.max(this.video.volume + by, 0), 1);
    this.video.muted = false;
  }

  /** @param {boolean} on */
  showCaptions(on) {
    this.captions = on;
    const chosen = this.language?.value;
    for (const [index, track] of [...this.video.textTracks].entries()) {
      const mine = chosen === undefined ? index === 0 : track.language === chosen;
      track.mode = on && mine ? "showing" : "disabled";
    }
    this.draw();
  }

  save() {
    this.source.choose(!this.source.small);
    if (this.keep?.checked) remember(this.source.small);
    this.showKeeping(true);
    this.draw();
  }

  /** @param {boolean} shown */
  showKeeping(shown) {
    const line = this.keep?.closest("p");
    if (line) line.hidden = !shown;
  }

  float() {
    const change = document.pictureInPictureElement ? document.exitPictureInPicture() : this.video.requestPictureInPicture();
    change.catch(() => this.source.play()); // there is no picture before the film was begun
  }

  full() {
    const video = /** @type {HTMLVideoElement & {webkitEnterFullscreen?: () => void}} */ (this.video);
    if (document.fullscreenElement) void document.exitFullscreen();
    else if (this.frame.requestFullscreen) this.frame.requestFullscreen().catch(() => this.draw());
    else video.webkitEnterFullscreen?.();
  }

  /**
   * @param {"note" | "failure" | null} where
   * @param {string} [words]
   */
  say(where, words = "") {
    for (const part of [this.note, this.failure]) {
      const shown = part === (where && this[where]);
      part.textContent = shown ? words : "";
      part.hidden = !shown;
    }
    this.draw();
  }

  draw() {
    const { video } = this;
    const full = document.fullscreenElement === this.frame;
    const silent = video.muted || video.volume === 0;
    this.when("playing", "paused", this.source.wanted && !video.ended);
    this.when("muted", "loud", silent);
    this.when("full", "small", full);
    this.press("captions", this.captions);
    this.press("mute", silent);
    this.press("full", full);
    this.press("save", this.source.small);
    this.press("window", document.pictureInPictureElement === video);
    this.volume.value = String(silent ? 0 : video.volume);
  }

  /** @param {number} [at] */
  drawTime(at = this.source.resume ?? this.video.currentTime) {
    this.at.textContent = clock(at);
    this.seek.max = String(this.length);
    this.seek.value = String(at);
    const words = this.frame.dataset.position ?? "{at}";
    this.seek.setAttribute("aria-valuetext", words.replace("{at}", clock(at)).replace("{length}", clock(this.length)));
  }

  /**
   * @param {string} on
   * @param {string} off
   * @param {boolean} is
   */
  when(on, off, is) {
    for (const part of this.bar.querySelectorAll("[data-when]")) {
      if (!(part instanceof HTMLElement)) continue;
      if (part.dataset.when === on) part.hidden = !is;
      if (part.dataset.when === off) part.hidden = is;
    }
  }

  /**
   * @param {string} what
   * @param {boolean} is
   */
  press(what, is) {
    this.part(what)?.setAttribute("aria-pressed", String(is));
  }
}

for (const frame of document.querySelectorAll("[data-player]")) {
  if (frame instanceof HTMLElement) new Player(frame).start();
}
