// The stage: a tile per person who shows or says something, the screen large, the interpreter in a place that never moves.

import { byId, element, fill, icon, initials, keyed, say } from "./dom.js";

/** @typedef {import("./room.js").Room} Room */
/** @typedef {import("./protocol.js").Person} Person */
/** @typedef {import("./dom.js").Words} Words */

export class StageView {
  /** @param {Room} room @param {Words} words */
  constructor(room, words) {
    this.room = room;
    this.words = words;
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
      else if (what === "people" || what === "you") this.draw();
    });
  }

  begin() {
    this.tiles.hidden = false;
    byId("rail").hidden = false;
    byId("door").hidden = true;
    this.draw();
  }

  /** @param {{peer: string, source: string, track: MediaStreamTrack|null}} told */
  take({ peer, source, track }) {
    const key = `${source}/${peer}`;
    if (track) this.tracks.set(key, track);
    else this.tracks.delete(key);
    if (source === "microphone" || source === "screen_sound") this.hear(key, track);
    this.draw();
  }

  /** @param {string} key @param {MediaStreamTrack|null} track */
  hear(key, track) {
    const before = this.sounds.get(key);
    if (!track) {
      if (before) before.srcObject = null;
      this.sounds.delete(key);
      return;
    }
    const sound = before ?? new Audio();
    sound.autoplay = true;
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
    this.draw();
  }

  /** Own small picture. @param {MediaStreamTrack|null} track */
  showOwn(track) {
    const video = this.own.querySelector("video");
    this.own.hidden = !track;
    show(video, track);
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
    const keys = [...this.order].sort((a, b) => Number(b.startsWith("screen/")) - Number(a.startsWith("screen/")));
    keyed(this.tiles, keys, () => this.make(), (tile, key) => this.drawTile(tile, key));
    const screens = keys.filter((key) => key.startsWith("screen/")).length;
    this.tiles.classList.toggle("with-screen", screens > 0);
    this.tiles.style.setProperty("--others", String(Math.max(3, keys.length - screens)));
    this.tiles.dataset.count = keys.length > 9 ? "many" : String(keys.length);
    const signers = [...this.room.people.values()].filter((person) => person.signing && person.here && this.tracks.has(`camera/${person.seat}`));
    keyed(this.signer, signers.map((person) => `person/${person.seat}`), () => this.make(), (tile, key) => this.drawTile(tile, key));
    byId("stage").classList.toggle("with-signer", signers.length > 0);
    this.nobody.hidden = keys.length > 0 || this.tiles.hidden;
    this.drawSpeakers();
  }

  make() {
    const { texts } = this.words;
    return element(
      "figure",
      { class: "tile" },
      element("div", { class: "initials", "aria-hidden": "true" }, element("span")),
      element("figcaption", { class: "plate" }, icon(this.words, "mic-off", texts.muted, "mute"), icon(this.words, "volume-2", texts.speaks, "talk"), element("span", { class: "who" })),
    );
  }

  /** @param {HTMLElement} tile @param {string} key */
  drawTile(tile, key) {
    const [kind, seat] = key.split("/");
    const person = this.room.people.get(seat);
    if (!person) return;
    const screen = kind === "screen";
    const track = this.tracks.get(screen ? key : `camera/${seat}`) ?? null;
    const seen = Boolean(track && (screen || person.camera));
    tile.dataset.seat = seat;
    tile.classList.toggle("screen", screen);
    tile.classList.toggle("seen", seen);
    tile.classList.toggle("open", screen || person.microphone);
    let video = tile.querySelector("video");
    if (seen && !video) {
      video = /** @type {HTMLVideoElement} */ (element("video", { playsinline: "", autoplay: "" }));
      video.muted = true; // sound comes from the microphone's own element
      tile.prepend(video);
    }
    if (video) {
      show(video, seen ? track : null);
      video.hidden = !seen;
    }
    const name = person.name ?? this.words.texts.unnamed;
    say(/** @type {Element} */ (tile.querySelector(".initials span")), initials(person.name));
    const who = /** @type {Element} */ (tile.querySelector(".who"));
    const more = [person.signing ? this.words.texts.signing : "", person.initiative, person.land].filter(Boolean).join(" · ");
    const line = screen ? fill(this.words.texts.screen_of, { name }) : name;
    if (who.textContent !== line + (more && !screen ? ` ${more}` : "")) {
      who.replaceChildren(element("b", {}, line), ...(more && !screen ? [" ", element("small", {}, more)] : []));
    }
  }

  drawSpeakers() {
    for (const tile of document.querySelectorAll(".stage .tile")) {
      const speaks = this.room.speakers.has(/** @type {HTMLElement} */ (tile).dataset.seat ?? "") && !tile.classList.contains("screen");
      tile.classList.toggle("speaks", speaks);
    }
  }
}

/** @param {HTMLVideoElement} video @param {MediaStreamTrack|null} track */
function show(video, track) {
  const before = /** @type {MediaStream|null} */ (video.srcObject);
  if (before?.getVideoTracks()[0] === (track ?? undefined)) return;
  video.srcObject = track ? new MediaStream([track]) : null;
}
