// @ts-check
/**
 * Recording a card in the browser, as a plain extra: picture, start, end, send. Nothing leaves the device before that.
 * @module
 */

const KINDS = ["video/mp4;codecs=avc1,mp4a.40.2", "video/mp4", "video/webm;codecs=vp9,opus", "video/webm"];

/** Whether this browser can record. */
export function canRecord() {
  return Boolean(navigator.mediaDevices) && "MediaRecorder" in window;
}

/** @param {number} seconds */
function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}

export class Recorder {
  /** @param {HTMLDetailsElement} frame @param {Record<string, string>} texts @param {(file: File) => void} chosen */
  constructor(frame, texts, chosen) {
    this.frame = frame;
    this.texts = texts;
    this.chosen = chosen;
    this.most = Number(frame.dataset.most);
    this.picture = /** @type {HTMLVideoElement} */ (frame.querySelector("video"));
    this.note = /** @type {HTMLElement} */ (frame.querySelector("#record-note"));
    this.clock = /** @type {HTMLElement} */ (frame.querySelector("#record-clock"));
    /** @type {MediaRecorder | null} */
    this.recorder = null;
    /** @type {MediaStream | null} */
    this.stream = null;
    /** @type {Blob[]} */
    this.pieces = [];
    this.timer = 0;
    for (const name of ["start", "stop", "send"]) this.button(name).addEventListener("click", () => this.press(name));
    frame.addEventListener("toggle", () => { if (!frame.open) this.close(); });
  }

  /** Whether there is a recording that would be lost with this part of the page. */
  get holds() {
    return this.frame.open && (this.recorder?.state === "recording" || this.recorded !== undefined);
  }

  /** @param {string} name @returns {HTMLButtonElement} */
  button(name) {
    return /** @type {HTMLButtonElement} */ (this.frame.querySelector(`[data-record="${name}"]`));
  }

  /** @param {string} name */
  press(name) {
    if (name === "start") this.start();
    else if (name === "stop") this.recorder?.stop();
    else this.send();
  }

  async start() {
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({
        video: { width: { ideal: 1920 }, height: { ideal: 1080 } }, audio: { echoCancellation: false },
      });
    } catch {
      this.note.textContent = this.texts.camera;
      return;
    }
    this.picture.hidden = false;
    this.picture.removeAttribute("src");
    this.picture.controls = false;
    this.picture.muted = true;
    this.picture.srcObject = this.stream;
    this.picture.play();
    this.pieces = [];
    const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    this.recorder = new MediaRecorder(this.stream, { mimeType, videoBitsPerSecond: 6_000_000 });
    this.recorder.addEventListener("dataavailable", (event) => this.pieces.push(event.data));
    this.recorder.addEventListener("stop", () => this.ended());
    this.recorder.start(1000);
    this.begun = performance.now();
    this.timer = window.setInterval(() => this.tick(), 250);
    this.show(true, false);
    this.note.textContent = this.texts.recording;
    this.button("stop").focus();
  }

  tick() {
    const seconds = (performance.now() - (this.begun ?? 0)) / 1000;
    this.clock.textContent = `${clock(seconds)} / ${clock(this.most)}`;
    if (seconds >= this.most - 1) this.recorder?.stop(); // the last piece takes a moment
  }

  ended() {
    this.release();
    this.recorded = new Blob(this.pieces, { type: this.recorder?.mimeType || "video/webm" });
    this.picture.srcObject = null;
    this.picture.src = URL.createObjectURL(this.recorded);
    this.picture.muted = false;
    this.picture.controls = true;
    this.show(false, true);
    this.note.textContent = this.texts.recorded;
    this.button("send").focus();
  }

  /** @param {boolean} running @param {boolean} there */
  show(running, there) {
    this.button("start").hidden = running;
    this.button("stop").hidden = !running;
    this.button("send").hidden = !there;
  }

  send() {
    if (!this.recorded) return;
    const ending = this.recorded.type.includes("mp4") ? "mp4" : "webm";
    const kind = this.recorded.type.split(";")[0];
    this.frame.open = false;
    this.chosen(new File([this.recorded], `${this.texts.recording_name}.${ending}`, { type: kind, lastModified: Date.now() }));
  }

  close() {
    if (this.recorder?.state === "recording") this.recorder.stop();
    this.release();
  }

  release() {
    clearInterval(this.timer);
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
  }
}
