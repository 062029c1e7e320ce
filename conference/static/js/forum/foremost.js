// Who is large while people talk: whoever speaks, but not every cough. Told seats and times; asks no clock, touches no page.

export const STAYS = 1500; // ms that somebody stays large at least

export class Foremost {
  constructor() {
    /** @type {string|null} */
    this.seat = null;
    this.since = -Infinity;
  }

  /**
   * Take in who speaks, loudest first. Who speaks on stays; in silence the last one does.
   * @param {string[]} speakers @param {number} now ms @returns {number|null} ms until it should be asked again
   */
  take(speakers, now) {
    if (speakers.length === 0 || (this.seat && speakers.includes(this.seat))) return null;
    const left = this.since + STAYS - now;
    if (this.seat && left > 0) return left;
    this.seat = speakers[0];
    this.since = now;
    return null;
  }

  /** @param {string} seat */
  gone(seat) {
    if (this.seat !== seat) return;
    this.seat = null;
    this.since = -Infinity;
  }
}
