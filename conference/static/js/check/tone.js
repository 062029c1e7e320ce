// A short test tone through the chosen loudspeaker.

import { playThrough } from "../forum/chosen.js";

const NOTES = [523.25, 659.25, 783.99]; // Hz: C, E, G
const LONG = 0.55; // s each
const BEGINS_WITHIN = 3000; // ms

export function canChooseSpeaker() {
  return typeof HTMLMediaElement.prototype.setSinkId === "function";
}

/** Resolves when it is over; rejects when it cannot begin. @param {string} [speaker] id of the output; none: the system's own one */
export async function playTone(speaker) {
  const context = new AudioContext();
  const out = context.createMediaStreamDestination();
  const sound = new Audio();
  sound.srcObject = out.stream;
  try {
    await playThrough(sound, speaker ?? "");
    await Promise.race([Promise.all([context.resume(), sound.play()]), tooLate()]);
    const start = context.currentTime + 0.1;
    NOTES.forEach((note, index) => ring(context, out, note, start + index * LONG));
    await new Promise((done) => window.setTimeout(done, (NOTES.length * LONG + 0.6) * 1000));
  } finally {
    sound.srcObject = null;
    void context.close();
  }
}

/** A computer without any output never begins. @returns {Promise<never>} */
function tooLate() {
  return new Promise((_, reject) => window.setTimeout(() => reject(new Error("no output for sound")), BEGINS_WITHIN));
}

/** @param {AudioContext} context @param {AudioNode} out @param {number} note Hz @param {number} at s */
function ring(context, out, note, at) {
  const gain = new GainNode(context, { gain: 0 });
  const tone = new OscillatorNode(context, { frequency: note });
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(0.25, at + 0.03);
  gain.gain.linearRampToValueAtTime(0, at + LONG);
  tone.connect(gain).connect(out);
  tone.start(at);
  tone.stop(at + LONG);
}
