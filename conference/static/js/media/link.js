// One direction of the media: a peer connection, its offer by POST, new ways in by PATCH, its end by DELETE, and its return.

import { describe, fragmentOf, restarted } from "./sdp.js";

/** @typedef {"connecting"|"connected"|"reconnecting"|"failed"|"closed"} LinkState */

/**
 * @typedef {object} LinkOptions
 * @property {string} address where offers are POSTed (WHIP or WHEP)
 * @property {RTCIceServer[]} iceServers
 * @property {(pc: RTCPeerConnection) => void|Promise<void>} prepare adds the transceivers to a fresh connection
 * @property {(link: Link) => void} [ready] the answer is set; `link.connection` is known
 * @property {(state: LinkState, status: number) => void} state told on every change; status: of the last HTTP answer
 */

const GRACE = 4000; // ms that an ICE restart gets before a new offer
const CONNECT = 10000; // ms from offer to connected
const STEPS = [300, 700, 1500, 3000, 6000]; // ms before the next try, each with up to half of it added at random
const BARREN = 2; // answered offers in a row over which nothing came: something on the way blocks
const SELDOM = 60000; // ms between tries from then on
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
    /** Answered offers in a row that never connected. */
    this.barren = 0;
    /** An ICE restart is under way. */
    this.mending = false;
  }

  /** Offer. Resolves when the answer is set or further tries are scheduled; never rejects. */
  async open() {
    this.stopTimer();
    const round = ++this.round;
    this.drop();
    // What is tried in the background, with little hope, is no news.
    if (!this.hopeless) this.become(this.state === "closed" || this.state === "failed" ? "connecting" : "reconnecting");
    const pc = new RTCPeerConnection({ iceServers: this.options.iceServers, bundlePolicy: "max-bundle" });
    this.pc = pc;
    try {
      await this.options.prepare(pc);
      const answer = await this.post(await describe(pc));
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
      this.timer = window.setTimeout(() => this.fruitless(round), CONNECT);
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

  /** The network has changed, or came back. */
  wake() {
    if (this.state === "closed" || this.mending) return;
    if (this.state === "connected") void this.mend();
    else if (!FINAL.has(this.status)) void this.restart();
  }

  get hopeless() {
    return this.barren >= BARREN;
  }

  /** End for good: DELETE, close. */
  async close() {
    this.stopTimer();
    this.round++;
    this.drop();
    this.barren = 0;
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
    this.mending = false;
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
      this.tries = this.barren = 0;
      this.mending = false;
      this.become("connected");
    } else if (pc.connectionState === "closed") {
      this.again(round);
    } else if (this.state === "connected") {
      if (pc.connectionState === "disconnected" || pc.connectionState === "failed") void this.mend();
    } else if (pc.connectionState === "failed" && !this.mending) {
      this.fruitless(round);
    }
  }

  /**
   * The way to the node has gone or changed: find another one for the same connection, by an ICE restart (RFC 9725
   * section 4.3.2), which costs no handshake and no keyframe. A new offer when that does not help.
   */
  async mend() {
    const { round, pc } = this;
    if (!pc || this.mending) return;
    this.mending = true;
    if (pc.connectionState !== "connected") this.become("reconnecting");
    this.stopTimer();
    this.timer = window.setTimeout(() => this.mended(round, pc), GRACE);
    const known = await this.restartIce(pc);
    // A computer that slept may still call connected what the node has given up long ago.
    if (round === this.round && !known && (this.status === 404 || pc.connectionState !== "connected")) this.again(round);
  }

  /** @param {number} round @param {RTCPeerConnection} pc */
  mended(round, pc) {
    if (round !== this.round) return;
    this.mending = false;
    if (pc.connectionState !== "connected") this.again(round);
  }

  /** @param {RTCPeerConnection} pc @returns {Promise<boolean>} whether the node has given new ways in */
  async restartIce(pc) {
    const before = pc.currentRemoteDescription?.sdp;
    if (!this.location || !before) return false;
    try {
      const fragment = fragmentOf(await describe(pc, { iceRestart: true }));
      const reply = await fetch(this.location, {
        method: "PATCH",
        credentials: "same-origin",
        headers: { "Content-Type": "application/trickle-ice-sdpfrag", "If-Match": "*" },
        body: fragment,
        signal: AbortSignal.timeout(GRACE),
      });
      this.status = reply.status;
      const sdp = reply.status === 200 ? restarted(before, await reply.text()) : null;
      if (sdp) await pc.setRemoteDescription({ type: "answer", sdp });
      else await pc.setLocalDescription({ type: "rollback" });
      return Boolean(sdp);
    } catch {
      return false; // offline, or the connection has been replaced meanwhile
    }
  }

  /** The server answers, but nothing comes: now and again once more, and say so. @param {number} round */
  fruitless(round) {
    if (round !== this.round) return;
    this.barren += 1;
    if (!this.hopeless) return this.again(round);
    this.round++;
    this.drop();
    this.become("failed");
    this.stopTimer();
    this.timer = window.setTimeout(() => void this.open(), SELDOM);
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
    if (!this.hopeless) this.become("reconnecting");
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
