// The page's side of the media plane. No DOM: peers, sources and MediaStreamTracks only.

import { Link } from "./link.js";

/** @typedef {"microphone"|"camera"|"screen"|"screen_sound"} Source */
/** @typedef {"receive"|"publish"} Direction */
/** @typedef {import("./link.js").LinkState} LinkState */
/** @typedef {{mid: string, peer: string|null, source: Source|null}} SlotAssignment */

/**
 * What the room needs of any media plane.
 *
 * Events (CustomEvent):
 *  - `track` {peer: string, source: Source, track: MediaStreamTrack|null}: what this peer shows; null: nothing any more
 *  - `state` {direction: Direction, state: LinkState, status: number}: on every change; "failed" is final until
 *    `listen`/`publish`/`rejoin` is called again, `status` is then the HTTP status of the refusal
 *
 * @interface
 */
export class MediaSession extends EventTarget {
  /** Begin to receive. Asks for no permission. @returns {Promise<void>} */
  async listen() {
    throw new Error("not implemented");
  }
  /** Send `track` as `source`, in place of what was sent as it. @param {Source} source @param {MediaStreamTrack} track @returns {Promise<void>} */
  async publish(source, track) {
    throw new Error(`not implemented: ${source} ${track.kind}`);
  }
  /** Stop sending `source`; the caller stops the track. @param {Source} source @returns {Promise<void>} */
  async unpublish(source) {
    throw new Error(`not implemented: ${source}`);
  }
  /** What the slots of `connection` carry now, as told on the page's socket. @param {string} connection @param {SlotAssignment[]} slots */
  assign(connection, slots) {
    throw new Error(`not implemented: ${connection} ${slots.length}`);
  }
  /** The server says that the connections are gone: offer again what was open. @returns {Promise<void>} */
  async rejoin() {
    throw new Error("not implemented");
  }
  /** End everything. @returns {Promise<void>} */
  async leave() {
    throw new Error("not implemented");
  }
  /** @returns {Promise<{receive: RTCStatsReport|null, publish: RTCStatsReport|null}>} */
  async stats() {
    throw new Error("not implemented");
  }
}

/** The order of sections says what they carry: first audio microphone, first video camera, then the screen's two. */
const SECTIONS = /** @type {[Source, "audio"|"video", RTCRtpEncodingParameters, string][]} */ ([
  ["microphone", "audio", { maxBitrate: 48_000, priority: "high", networkPriority: "high" }, ""],
  ["camera", "video", { maxBitrate: 1_200_000, maxFramerate: 30 }, "balanced"],
  ["screen", "video", { maxBitrate: 2_200_000, maxFramerate: 15 }, "maintain-resolution"],
  ["screen_sound", "audio", { maxBitrate: 96_000 }, ""],
]);

/** MediaSession on the conference's own node: WHEP to receive, WHIP to publish. */
export class NativeMediaSession extends MediaSession {
  /**
   * @param {{whip: string, whep: string, iceServers?: RTCIceServer[], slots?: {video: number, audio: number}}} options
   */
  constructor({ whip, whep, iceServers = [], slots = { video: 9, audio: 3 } }) {
    super();
    this.slots = slots;
    /** @type {Map<string, {peer: string, source: Source, track: MediaStreamTrack}>} */
    this.shown = new Map();
    /** @type {{connection: string, slots: SlotAssignment[]}|null} */
    this.assigned = null;
    /** @type {Map<Source, MediaStreamTrack>} */
    this.sent = new Map();
    /** @type {Map<Source, RTCRtpSender>} */
    this.senders = new Map();
    /** @type {Promise<void>} */
    this.turn = Promise.resolve();
    this.receiving = new Link({
      address: whep,
      iceServers,
      prepare: (pc) => this.prepareReceiving(pc),
      ready: () => this.show(),
      state: (state, status) => this.tell("receive", state, status),
    });
    this.publishing = new Link({
      address: whip,
      iceServers,
      prepare: (pc) => this.preparePublishing(pc),
      state: (state, status) => this.tell("publish", state, status),
    });
  }

  async listen() {
    await this.receiving.open();
  }

  /** @param {Source} source @param {MediaStreamTrack} track */
  async publish(source, track) {
    this.sent.set(source, track);
    if (source === "screen" && !track.contentHint) track.contentHint = "detail";
    if (this.publishing.state === "closed" || this.publishing.state === "failed") {
      await this.publishing.open();
    } else {
      // While an offer is under way its own preparation may have read the map already; both set the same track.
      await this.apply(source);
    }
  }

  /** @param {Source} source */
  async unpublish(source) {
    this.sent.delete(source);
    await this.apply(source);
  }

  /**
   * Make the sender of `source` send what `sent` says now. One change after the other: a sender's parameters may not be
   * read and set by two at once.
   * @param {Source} source
   */
  apply(source) {
    const turn = this.turn.then(async () => {
      const sender = this.senders.get(source);
      if (!sender) return;
      const track = this.sent.get(source) ?? null;
      // Without a track Firefox goes on repeating the last picture once a second, unless the encoding is off.
      if (!track) await activate(sender, false);
      await sender.replaceTrack(track);
      if (track) await activate(sender, true);
    });
    this.turn = turn.catch(() => {}); // a closed connection: the next offer begins from `sent`
    return this.turn;
  }

  /** @param {string} connection @param {SlotAssignment[]} slots */
  assign(connection, slots) {
    this.assigned = { connection, slots };
    this.show();
  }

  async rejoin() {
    const links = [this.receiving, this.publishing].filter((link) => link.state !== "closed");
    await Promise.all(links.map((link) => link.restart()));
  }

  async leave() {
    this.sent.clear();
    this.senders.clear();
    await Promise.all([this.receiving.close(), this.publishing.close()]);
    this.assigned = null;
    this.become(new Map());
  }

  async stats() {
    const [receive, publish] = await Promise.all(
      [this.receiving, this.publishing].map(async (link) => (link.pc ? link.pc.getStats() : null)),
    );
    return { receive, publish };
  }

  /** @param {RTCPeerConnection} pc */
  prepareReceiving(pc) {
    /** @type {["audio"|"video", number][]} */
    const kinds = [["audio", this.slots.audio], ["video", this.slots.video]];
    for (const [kind, count] of kinds) {
      for (let index = 0; index < count; index++) {
        prefer(pc.addTransceiver(kind, { direction: "recvonly" }), RTCRtpReceiver.getCapabilities(kind));
      }
    }
  }

  /** @param {RTCPeerConnection} pc */
  async preparePublishing(pc) {
    this.senders.clear();
    for (const [source, kind, encoding, degradation] of SECTIONS) {
      const transceiver = pc.addTransceiver(kind, { direction: "sendonly", sendEncodings: [encoding] });
      prefer(transceiver, RTCRtpSender.getCapabilities(kind));
      this.senders.set(source, transceiver.sender);
      const track = this.sent.get(source);
      if (track) await transceiver.sender.replaceTrack(track);
      if (degradation) await degrade(transceiver.sender, /** @type {RTCDegradationPreference} */ (degradation));
    }
  }

  /** Bind the slots' tracks to peers, once both the answer and the assignment are here (in either order). */
  show() {
    const pc = this.receiving.pc;
    if (!pc || !this.assigned || this.assigned.connection !== this.receiving.connection) return;
    const tracks = new Map(pc.getTransceivers().map((each) => [each.mid, each.receiver.track]));
    const next = new Map();
    for (const { mid, peer, source } of this.assigned.slots) {
      const track = tracks.get(mid);
      if (track && peer && source) next.set(`${source}/${peer}`, { peer, source, track });
    }
    this.become(next);
  }

  /** @param {Map<string, {peer: string, source: Source, track: MediaStreamTrack}>} next */
  become(next) {
    const before = this.shown;
    this.shown = next;
    for (const [key, { peer, source }] of before) {
      if (!next.has(key)) this.dispatchEvent(new CustomEvent("track", { detail: { peer, source, track: null } }));
    }
    for (const [key, detail] of next) {
      if (before.get(key)?.track !== detail.track) this.dispatchEvent(new CustomEvent("track", { detail }));
    }
  }

  /** @param {Direction} direction @param {LinkState} state @param {number} status */
  tell(direction, state, status) {
    this.dispatchEvent(new CustomEvent("state", { detail: { direction, state, status } }));
  }
}

/**
 * Keep offers small: a full Chromium offer with twenty sections is larger than the node accepts.
 * @param {RTCRtpTransceiver} transceiver @param {RTCRtpCapabilities|null} capabilities
 */
function prefer(transceiver, capabilities) {
  const wanted = (capabilities?.codecs ?? []).filter(({ mimeType, sdpFmtpLine = "" }) => {
    const name = mimeType.toLowerCase();
    if (name === "video/h264") return /42e01f/i.test(sdpFmtpLine) && /packetization-mode=1/.test(sdpFmtpLine);
    return name === "audio/opus" || name === "video/vp8" || name === "video/rtx";
  });
  const order = ["audio/opus", "video/vp8", "video/h264", "video/rtx"];
  wanted.sort((a, b) => order.indexOf(a.mimeType.toLowerCase()) - order.indexOf(b.mimeType.toLowerCase()));
  if (wanted.length && "setCodecPreferences" in transceiver) transceiver.setCodecPreferences(wanted);
}

/** @param {RTCRtpSender} sender @param {RTCDegradationPreference} preference */
async function degrade(sender, preference) {
  const parameters = sender.getParameters();
  parameters.degradationPreference = preference;
  await wish(sender, parameters);
}

/** @param {RTCRtpSender} sender @param {boolean} active */
async function activate(sender, active) {
  const parameters = sender.getParameters();
  if (parameters.encodings.every((each) => (each.active ?? true) === active)) return;
  for (const each of parameters.encodings) each.active = active;
  await wish(sender, parameters);
}

/** @param {RTCRtpSender} sender @param {RTCRtpSendParameters} parameters */
async function wish(sender, parameters) {
  try {
    await sender.setParameters(parameters);
  } catch {
    // Not every browser knows every parameter, and none of them is a condition.
  }
}
