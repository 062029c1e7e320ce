// Hears the room: voices only. A browser that wants a click first gets one.

import { byId, say } from "../forum/dom.js";
import { playThrough } from "../forum/chosen.js";
import { NativeMediaSession } from "../media/session.js";

const VOICES = 3;

export class Hearing {
  /** @param {any} data */
  constructor(data) {
    this.data = data;
    this.texts = data.texts;
    this.button = byId("sound");
    /** @type {NativeMediaSession|null} */
    this.media = null;
    /** @type {Map<string, HTMLAudioElement>} */
    this.sounds = new Map();
    this.on = true;
    this.blocked = false;
    this.button.addEventListener("click", () => this.toggle());
  }

  /** @param {string} seat @param {RTCIceServer[]} iceServers */
  enter(seat, iceServers) {
    if (this.media) return this.media.lean(iceServers);
    const media = new NativeMediaSession({ whip: "", whep: `${this.data.whep}?seat=${seat}`, iceServers, slots: { video: 0, audio: VOICES } });
    this.media = media;
    media.addEventListener("track", (event) => this.take(/** @type {CustomEvent} */ (event).detail));
    media.addEventListener("state", (event) => this.state(/** @type {CustomEvent} */ (event).detail.state));
    void media.listen();
    this.draw();
  }

  /** @param {{connection: string, slots: {mid: string, seat: string|null, source: any, state?: any}[]}} told */
  slots({ connection, slots }) {
    this.media?.assign(connection, slots.map(({ mid, seat, source, state }) => ({ mid, peer: seat, source, state: state ?? "live" })));
  }

  /** @param {string|null} connection */
  rejoin(connection) {
    if (!connection || this.media?.receiving.connection === connection) void this.media?.rejoin();
  }

  /** @param {{peer: string, source: string, track: MediaStreamTrack|null}} told */
  take({ peer, source, track }) {
    const name = `${source}/${peer}`;
    const before = this.sounds.get(name);
    if (!track) {
      if (before) before.srcObject = null;
      this.sounds.delete(name);
      return;
    }
    const sound = before ?? new Audio();
    sound.autoplay = true;
    sound.muted = !this.on;
    if (!before) void playThrough(sound);
    sound.srcObject = new MediaStream([track]);
    this.sounds.set(name, sound);
    this.play(sound);
  }

  /** @param {HTMLAudioElement} sound */
  play(sound) {
    sound.play().then(
      () => this.hear(true),
      (problem) => problem.name === "NotAllowedError" && this.hear(false),
    );
  }

  /** @param {boolean} heard */
  hear(heard) {
    this.blocked = !heard;
    this.draw();
  }

  toggle() {
    if (this.blocked) this.on = true;
    else this.on = !this.on;
    for (const sound of this.sounds.values()) {
      sound.muted = !this.on;
      if (this.on) this.play(sound);
    }
    this.draw();
  }

  draw() {
    const heard = this.on && !this.blocked;
    this.button.setAttribute("aria-pressed", String(heard));
    say(this.button.querySelector("span"), heard ? this.texts.sound_on : this.texts.sound_off);
  }

  /** @param {string} state */
  state(state) {
    say(byId("line-state"), state === "reconnecting" || state === "failed" ? this.texts.sound_lost : "");
  }

  async leave() {
    for (const sound of this.sounds.values()) sound.srcObject = null;
    this.sounds.clear();
    await this.media?.leave();
  }
}
