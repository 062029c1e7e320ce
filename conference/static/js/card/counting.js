// @ts-check
/** Tells that the film was played, once for each time that the page is opened, and that it came to its end. Nothing about whom. */

const BEGUN = 3; // s of playing
const ENDS = 0.95; // of its length
const STEP = 2; // s: more at once is a jump, not playing

export class Counting {
  /**
   * @param {HTMLVideoElement} video
   * @param {string} address
   * @param {number} seconds
   */
  constructor(video, address, seconds) {
    this.video = video;
    this.address = address;
    this.seconds = seconds;
    this.played = 0;
    this.last = 0;
    /** @type {Set<string>} */
    this.told = new Set();
  }

  start() {
    this.video.addEventListener("timeupdate", () => this.moved());
    this.video.addEventListener("ended", () => this.moved());
  }

  moved() {
    const { currentTime, duration } = this.video;
    const length = Number.isFinite(duration) ? duration : this.seconds;
    const step = currentTime - this.last;
    this.last = currentTime;
    if (step > 0 && step < STEP) this.played += step;
    if (this.played >= Math.min(BEGUN, length * ENDS)) this.tell("play");
    if (this.told.has("play") && step > 0 && currentTime >= length * ENDS) this.tell("end");
  }

  /** @param {"play" | "end"} what */
  tell(what) {
    if (this.told.has(what)) return;
    this.told.add(what);
    const body = JSON.stringify({ what });
    // An initiative's numbers are worth no message to who watches.
    fetch(this.address, { method: "POST", headers: { "Content-Type": "application/json" }, body, keepalive: true }).catch(() => {});
  }
}
