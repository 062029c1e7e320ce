// @ts-check
/**
 * Which of a film's files plays, and how playing goes on when that file's address has grown old: the page's own address, which
 * stands in the document, leads to a fresh one for as long as one may watch. Position, speed and what one wanted are kept.
 */

const PAUSES = [0, 1000, 3000]; // ms before each new attempt
const STUCK = 12_000; // ms without any data, while somebody wants to watch: the line may be gone without an error
const SETTLED = 5; // s: whoever got this far is not in the same trouble any more

/** @typedef {{again: () => void, back: () => void, failed: () => void, loaded: () => void, changed: () => void}} Told */

export class Source {
  /**
   * @param {HTMLVideoElement} video
   * @param {string | undefined} small the address of the rendition that saves data, where there is one
   * @param {Told} told
   */
  constructor(video, small, told) {
    this.video = video;
    this.told = told;
    this.element = /** @type {HTMLSourceElement} */ (video.querySelector("source"));
    this.addresses = { large: this.element.src, small: small ? new URL(small, document.baseURI).href : null };
    this.small = false;
    /** Whether the film is to play, whatever the element does at the moment. */
    this.wanted = false;
    /** Where playing goes on once the film is there (again). @type {number | null} */
    this.resume = null;
    this.at = 0;
    this.from = 0;
    this.tries = 0;
    this.failed = false;
    this.rate = 1;
    /** @type {number | undefined} */
    this.waiting = undefined;
    /** @type {number | undefined} */
    this.stuck = undefined;
  }

  start() {
    const { video } = this;
    // An error of a <source> does not bubble, one of the <video> comes when it had played already: listen to both.
    for (const part of [video, this.element]) part.addEventListener("error", () => this.again());
    video.addEventListener("loadedmetadata", () => this.loaded());
    video.addEventListener("timeupdate", () => this.moved());
    video.addEventListener("play", () => { this.wanted = true; });
    video.addEventListener("pause", () => { if (!this.lost) this.wanted = false; });
    video.addEventListener("ended", () => { this.wanted = false; });
    video.addEventListener("waiting", () => this.watch());
    for (const name of ["progress", "playing", "pause", "ended"]) video.addEventListener(name, () => this.watch(name !== "progress"));
  }

  /** Whether the file is being fetched anew, so that what the element says is not what anybody wants. */
  get lost() {
    return this.waiting !== undefined || (this.resume !== null && this.tries > 0);
  }

  play() {
    this.wanted = true;
    if (this.failed) {
      this.failed = false;
      this.tries = 0;
      this.again();
    } else this.begin();
  }

  pause() {
    this.wanted = false;
    this.video.pause();
    this.told.changed();
  }

  /** @param {number} at */
  jump(at) {
    this.from = at;
    if (this.video.readyState > 0) {
      this.video.currentTime = at;
      return;
    }
    this.resume = at;
    this.video.preload = "metadata";
    if (this.video.networkState !== HTMLMediaElement.NETWORK_LOADING) this.video.load();
  }

  /** The rendition that saves data, or the large one; playing goes on where it was. @param {boolean} small */
  choose(small) {
    const address = small ? this.addresses.small : this.addresses.large;
    if (small === this.small || !address) return;
    this.small = small;
    this.fetch(address);
  }

  /** @param {number} rate */
  speed(rate) {
    this.rate = rate;
    this.video.playbackRate = rate;
  }

  again() {
    if (this.waiting !== undefined) return;
    if (this.tries >= PAUSES.length) {
      this.failed = true;
      this.wanted = false;
      this.told.failed();
      return;
    }
    this.waiting = window.setTimeout(() => this.renew(), PAUSES[this.tries]);
    this.tries += 1;
    this.told.again();
  }

  renew() {
    this.waiting = undefined;
    const address = new URL((this.small && this.addresses.small) || this.addresses.large);
    address.searchParams.set("again", String(Date.now()));
    this.fetch(address.href);
  }

  /** @param {string} address */
  fetch(address) {
    const at = this.resume ?? (this.video.currentTime || this.at);
    this.resume = at > 0 || this.tries > 0 ? at : null;
    this.from = at;
    if (this.resume !== null) this.video.preload = "metadata";
    this.element.src = address;
    this.video.load();
    if (this.wanted) this.begin();
  }

  begin() {
    this.video.play().catch((error) => {
      // Interrupted by a new file, which plays on; or the file is not there, and an error event says so; or the browser refuses.
      if (error.name === "NotAllowedError") this.wanted = false;
      this.told.changed();
    });
  }

  loaded() {
    this.video.playbackRate = this.rate;
    const at = this.resume;
    if (at !== null) this.video.currentTime = at;
    this.resume = null;
    this.told.loaded();
    if (at !== null && this.wanted) this.begin();
  }

  moved() {
    if (this.resume !== null || this.video.readyState === 0) return;
    this.at = this.video.currentTime;
    if (this.video.paused || this.tries === 0) return;
    this.told.back();
    if (this.at > this.from + SETTLED) this.tries = 0;
  }

  /** @param {boolean} [over] nothing is waited for any more */
  watch(over = false) {
    const waits = this.stuck !== undefined;
    clearTimeout(this.stuck);
    this.stuck = undefined;
    if (over || !this.wanted || (!waits && this.video.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA)) return;
    this.stuck = window.setTimeout(() => {
      this.stuck = undefined;
      if (this.wanted && !this.lost) this.again();
    }, STUCK);
  }
}
