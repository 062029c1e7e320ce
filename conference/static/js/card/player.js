// @ts-check
/**
 * The card's player: a control bar of our own over the native <video>, with captions on the same level as play (EN 301 549, 7.3).
 * Cues are drawn by the browser, so that the reader's own caption style holds (7.1.4). Without this module native controls stay.
 */

const STEP = 5;
const TRIES = 3;

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
    this.at = /** @type {HTMLElement} */ (frame.querySelector("[data-at]"));
    this.note = /** @type {HTMLElement} */ (frame.querySelector(".player-note"));
    this.language = /** @type {HTMLSelectElement | null} */ (frame.querySelector("[data-language]"));
    this.speed = /** @type {HTMLSelectElement} */ (frame.querySelector("[data-speed]"));
    this.known = Number(frame.dataset.seconds);
    this.captions = false;
    this.tries = 0;
    /** Where playing goes on once the film is there again. @type {{at: number, playing: boolean} | null} */
    this.resume = null;
    this.wanted = false;
  }

  start() {
    this.video.controls = false;
    this.bar.hidden = false;
    this.video.addEventListener("click", () => this.toggle());
    this.bar.addEventListener("click", (event) => this.click(event));
    this.frame.addEventListener("keydown", (event) => this.key(event));
    this.seek.addEventListener("input", () => this.jump(Number(this.seek.value)));
    this.speed.addEventListener("change", () => { this.video.playbackRate = Number(this.speed.value); });
    this.language?.addEventListener("change", () => this.showCaptions(true));
    for (const name of ["play", "pause", "ended", "volumechange"]) this.video.addEventListener(name, () => this.draw());
    for (const name of ["timeupdate", "seeking", "durationchange"]) this.video.addEventListener(name, () => this.drawTime());
    this.video.addEventListener("playing", () => { this.note.hidden = true; });
    this.video.addEventListener("loadedmetadata", () => this.loaded());
    // An error of a <source> does not bubble, one of the <video> comes when it had played already: listen to both.
    for (const part of [this.video, ...this.video.querySelectorAll("source")]) part.addEventListener("error", () => this.again());
    document.addEventListener("fullscreenchange", () => this.draw());
    this.draw();
    this.drawTime();
  }

  get length() {
    return Number.isFinite(this.video.duration) ? this.video.duration : this.known;
  }

  /** @param {MouseEvent} event */
  click(event) {
    const button = /** @type {HTMLElement} */ (event.target).closest("[data-do]");
    if (button instanceof HTMLElement) this.act(button.dataset.do ?? "");
  }

  /** @param {string} what */
  act(what) {
    if (what === "play") this.toggle();
    if (what === "captions") this.showCaptions(!this.captions);
    if (what === "mute") this.video.muted = !this.video.muted;
    if (what === "full") this.full();
  }

  /**
   * Keys work while the focus is inside the player only (WCAG 2.1.4); buttons, slider and lists keep their own.
   * @param {KeyboardEvent} event
   */
  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target instanceof HTMLSelectElement) return;
    const name = { k: "play", c: "captions", m: "mute", f: "full" }[event.key.toLowerCase()];
    const step = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (name !== undefined) this.act(name);
    else if (step !== undefined && event.target !== this.seek) this.jump(this.video.currentTime + step);
    else return;
    event.preventDefault();
  }

  toggle() {
    this.wanted = this.video.paused;
    if (this.video.paused) this.play();
    else this.video.pause();
  }

  play() {
    // Refused or interrupted: the button shows what is; an error event says more.
    this.video.play().catch(() => this.draw());
  }

  /** @param {number} seconds */
  jump(seconds) {
    const at = Math.min(Math.max(seconds, 0), this.length);
    if (this.video.readyState === 0) {
      this.resume = { at, playing: this.wanted };
      this.video.preload = "metadata";
      if (this.video.networkState !== HTMLMediaElement.NETWORK_LOADING) this.video.load();
    } else this.video.currentTime = at;
    this.drawTime(at);
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

  full() {
    const video = /** @type {HTMLVideoElement & {webkitEnterFullscreen?: () => void}} */ (this.video);
    if (document.fullscreenElement) void document.exitFullscreen();
    else if (this.frame.requestFullscreen) this.frame.requestFullscreen().catch(() => this.draw());
    else video.webkitEnterFullscreen?.();
  }

  /** The film's address is good for some minutes only; the page's own address gives a fresh one as long as one may watch. */
  again() {
    if (this.tries >= TRIES) {
      this.note.textContent = this.frame.dataset.failed ?? "";
      this.note.hidden = false;
      this.draw();
      return;
    }
    this.tries += 1;
    this.resume ??= { at: this.video.currentTime, playing: this.wanted };
    const source = this.video.querySelector("source");
    if (!source) return;
    const address = new URL(source.src);
    address.searchParams.set("again", String(Date.now()));
    source.src = address.href;
    setTimeout(() => {
      this.video.load();
      if (this.resume?.playing) this.play();
    }, 300 * (this.tries - 1));
  }

  loaded() {
    this.video.playbackRate = Number(this.speed.value);
    if (!this.resume) return;
    const { at, playing } = this.resume;
    this.resume = null;
    this.video.currentTime = at;
    if (playing) this.play();
  }

  draw() {
    const { video } = this;
    this.when("playing", "paused", !video.paused && !video.ended);
    this.when("muted", "loud", video.muted);
    this.when("full", "small", document.fullscreenElement === this.frame);
    this.press("captions", this.captions);
    this.press("mute", video.muted);
    this.press("full", document.fullscreenElement === this.frame);
    if (video.ended) this.wanted = false;
  }

  /** @param {number} [at] */
  drawTime(at = this.resume?.at ?? this.video.currentTime) {
    if (at > 0 && !this.video.paused && !this.resume) this.tries = 0;
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
    this.bar.querySelector(`[data-do="${what}"]`)?.setAttribute("aria-pressed", String(is));
  }
}

for (const frame of document.querySelectorAll("[data-player]")) {
  if (frame instanceof HTMLElement) new Player(frame).start();
}
