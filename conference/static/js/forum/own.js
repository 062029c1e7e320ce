// One's own microphone, camera and screen: switched by the buttons, and off as soon as the floor no longer permits them.

import { SilentSession } from "../media/silent.js";
import { DeviceProblem, openCamera, openMicrophone, openScreen } from "./devices.js";
import { Refused } from "./socket.js";

/** @typedef {import("./protocol.js").RoomProtocol} RoomProtocol */
/** @typedef {import("./room.js").Room} Room */
/** @typedef {import("../media/session.js").MediaSession} MediaSession */
/** @typedef {"microphone"|"camera"|"screen"} Device */

/** Events: `change`; `problem` (DeviceProblem); `refused` (Refused); `note` (name of a text): something was switched off by somebody else. */
export class Own extends EventTarget {
  /** @param {Room} room @param {RoomProtocol} protocol @param {MediaSession} media */
  constructor(room, protocol, media) {
    super();
    this.room = room;
    this.protocol = protocol;
    this.media = media;
    this.silent = media instanceof SilentSession; // nothing of what is switched on would reach anybody
    this.over = false;
    /** @type {Map<Device, MediaStreamTrack>} */
    this.tracks = new Map();
    /** @type {MediaStreamTrack|null} */
    this.screenSound = null;
    this.screenMode = /** @type {"detail"|"motion"} */ ("detail");
    /** @type {Set<Device>} */
    this.busy = new Set();
    /** @type {"good"|"fair"|"poor"|null} how one's own connection is doing */
    this.line = null;
  }

  /** @param {Device} device */
  on(device) {
    return this.tracks.has(device);
  }

  /** @param {Device} device */
  async toggle(device) {
    if (this.busy.has(device) || this.over) return;
    this.busy.add(device);
    try {
      if (this.on(device)) await this.off(device);
      else await this.switchOn(device);
    } catch (problem) {
      if (problem instanceof DeviceProblem) this.tell("problem", problem);
      else if (problem instanceof Refused) this.tell("refused", problem);
      else throw problem;
    } finally {
      this.busy.delete(device);
      this.tell("change", null);
    }
  }

  /** @param {Device} device */
  async switchOn(device) {
    if (device === "microphone" && this.room.you?.muted) await this.protocol.unmute();
    const track = await this.opened(device);
    if (this.over || !this.room.may(device)) return this.dismiss(device, track); // the floor, or the room, went while the browser asked
    this.tracks.set(device, track);
    track.addEventListener("ended", () => void this.ended(device, track));
    this.report();
    await this.media.publish(device, track);
    if (device === "screen" && this.screenSound) await this.media.publish("screen_sound", this.screenSound);
  }

  /** @param {Device} device */
  async opened(device) {
    if (device === "microphone") return openMicrophone();
    if (device === "camera") return this.ready(await openCamera());
    const { picture, sound } = await openScreen();
    this.screenSound = sound;
    this.screenMode = "detail";
    return picture;
  }

  /** @param {Device} device @param {MediaStreamTrack} track */
  dismiss(device, track) {
    this.stop(track);
    if (device !== "screen") return;
    this.stop(this.screenSound);
    this.screenSound = null;
  }

  /** A screen that is read stays sharp, one that is watched stays smooth. @param {"detail"|"motion"} mode */
  async showScreenAs(mode) {
    this.screenMode = mode;
    const track = this.tracks.get("screen");
    if (!track) return;
    track.contentHint = mode;
    await track.applyConstraints({ frameRate: { max: mode === "motion" ? 30 : 15 } }).catch(() => undefined); // a wish
    await this.media.publish("screen", track);
  }

  /** Signing needs every movement: rather a smaller picture than fewer of them. @param {MediaStreamTrack} camera */
  ready(camera) {
    if (this.room.me?.signing) camera.contentHint = "motion";
    return camera;
  }

  /** @param {Device} device */
  async off(device) {
    const track = this.tracks.get(device);
    if (!track) return;
    this.tracks.delete(device);
    this.dismiss(device, track);
    this.report();
    if (device === "screen") await this.media.unpublish("screen_sound");
    await this.media.unpublish(device);
  }

  /** A phone call took the microphone, the browser's own button ended the screen, a camera was unplugged. */
  async ended(/** @type {Device} */ device, /** @type {MediaStreamTrack} */ track) {
    if (this.tracks.get(device) !== track) return;
    await this.off(device);
    if (device === "screen") this.tell("note", "screen_ended");
    else this.tell("problem", new DeviceProblem("not_readable", device));
    this.tell("change", null);
  }

  /** The floor or a mute has changed: what is no longer permitted goes off. */
  async obey() {
    const muted = this.room.you?.muted ?? false;
    for (const device of /** @type {Device[]} */ ([...this.tracks.keys()])) {
      if (this.room.may(device) && !(device === "microphone" && muted)) continue;
      await this.off(device);
      if (device === "microphone" && muted) this.tell("note", "muted_by");
    }
    this.tell("change", null);
  }

  report() {
    this.protocol.state({ microphone: this.on("microphone"), camera: this.on("camera"), screen: this.on("screen"), line: this.line });
  }

  /** For the tiles of the others. @param {"good"|"fair"|"poor"|null} line */
  tellLine(line) {
    this.line = line;
    this.report();
  }

  /** Everything off, for leaving: also what the browser is still asking for. */
  end() {
    this.over = true;
    for (const track of this.tracks.values()) this.stop(track);
    this.stop(this.screenSound);
    this.tracks.clear();
    this.screenSound = null;
    this.tell("change", null);
  }

  /** @param {MediaStreamTrack|null} track */
  stop(track) {
    track?.stop();
  }

  /** @param {string} name @param {any} detail */
  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
