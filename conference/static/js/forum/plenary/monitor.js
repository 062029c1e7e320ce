// From behind the stage one also sees and hears the stage: a second connection that only receives.

import { NativeMediaSession } from "../../media/session.js";

const SLOTS = { video: 6, audio: 3 };

export class Monitor {
  /** @param {string} whep @param {(shown: any) => void} take what a connection shows, or shows no more */
  constructor(whep, take) {
    this.whep = whep;
    this.take = take;
    /** @type {NativeMediaSession|null} */
    this.session = null;
    /** @type {RTCIceServer[]} */
    this.iceServers = [];
    /** @type {Map<string, MediaStreamTrack>} */
    this.sounds = new Map();
    this.aloud = true;
  }

  /** @param {string} seat */
  open(seat) {
    if (this.session) return;
    const address = `${this.whep}?seat=${seat}&stage=1`;
    const session = new NativeMediaSession({ whip: address, whep: address, iceServers: this.iceServers, slots: SLOTS });
    session.addEventListener("track", (event) => this.show(/** @type {CustomEvent} */ (event).detail));
    this.session = session;
    void session.listen();
  }

  async close() {
    const { session } = this;
    this.session = null;
    await session?.leave();
  }

  /** @param {{peer: string, source: string, track: MediaStreamTrack|null, state: any}} shown */
  show(shown) {
    const key = `${shown.source}/${shown.peer}`;
    if (shown.track?.kind === "audio") {
      shown.track.enabled = this.aloud;
      this.sounds.set(key, shown.track);
    } else if (!shown.track) this.sounds.delete(key);
    this.take(shown);
  }

  /** @param {boolean} aloud */
  hear(aloud) {
    this.aloud = aloud;
    for (const track of this.sounds.values()) track.enabled = aloud;
  }
}
