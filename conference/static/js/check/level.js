// How loud a microphone is, in words as well: a bar alone says nothing to those who do not see it.

const EVERY = 100; // ms
const SILENT_AFTER = 6000; // ms without any sound after which something seems wrong
const STARTS_WITHIN = 3000; // ms
const WORDS = /** @type {[number, string][]} */ ([[8, "level_none"], [35, "level_quiet"], [93, "level_good"], [101, "level_loud"]]);

/** @param {Float32Array} samples -1 to 1 @returns {number} 0 to 100, by ear: 60 dB below full scale is nothing */
export function loudness(samples) {
  const mean = samples.reduce((sum, each) => sum + each * each, 0) / samples.length;
  const decibels = 10 * Math.log10(mean + 1e-12);
  return Math.round(Math.max(0, Math.min(100, (decibels + 60) * (100 / 54))));
}

/** @param {number} level @returns {string} name of the text */
export function wordOf(level) {
  return (WORDS.find(([below]) => level < below) ?? WORDS[3])[1];
}

/** Measures a track until `stop`. Tells the level ten times a second, and once each "heard", "silent" or "unmeasured". */
export class Level {
  /**
   * @param {MediaStreamTrack} track @param {(level: number, word: string) => void} show
   * @param {(what: "heard"|"silent"|"unmeasured") => void} note
   */
  constructor(track, show, note) {
    this.context = new AudioContext();
    const analyser = this.context.createAnalyser();
    analyser.fftSize = 2048;
    this.context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const noted = new Set();
    const began = performance.now();
    let shown = 0;
    const once = (/** @type {"heard"|"silent"|"unmeasured"} */ what) => noted.has(what) || (noted.add(what), note(what));
    this.timer = window.setInterval(() => {
      if (this.context.state !== "running") {
        // Firefox on a computer without any output for sound: what cannot be measured is not silence.
        if (performance.now() - began > STARTS_WITHIN) once("unmeasured");
        return;
      }
      analyser.getFloatTimeDomainData(samples);
      const level = loudness(samples);
      shown = level > shown ? level : shown + (level - shown) * 0.3; // up at once, down slowly, so that words can be read
      const word = wordOf(shown);
      show(Math.round(shown), word);
      if (word === "level_good") once("heard");
      else if (!noted.size && performance.now() - began > SILENT_AFTER) once("silent");
    }, EVERY);
    void this.context.resume();
  }

  stop() {
    window.clearInterval(this.timer);
    void this.context.close();
  }
}
