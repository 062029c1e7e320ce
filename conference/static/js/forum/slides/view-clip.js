// The clip on the stage: everybody at the same moment, by the server's word; how loud it is, each decides.

import { playThrough } from "../chosen.js";
import { element, fill, say } from "../dom.js";

/** @typedef {import("./slides.js").Slides} Slides */
/** @typedef {import("./slides.js").Piece} Piece */
/** @typedef {import("./protocol.js").SlidesProtocol} SlidesProtocol */
/** @typedef {import("../dom.js").Words} Words */

const LOOK = 250; // ms between two looks at where the clip stands
const JUMP = 0.5; // seconds apart from the others: jump
const DRIFT = 0.1; // seconds apart from the others: a little faster or slower until it is made up for
const STEP = 0.05; // how much faster or slower
const TRIES = 5;

export class ClipView {
  /**
   * @param {Slides} slides @param {SlidesProtocol} protocol @param {Words} words
   * @param {(name: string) => any} part of the deck's element @param {(work: Promise<any>) => void} doing
   */
  constructor(slides, protocol, words, part, doing) {
    this.slides = slides;
    this.protocol = protocol;
    this.words = words;
    this.part = part;
    this.doing = doing;
    this.video = /** @type {HTMLVideoElement} */ (this.part("deck-clip"));
    this.seek = this.part("clip-seek");
    this.volume = this.part("clip-volume");
    this.shown = "";
    this.refused = false;
    this.tries = 0;
    this.timer = 0;
    this.dragging = false;
    this.part("clip-play").addEventListener("click", () => this.toggle());
    this.part("clip-mute").addEventListener("click", () => this.mute());
    this.part("clip-captions").addEventListener("click", () => this.caption(!this.captioned));
    this.part("clip-start").addEventListener("click", () => this.start());
    this.seek.addEventListener("input", () => {
      this.dragging = true;
      this.drawTime(Number(this.seek.value));
    });
    this.seek.addEventListener("change", () => this.jump(Number(this.seek.value)));
    this.volume.addEventListener("input", () => this.loud(Number(this.volume.value)));
    this.video.addEventListener("error", () => this.again());
    this.video.addEventListener("loadedmetadata", () => this.sync());
    this.video.addEventListener("playing", () => (this.tries = 0));
    document.addEventListener("visibilitychange", () => this.sync());
  }

  /** @returns {Piece|null} */
  get piece() {
    const { shown } = this.slides;
    return shown?.kind === "clip" ? shown : null;
  }

  get captioned() {
    return this.video.textTracks[0]?.mode === "showing";
  }

  /** Something is new: another clip, another moment. */
  draw() {
    const { piece } = this;
    this.part("clip-tools").hidden = !piece;
    this.video.hidden = !piece;
    if (this.shown !== (piece?.piece ?? "")) this.load(piece);
    if (!piece) return;
    const { texts } = this.words;
    const playing = this.slides.stage?.playing ?? false;
    for (const tool of [this.part("clip-play"), this.part("clip-seeking")]) tool.hidden = !this.slides.presents;
    this.part("clip-play").querySelectorAll("[data-when]").forEach((/** @type {HTMLElement} */ part) => (part.hidden = (part.dataset.when === "playing") !== playing));
    this.part("clip-captions").hidden = piece.captions === null;
    this.seek.max = String(piece.seconds ?? 0);
    this.video.setAttribute("aria-label", fill(texts.clip_of, { title: piece.title }));
    this.sync();
  }

  /** @param {Piece|null} piece */
  load(piece) {
    this.shown = piece?.piece ?? "";
    this.refused = false;
    this.tries = 0;
    this.video.replaceChildren();
    window.clearInterval(this.timer);
    this.timer = 0;
    if (!piece) {
      this.video.removeAttribute("src");
      this.video.load();
      this.note("");
      this.part("clip-start").hidden = true;
      return;
    }
    if (piece.captions !== null) {
      const language = piece.captions || document.documentElement.lang;
      const track = element("track", { kind: "captions", src: this.protocol.file(piece, "captions.vtt"), srclang: language, label: this.words.texts.captions });
      this.video.append(track);
    }
    this.video.preload = "auto";
    this.video.src = this.protocol.file(piece);
    void playThrough(this.video);
    this.caption(piece.captions !== null);
    this.timer = window.setInterval(() => this.sync(), LOOK);
  }

  /** Be where the others are. */
  sync() {
    const { piece, video } = this;
    if (!piece || this.shown !== piece.piece) return;
    const at = this.slides.moment();
    const playing = (this.slides.stage?.playing ?? false) && at < (piece.seconds ?? 0);
    if (!this.dragging) this.drawTime(at);
    if (video.readyState === 0) return;
    const apart = video.currentTime - at;
    if (!playing) {
      if (!video.paused) video.pause();
      if (Math.abs(apart) > STEP && !video.seeking) video.currentTime = at;
      this.part("clip-start").hidden = true;
      return;
    }
    if (Math.abs(apart) > JUMP && !video.seeking) video.currentTime = at;
    const rate = Math.abs(apart) > JUMP || Math.abs(apart) < DRIFT ? 1 : apart > 0 ? 1 - STEP : 1 + STEP;
    if (video.playbackRate !== rate) video.playbackRate = rate;
    if (video.paused && !this.refused && !video.ended) this.play();
    this.part("clip-start").hidden = !this.refused;
  }

  play() {
    this.video.play().then(
      () => (this.refused = false),
      (problem) => {
        // Interrupted by a seek or another clip is nothing; a browser that wants a click first gets a button for it.
        if (problem.name !== "NotAllowedError") return;
        this.refused = true;
        this.sync();
      },
    );
  }

  /** The click that the browser wanted. */
  start() {
    this.refused = false;
    this.sync();
    this.part("deck-frame").focus({ preventScroll: true });
  }

  toggle() {
    const { piece } = this;
    if (piece) this.doing(this.protocol.play(piece.piece, !(this.slides.stage?.playing ?? false)));
  }

  /** @param {number} at seconds */
  jump(at) {
    const { piece } = this;
    if (!piece) return;
    const asked = this.protocol.play(piece.piece, this.slides.stage?.playing ?? false, at);
    this.doing(asked.finally(() => (this.dragging = false)));
  }

  /** @param {number} volume 0 to 1 */
  loud(volume) {
    this.video.volume = volume;
    this.video.muted = volume === 0;
    this.drawLoud();
  }

  mute() {
    this.video.muted = !this.video.muted;
    if (!this.video.muted && this.video.volume === 0) this.video.volume = 0.5;
    this.drawLoud();
  }

  drawLoud() {
    const { muted, volume } = this.video;
    this.volume.value = String(muted ? 0 : volume);
    this.part("clip-mute").setAttribute("aria-pressed", String(muted));
    this.part("clip-mute").querySelectorAll("[data-when]").forEach((/** @type {HTMLElement} */ part) => (part.hidden = (part.dataset.when === "muted") !== muted));
  }

  /** @param {boolean} on */
  caption(on) {
    for (const track of this.video.textTracks) track.mode = on ? "showing" : "disabled";
    this.part("clip-captions").setAttribute("aria-pressed", String(on));
  }

  /** @param {number} at seconds */
  drawTime(at) {
    const seconds = this.piece?.seconds ?? 0;
    say(this.part("clip-time"), `${clock(at)} / ${clock(seconds)}`);
    if (!this.dragging) this.seek.value = String(at);
    this.seek.setAttribute("aria-valuetext", fill(this.words.texts.clip_at, { at: clock(at), length: clock(seconds) }));
  }

  /** The address is good for some minutes; the page's own gives a fresh one as long as one may watch. */
  again() {
    const { piece } = this;
    if (!piece || !this.video.getAttribute("src")) return;
    if (this.tries >= TRIES) return this.note(this.words.texts.clip_failed);
    this.tries += 1;
    const shown = this.shown;
    window.setTimeout(() => {
      if (this.shown === shown) this.video.src = `${this.protocol.file(piece)}?again=${this.tries}`;
    }, 500 * this.tries);
  }

  /** @param {string} text */
  note(text) {
    const note = this.part("deck-note");
    note.hidden = !text;
    say(note, text);
  }
}

/** @param {number} seconds */
function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
