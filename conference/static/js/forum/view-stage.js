// The stage: a tile per person who shows or says something, the screen large, the interpreter in a place that never moves.

import { playThrough } from "./chosen.js";
import { byId, fill, keyed } from "./dom.js";
import { Slots } from "./slots.js";
import { drawTile, makeTile, showTrack } from "./view-tile.js";

/** @typedef {import("./room.js").Room} Room */
/** @typedef {import("./protocol.js").Person} Person */
/** @typedef {import("./dom.js").Words} Words */
/** @typedef {import("./look.js").Look} Look */
/** @typedef {import("../media/session.js").SlotState} SlotState */

const PINS = 8;

export class StageView {
  /** @param {Room} room @param {Words} words @param {Look} looking @param {(kind: string, text: string) => void} announce */
  constructor(room, words, looking, announce) {
    this.room = room;
    this.words = words;
    this.looking = looking;
    this.announce = announce;
    this.slots = new Slots(() => this.draw(), (key, state) => this.say(key, state));
    /** @type {Set<string>} seats that this page keeps in front */
    this.pins = new Set();
    this.tiles = byId("tiles");
    this.signer = byId("signer");
    this.nobody = byId("nobody");
    this.own = byId("own");
    /** @type {Map<string, MediaStreamTrack>} "source/seat" -> track */
    this.tracks = new Map();
    /** @type {string[]} keys in the order in which they came: tiles do not jump */
    this.order = [];
    /** @type {Map<string, HTMLAudioElement>} */
    this.sounds = new Map();
    this.sound = byId("sound");
    this.sound.querySelector("button").addEventListener("click", () => this.playAll());
    room.addEventListener("change", (event) => {
      const { what } = /** @type {CustomEvent} */ (event).detail;
      if (what === "speakers") this.drawSpeakers();
      else if (what === "people" || what === "you" || what === "floor") this.draw();
    });
  }

  begin() {
    this.tiles.hidden = false;
    byId("rail").hidden = false;
    byId("door").hidden = true;
    this.draw();
  }

  /** @param {{peer: string, source: string, track: MediaStreamTrack|null, state: SlotState}} told */
  take({ peer, source, track, state }) {
    const key = `${source}/${peer}`;
    if (track) this.tracks.set(key, track);
    else this.tracks.delete(key);
    this.slots.take(key, state);
    if (source === "microphone" || source === "screen_sound") this.hear(key, track);
    this.draw();
  }

  /** @param {string} key @param {SlotState} state */
  say(key, state) {
    const [, seat] = key.split("/");
    const { texts } = this.words;
    const name = this.room.people.get(seat)?.name ?? texts.unnamed;
    this.announce(`slot ${key}`, fill(state === "paused" ? texts.paused_of : texts.codec_of, { name }));
  }

  /** @param {string} key @param {MediaStreamTrack|null} track */
  hear(key, track) {
    const before = this.sounds.get(key);
    if (track && before && /** @type {MediaStream} */ (before.srcObject).getTracks()[0] === track) return; // only its state is new
    if (!track) {
      if (before) before.srcObject = null;
      this.sounds.delete(key);
      return;
    }
    const sound = before ?? new Audio();
    sound.autoplay = true;
    if (!before) void playThrough(sound);
    sound.srcObject = new MediaStream([track]);
    this.sounds.set(key, sound);
    this.play(sound);
  }

  /** @param {HTMLAudioElement} sound */
  play(sound) {
    sound.play().then(
      () => (this.sound.hidden = true),
      (problem) => {
        // Replaced or ended meanwhile is nothing; a browser that wants a click first gets a button for it.
        if (problem.name === "NotAllowedError") this.sound.hidden = false;
      },
    );
  }

  playAll() {
    this.sound.hidden = true;
    for (const sound of this.sounds.values()) this.play(sound);
  }

  silence() {
    for (const sound of this.sounds.values()) sound.srcObject = null;
    this.sounds.clear();
    this.tracks.clear();
    this.slots.clear();
    this.draw();
  }

  /** Own small picture. @param {MediaStreamTrack|null} track */
  showOwn(track) {
    const video = this.own.querySelector("video");
    this.own.hidden = !track;
    showTrack(video, track);
  }

  draw() {
    const own = this.room.you?.seat;
    /** @type {string[]} */
    const wanted = [];
    for (const person of this.room.people.values()) {
      if (person.seat === own || person.signing) continue;
      if (person.screen && this.tracks.has(`screen/${person.seat}`)) wanted.push(`screen/${person.seat}`);
      if (person.here && (person.camera || person.microphone || this.tracks.has(`camera/${person.seat}`))) wanted.push(`person/${person.seat}`);
    }
    this.order = [...this.order.filter((key) => wanted.includes(key)), ...wanted.filter((key) => !this.order.includes(key))];
    const rank = (/** @type {string} */ key) => (key.startsWith("screen/") ? 0 : this.inFront(key.split("/")[1]) ? 1 : 2);
    const keys = [...this.order].sort((a, b) => rank(a) - rank(b));
    keyed(this.tiles, keys, (key) => this.make(key), (tile, key) => this.drawTile(tile, key));
    const screens = keys.filter((key) => key.startsWith("screen/")).length;
    this.tiles.classList.toggle("with-screen", screens > 0);
    this.tiles.classList.toggle("with-pin", screens === 0 && keys.some((key) => rank(key) === 1));
    this.tiles.style.setProperty("--others", String(Math.max(3, keys.length - screens)));
    this.tiles.dataset.count = keys.length > 9 ? "many" : String(keys.length);
    const signers = [...this.room.people.values()].filter((person) => person.signing && person.here && this.tracks.has(`camera/${person.seat}`));
    keyed(this.signer, signers.map((person) => `person/${person.seat}`), (key) => this.make(key), (tile, key) => this.drawTile(tile, key));
    byId("stage").classList.toggle("with-signer", signers.length > 0);
    this.nobody.hidden = keys.length > 0 || this.tiles.hidden;
    this.drawSpeakers();
    this.look();
  }

  /** @param {string} key */
  make(key) {
    const [kind, seat] = key.split("/");
    const own = this.room.people.get(seat)?.signing || kind === "screen"; // these have their places anyhow
    return makeTile(this.words, own ? null : () => this.pin(seat));
  }

  /** @param {HTMLElement} tile @param {string} key */
  drawTile(tile, key) {
    const [kind, seat] = key.split("/");
    const person = this.room.people.get(seat);
    if (!person) return;
    const screen = kind === "screen";
    const source = `${screen ? "screen" : "camera"}/${seat}`;
    const shown = { screen, track: this.tracks.get(source) ?? null, state: this.slots.of(source), pinned: this.pins.has(seat), front: this.inFront(seat) };
    drawTile(tile, person, this.words, shown);
  }

  /** Pinned by oneself, or put in front by the moderation. @param {string} seat */
  inFront(seat) {
    return this.pins.has(seat) || this.room.floor.spotlight === seat;
  }

  /** For oneself: keep somebody large and in the first place. @param {string} seat */
  pin(seat) {
    if (this.pins.has(seat)) this.pins.delete(seat);
    else this.pins.add(seat);
    for (const first of [...this.pins].slice(0, -PINS)) this.pins.delete(first);
    this.draw();
  }

  /** Tell which pictures are wanted: the pinned first, as they stand in the page. */
  look() {
    const tiles = /** @type {HTMLElement[]} */ ([...this.signer.children, ...this.tiles.children]);
    const shown = tiles.flatMap((element) => {
      const [kind, seat] = (element.dataset.key ?? "").split("/");
      const screen = kind === "screen";
      return screen || this.room.people.get(seat)?.camera ? [{ element, seat, source: /** @type {"screen"|"camera"} */ (screen ? "screen" : "camera") }] : [];
    });
    const spotlight = this.room.floor.spotlight;
    this.looking.take(shown, [...new Set([...this.pins, ...(spotlight ? [spotlight] : [])])].slice(-PINS));
  }

  drawSpeakers() {
    for (const tile of document.querySelectorAll(".stage .tile")) {
      const speaks = this.room.speakers.has(/** @type {HTMLElement} */ (tile).dataset.seat ?? "") && !tile.classList.contains("screen");
      tile.classList.toggle("speaks", speaks);
    }
  }
}
