// The page's side of the media plane. No DOM: peers, sources and MediaStreamTracks only.

import { Link } from "./link.js";
import { feed, hint, prefer, SECTIONS } from "./sending.js";

const KNOWN = 4; // connections whose slots are kept, while their answers may be under way

/** @typedef {"microphone"|"camera"|"screen"|"screen_sound"} Source */
/** @typedef {"receive"|"publish"} Direction */
/** @typedef {import("./link.js").LinkState} LinkState */
/** @typedef {"live"|"hidden"|"paused"|"codec"} SlotState */
/** @typedef {{mid: string, peer: string|null, source: Source|null, state: SlotState}} SlotAssignment */
/** @typedef {{peer: string, source: Source, track: MediaStreamTrack, state: SlotState}} Shown */

/**
 * What the room needs of any media plane.
 *
 * Events (CustomEvent):
 *  - `track` {peer: string, source: Source, track: MediaStreamTrack|null, state: SlotState}: what this peer shows, or why
 *    nothing comes; null: nothing any more
 *  - `state` {direction: Direction, state: LinkState, status: number}: on every change; "failed": there is little hope. With
 *    `status` 201 the server has answered, but nothing gets through: it is tried now and then; any other is a refusal, final
 *    until `listen`/`publish`/`rejoin` is called again
 *
 * @interface
 */
export class MediaSession extends EventTarget {
  /** Begin to receive. Asks for no permission. @returns {Promise<void>} */
  async listen() {
    throw new Error("not implemented");
  }
  /** Receive nothing any more, neither sound nor picture, until `listen`; what is sent goes on. @returns {Promise<void>} */
  async unlisten() {
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
  /** Of the layers of `source` on the publishing `connection` only these are looked at. @param {string} connection @param {Source} source @param {string[]} rids */
  want(connection, source, rids) {
    throw new Error(`not implemented: ${connection} ${source} ${rids.length}`);
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

/** MediaSession on the conference's own node: WHEP to receive, WHIP to publish. */
export class NativeMediaSession extends MediaSession {
  /**
   * @param {{whip: string, whep: string, iceServers?: RTCIceServer[], slots?: {video: number, audio: number}}} options
   */
  constructor({ whip, whep, iceServers = [], slots = { video: 9, audio: 3 } }) {
    super();
    this.slots = slots;
    /** @type {Map<string, Shown>} */
    this.shown = new Map();
    /** @type {Map<string, SlotAssignment[]>} by connection: a page may have a second session, whose slots are told here as well */
    this.assigned = new Map();
    /** @type {{connection: string, rids: Map<Source, string[]>}} */
    this.wanted = { connection: "", rids: new Map() };
    /** @type {Map<Source, MediaStreamTrack>} */
    this.sent = new Map();
    /** @type {Map<Source, RTCRtpSender>} */
    this.senders = new Map();
    /** @type {Promise<void>} */
    this.turn = Promise.resolve();
    this.following = new AbortController();
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
      ready: () => SECTIONS.forEach(({ source }) => void this.apply(source)),
      state: (state, status) => this.tell("publish", state, status),
    });
    this.follow();
  }

  /** Another network is another way to the node. Browsers without `type` notice it when the old way is silent. */
  follow() {
    const network = /** @type {any} */ (navigator).connection;
    const { signal } = this.following;
    let kind = network?.type;
    window.addEventListener("online", () => this.wake(), { signal });
    network?.addEventListener?.("change", () => {
      if (network.type === kind || network.type === "none") return; // also told when only the speed is guessed anew
      kind = network.type;
      this.wake();
    }, { signal });
  }

  /** Other TURN servers, or fresh credentials for them, from the next offer on. @param {RTCIceServer[]} iceServers */
  lean(iceServers) {
    this.receiving.options.iceServers = this.publishing.options.iceServers = iceServers;
  }

  wake() {
    this.receiving.wake();
    this.publishing.wake();
  }

  async listen() {
    await this.receiving.open();
  }

  async unlisten() {
    await this.receiving.close();
    this.assigned.clear();
    this.become(new Map());
  }

  /** @param {Source} source @param {MediaStreamTrack} track */
  async publish(source, track) {
    this.sent.set(source, track);
    hint(source, track);
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
      const degradation = SECTIONS.find((section) => section.source === source)?.degradation;
      const wanted = this.wanted.connection === this.publishing.connection ? this.wanted.rids.get(source) : null;
      await feed(sender, this.sent.get(source) ?? null, degradation, wanted ?? null);
    });
    this.turn = turn.catch(() => {}); // a closed connection: the next offer begins from `sent`
    return this.turn;
  }

  /** @param {string} connection @param {SlotAssignment[]} slots */
  assign(connection, slots) {
    this.assigned.delete(connection);
    this.assigned.set(connection, slots);
    for (const old of [...this.assigned.keys()].slice(0, -KNOWN)) this.assigned.delete(old);
    this.show();
  }

  /** @param {string} connection @param {Source} source @param {string[]} rids */
  want(connection, source, rids) {
    if (this.wanted.connection !== connection) this.wanted = { connection, rids: new Map() };
    this.wanted.rids.set(source, rids);
    void this.apply(source);
  }

  async rejoin() {
    const links = [this.receiving, this.publishing].filter((link) => link.state !== "closed");
    await Promise.all(links.map((link) => link.restart()));
  }

  async leave() {
    this.following.abort();
    this.sent.clear();
    this.senders.clear();
    await Promise.all([this.receiving.close(), this.publishing.close()]);
    this.assigned.clear();
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
    for (const { source, kind, encodings } of SECTIONS) {
      const transceiver = pc.addTransceiver(kind, { direction: "sendonly", sendEncodings: encodings.map((each) => ({ ...each })) });
      prefer(transceiver, RTCRtpSender.getCapabilities(kind));
      this.senders.set(source, transceiver.sender);
      const track = this.sent.get(source);
      if (track) await transceiver.sender.replaceTrack(track);
    }
  }

  /** Bind the slots' tracks to peers, once both the answer and the assignment are here (in either order). */
  show() {
    const pc = this.receiving.pc;
    const slots = this.assigned.get(this.receiving.connection ?? "");
    if (!pc || !slots) return;
    const tracks = new Map(pc.getTransceivers().map((each) => [each.mid, each.receiver.track]));
    const next = new Map();
    for (const { mid, peer, source, state } of slots) {
      const track = tracks.get(mid);
      if (track && peer && source) next.set(`${source}/${peer}`, { peer, source, track, state });
    }
    this.become(next);
  }

  /** @param {Map<string, Shown>} next */
  become(next) {
    const before = this.shown;
    this.shown = next;
    for (const [key, { peer, source }] of before) {
      if (!next.has(key)) this.dispatchEvent(new CustomEvent("track", { detail: { peer, source, track: null, state: "live" } }));
    }
    for (const [key, detail] of next) {
      const was = before.get(key);
      if (was?.track !== detail.track || was.state !== detail.state) this.dispatchEvent(new CustomEvent("track", { detail }));
    }
  }

  /** @param {Direction} direction @param {LinkState} state @param {number} status */
  tell(direction, state, status) {
    this.dispatchEvent(new CustomEvent("state", { detail: { direction, state, status } }));
  }
}
