// The light for whoever speaks to a slide: green, amber in the last half minute, red when the time is over. Counts on from what
// the server said, whatever the clock of this device shows; says its turns, for whoever sees no colours.

const LOOK = 250; // ms between two looks
const AMBER = 30; // seconds before the end

/** @param {number} left seconds @returns {"green"|"amber"|"red"} */
export function phaseOf(left) {
  return left <= 0 ? "red" : left <= AMBER ? "amber" : "green";
}

/** Minutes and seconds, rounded so that a full span is seen at the beginning and 0:00 at the end. @param {number} left seconds */
export function clock(left) {
  const whole = left > 0 ? Math.ceil(left) : Math.floor(-left);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export class Light {
  /** @param {HTMLElement} lamp @param {HTMLElement} text @param {Record<string, string>} texts @param {(text: string) => void} say */
  constructor(lamp, text, texts, say) {
    this.lamp = lamp;
    this.text = text;
    this.texts = texts;
    this.say = say;
    /** @type {{since: string, seconds: number}|null} */
    this.light = null;
    this.ends = 0; // by performance.now()
    this.phase = "";
    this.timer = 0;
  }

  /** @param {{light: {since: string, seconds: number}|null, now: string}} told */
  take({ light, now }) {
    const anew = light?.since !== this.light?.since;
    this.light = light;
    window.clearInterval(this.timer);
    this.lamp.hidden = !light;
    if (!light) {
      this.phase = "";
      return;
    }
    const gone = Date.parse(now) - Date.parse(light.since);
    this.ends = performance.now() + light.seconds * 1000 - gone;
    if (anew) this.phase = "";
    this.draw();
    this.timer = window.setInterval(() => this.draw(), LOOK);
  }

  draw() {
    const left = (this.ends - performance.now()) / 1000;
    const phase = phaseOf(left);
    const said = (phase === "red" ? this.texts.over : this.texts.left).replace("{time}", clock(left));
    if (this.text.textContent !== said) this.text.textContent = said;
    if (phase === this.phase) return;
    const before = this.phase;
    this.phase = this.lamp.dataset.phase = phase;
    if (phase === "green") this.say(this.texts.lit.replace("{minutes}", String(Math.round((this.light?.seconds ?? 0) / 60))));
    else if (before) this.say(phase === "amber" ? this.texts.amber.replace("{n}", String(AMBER)) : this.texts.red);
  }
}
