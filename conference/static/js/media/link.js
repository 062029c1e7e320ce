// One direction of the media: a peer connection, its offer by POST, its end by DELETE, and its return after a failure.

/** @typedef {"connecting"|"connected"|"reconnecting"|"failed"|"closed"} LinkState */

/**
 * @typedef {object} LinkOptions
 * @property {string} address where offers are POSTed (WHIP or WHEP)
 * @property {RTCIceServer[]} iceServers
 * @property {(pc: RTCPeerConnection) => void|Promise<void>} prepare adds the transceivers to a fresh connection
 * @property {(link: Link) => void} [ready] the answer is set; `link.connection` is known
 * @property {(state: LinkState, status: number) => void} state told on every change; status: of the last HTTP answer
 */

const GRACE = 4000; // ms that a "disconnected" connection gets to find itself again
const CONNECT = 10000; // ms from offer to connected
const STEPS = [300, 700, 1500, 3000, 6000]; // ms before the next try, each with up to half of it added at random
const FINAL = new Set([400, 401, 403, 404, 405, 406, 410, 413, 415, 422]); // trying again would not help

export class Link {
  /** @param {LinkOptions} options */
  constructor(options) {
    this.options = options;
    /** @type {RTCPeerConnection|null} */
    this.pc = null;
    /** The node's name of this connection: the last part of Location. @type {string|null} */
    this.connection = null;
    /** @type {LinkState} */
    this.state = "closed";
    /** HTTP status of the last answer, 0 for none. */
    this.status = 0;
    /** @type {string|null} */
    this.location = null;
    this.round = 0;
    this.tries = 0;
    this.timer = 0;
  }

  /** Offer. Resolves when the answer is set or further tries are scheduled; never rejects. */
  async open() {
    this.stopTimer();
    const round = ++this.round;
    this.drop();
    this.become(this.state === "closed" || this.state === "failed" ? "connecting" : "reconnecting");
    const pc = new RTCPeerConnection({ iceServers: this.options.iceServers, bundlePolicy: "max-bundle" });
    this.pc = pc;
    try {
      await this.options.prepare(pc);
      await pc.setLocalDescription(await pc.createOffer());
      const sdp = pc.localDescription?.sdp ?? "";
      const answer = await this.post(sdp);
      if (round !== this.round) {
        // Somebody left or began again meanwhile: the answered connection is nobody's.
        if (answer) void erase(answer.location);
        return;
      }
      if (!answer) return this.later(round);
      this.location = answer.location;
      this.connection = new URL(answer.location, location.href).pathname.split("/").filter(Boolean).pop() ?? null;
      pc.onconnectionstatechange = () => this.changed(round, pc);
      await pc.setRemoteDescription({ type: "answer", sdp: answer.sdp });
      this.watch(round, pc);
      this.timer = window.setTimeout(() => this.again(round), CONNECT);
      this.options.ready?.(this);
    } catch (problem) {
      console.warn("media offer failed", problem);
      if (round === this.round) this.later(round);
    }
  }

  /** Begin again at once (the server said so, or the network came back). */
  async restart() {
    this.tries = 0;
    await this.open();
  }

  /** End for good: DELETE, close. */
  async close() {
    this.stopTimer();
    this.round++;
    this.drop();
    this.become("closed");
  }

  drop() {
    if (this.pc) {
      this.pc.onconnectionstatechange = null;
      this.pc.close();
      this.pc = null;
    }
    if (this.location) void erase(this.location);
    this.location = this.connection = null;
  }

  /** @param {string} sdp @returns {Promise<{sdp: string, location: string}|null>} */
  async post(sdp) {
    this.status = 0;
    try {
      const reply = await fetch(this.options.address, {
        method: "POST",
        credentials: "same-origin",
        headers: { "Content-Type": "application/sdp" },
        body: sdp,
        signal: AbortSignal.timeout(8000),
      });
      this.status = reply.status;
      const place = reply.headers.get("Location");
      if (reply.status !== 201 || !place) return null;
      return { sdp: await reply.text(), location: new URL(place, new URL(this.options.address, location.href)).href };
    } catch {
      return null; // offline, or the server is coming back
    }
  }

  /**
   * The node says goodbye in DTLS (a grant that ended, a restart): browsers tell that at once on the transport, but on
   * the connection only after seconds or never. Whether to come back is what the next offer's answer says.
   * @param {number} round @param {RTCPeerConnection} pc
   */
  watch(round, pc) {
    const [first] = pc.getTransceivers();
    const transport = first?.receiver.transport ?? first?.sender.transport;
    transport?.addEventListener("statechange", () => {
      if (round !== this.round || (transport.state !== "closed" && transport.state !== "failed")) return;
      this.stopTimer();
      this.become("reconnecting");
      this.timer = window.setTimeout(() => this.again(round), 100 + Math.random() * 400);
    });
  }

  /** @param {number} round @param {RTCPeerConnection} pc */
  changed(round, pc) {
    if (round !== this.round) return;
    if (pc.connectionState === "connected") {
      this.stopTimer();
      this.tries = 0;
      this.become("connected");
    } else if (pc.connectionState === "disconnected") {
      this.stopTimer();
      this.become("reconnecting");
      this.timer = window.setTimeout(() => this.again(round), GRACE);
    } else if (pc.connectionState === "failed" || pc.connectionState === "closed") {
      this.again(round);
    }
  }

  /** @param {number} round */
  again(round) {
    if (round === this.round) void this.open();
  }

  /** @param {number} round */
  later(round) {
    if (FINAL.has(this.status)) {
      this.round++;
      this.drop();
      this.become("failed");
      return;
    }
    const step = STEPS[Math.min(this.tries++, STEPS.length - 1)];
    this.become("reconnecting");
    this.stopTimer();
    this.timer = window.setTimeout(() => this.again(round), step * (1 + Math.random() / 2));
  }

  stopTimer() {
    window.clearTimeout(this.timer);
  }

  /** @param {LinkState} state */
  become(state) {
    if (state === this.state) return;
    this.state = state;
    this.options.state(state, this.status);
  }
}

/** @param {string} place */
async function erase(place) {
  try {
    await fetch(place, { method: "DELETE", credentials: "same-origin", keepalive: true });
  } catch {
    // The node notices by itself within 20 seconds.
  }
}
