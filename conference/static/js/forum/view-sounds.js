// What is heard: one element per voice, and the button for browsers that want a click first.

import { playThrough } from "./chosen.js";
import { byId, toTool } from "./dom.js";

export class SoundsView {
  constructor() {
    /** @type {Map<string, HTMLAudioElement>} "source/seat" -> what plays it */
    this.playing = new Map();
    this.ask = byId("sound");
    this.ask.querySelector("button").addEventListener("click", () => {
      this.playAll();
      toTool(byId("tool-hand"));
    });
  }

  /** @param {string} key @param {MediaStreamTrack|null} track */
  hear(key, track) {
    const before = this.playing.get(key);
    if (track && before && /** @type {MediaStream} */ (before.srcObject).getTracks()[0] === track) return; // only its state is new
    if (!track) {
      if (before) before.srcObject = null;
      this.playing.delete(key);
      return;
    }
    const sound = before ?? new Audio();
    sound.autoplay = true;
    if (!before) void playThrough(sound);
    sound.srcObject = new MediaStream([track]);
    this.playing.set(key, sound);
    this.play(sound);
  }

  /** @param {HTMLAudioElement} sound */
  play(sound) {
    sound.play().then(
      () => (this.ask.hidden = true),
      (problem) => {
        // Replaced or ended meanwhile is nothing; a browser that wants a click first gets a button for it.
        if (problem.name === "NotAllowedError") this.ask.hidden = false;
      },
    );
  }

  playAll() {
    this.ask.hidden = true;
    for (const sound of this.playing.values()) this.play(sound);
  }

  silence() {
    for (const sound of this.playing.values()) sound.srcObject = null;
    this.playing.clear();
  }
}
