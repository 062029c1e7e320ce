// The stage: a tile per person who shows or says something, placed by the layout; the interpreter in a place that never moves.

import { byId, fill, keyed } from "./dom.js";
import { Foremost } from "./foremost.js";
import { arrange, isScreen, layoutFor, MOST } from "./layouts.js";
import { comes, LOW, spared } from "./saver.js";
import { Slots } from "./slots.js";
import { SignersView } from "./words/view-signers.js";
import { PagerView } from "./view-pager.js";
import { SoundsView } from "./view-sounds.js";
import { drawPlate, drawTile, makePlate, makeTile, showTrack } from "./view-tile.js";

/** @typedef {import("./room.js").Room} Room */
/** @typedef {import("./protocol.js").Person} Person */
/** @typedef {import("./dom.js").Words} Words */
/** @typedef {import("./look.js").Look} Look */
/** @typedef {import("../media/session.js").SlotState} SlotState */
/** @typedef {import("./layouts.js").Arrangement} Arrangement */

const PINS = 8;

/** Event `drawn` after each change of who stands where. */
export class StageView extends EventTarget {
  /** @param {Room} room @param {Words} words @param {Look} looking @param {(kind: string, text: string) => void} announce */
  constructor(room, words, looking, announce) {
    super();
    this.room = room;
    this.words = words;
    this.looking = looking;
    this.announce = announce;
    this.slots = new Slots(() => this.draw(), (key, state) => this.say(key, state));
    this.sounds = new SoundsView();
    this.foremost = new Foremost();
    this.asking = 0;
    this.choice = /** @type {import("./layouts.js").LayoutChoice} */ ("auto");
    this.step = /** @type {import("./saver.js").Step} */ ("all");
    this.most = MOST;
    this.page = 0;
    /** @type {Set<string>} seats that this page keeps in front */
    this.pins = new Set();
    this.tiles = byId("tiles");
    this.signer = byId("signer");
    /** @type {(seat: string) => void} the picture of an interpreter is there */
    this.seen = () => undefined;
    this.signers = new SignersView(this.signer, {
      people: () => [...this.room.people.values()],
      track: (seat) => this.tracks.get(`camera/${seat}`) ?? null,
      make: (key) => this.make(key),
      draw: (tile, key) => this.drawTile(tile, key),
      seen: (seat) => this.seen(seat),
    });
    this.nobody = byId("nobody");
    this.own = byId("own");
    this.own.append(makePlate(words));
    /** @type {Map<string, MediaStreamTrack>} "source/seat" -> track */
    this.tracks = new Map();
    /** @type {Map<string, HTMLElement>} what others put on the stage for all to look at, by key */
    this.shows = new Map();
    /** @type {string[]} keys in the order in which they came: tiles do not jump */
    this.order = [];
    /** @type {Set<string>} keys that now show and say nothing */
    this.silent = new Set();
    /** @type {Set<string>} keys that have ever shown or said something */
    this.shown = new Set();
    this.box = { width: 0, height: 0 };
    /** @type {Arrangement} */
    this.arrangement = { places: new Map(), main: [], page: 0, pages: 1 };
    this.pager = new PagerView(words, (page) => this.turn(page));
    looking.spare = (tile) => spared(this.step, tile, this.signs(tile.seat), window.devicePixelRatio);
    new ResizeObserver(([entry]) => this.fit(entry.contentRect)).observe(this.tiles);
    room.addEventListener("change", (event) => {
      const { what } = /** @type {CustomEvent} */ (event).detail;
      if (what === "speakers") this.hearWho();
      else if (what === "people" || what === "you" || what === "floor") this.draw();
    });
  }

  begin() {
    this.tiles.hidden = false;
    byId("rail").hidden = false;
    byId("door").hidden = true;
    this.draw();
  }

  /** In the next frame: the pager that comes or goes changes the space once more. @param {{width: number, height: number}} box */
  fit({ width, height }) {
    if (width === this.box.width && height === this.box.height) return;
    this.box = { width, height };
    window.requestAnimationFrame(() => this.draw());
  }

  /** Put something on the stage that all look at (a deck, a film), as a shared screen is; null: take it away. @param {string} name @param {HTMLElement|null} element */
  show(name, element) {
    if (element) this.shows.set(`show/${name}`, element);
    else this.shows.delete(`show/${name}`);
    this.draw();
  }

  /** @param {import("./layouts.js").LayoutChoice} choice */
  choose(choice) {
    this.choice = choice;
    this.page = 0;
    this.draw();
  }

  /** @param {import("./saver.js").Step} step */
  save(step) {
    this.step = step;
    this.draw();
  }

  /** @param {number} page from 0 */
  turn(page) {
    this.page = page;
    this.draw();
    const { page: at, pages } = this.arrangement;
    this.announce("page", fill(this.words.texts.page, { n: at + 1, all: pages }));
  }

  /** @param {{peer: string, source: string, track: MediaStreamTrack|null, state: SlotState}} told */
  take({ peer, source, track, state }) {
    const key = `${source}/${peer}`;
    if (track) this.tracks.set(key, track);
    else this.tracks.delete(key);
    this.slots.take(key, state);
    if (source === "microphone" || source === "screen_sound") this.sounds.hear(key, track);
    this.draw();
  }

  /** One for all that stop in the same moment, for the same reason. @param {string} key @param {SlotState} state */
  say(key, state) {
    const [, seat] = key.split("/");
    const { texts } = this.words;
    const name = this.room.people.get(seat)?.name ?? texts.unnamed;
    this.announce(`slot ${state}`, fill(state === "paused" ? texts.paused_of : texts.codec_of, { name }));
  }

  playAll() {
    this.sounds.playAll();
  }

  silence() {
    this.sounds.silence();
    this.tracks.clear();
    this.slots.clear();
    this.draw();
  }

  /** Own small picture. @param {MediaStreamTrack|null} track */
  showOwn(track) {
    this.own.hidden = !track;
    showTrack(this.own.querySelector("video"), track);
    this.draw();
  }

  draw() {
    this.order = this.settled(this.wanted());
    const screens = comes(this.step, { source: "screen", signing: false }) ? this.order.filter(isScreen).length : this.shows.size;
    const layout = layoutFor(this.choice, { floor: this.room.floor.floor, screens });
    const most = this.step === "low" ? Math.min(this.most, LOW.page) : this.most;
    const scene = { layout, keys: this.order, front: this.front(), active: this.active(), own: !this.own.hidden, page: this.page, most, box: this.box };
    this.arrangement = arrange(scene);
    this.page = this.arrangement.page;
    byId("stage").dataset.layout = layout;
    this.place();
    this.drawSigners();
    this.drawOwn();
    this.nobody.hidden = this.order.length > 0 || this.tiles.hidden;
    this.drawSpeakers();
    this.look();
    this.dispatchEvent(new CustomEvent("drawn"));
  }

  /** Whoever belongs on the stage now, in any order. @returns {string[]} */
  wanted() {
    const own = this.room.you?.seat;
    const round = this.room.floor.floor === "open_round"; // everybody is in it, with or without a picture
    /** @type {string[]} */
    const active = [...this.shows.keys()];
    /** @type {string[]} */
    const silent = [];
    for (const person of this.room.people.values()) {
      if (person.seat === own || person.signing || (person.rests && !this.inFront(person.seat))) continue;
      if (person.screen && (this.tracks.has(`screen/${person.seat}`) || this.step === "sound" || this.step === "nothing")) active.push(`screen/${person.seat}`);
      const key = `person/${person.seat}`;
      if (person.here && (person.camera || person.microphone || this.tracks.has(`camera/${person.seat}`))) active.push(key);
      else if (person.here && round) silent.push(key);
    }
    this.silent = new Set(silent);
    return [...active, ...silent];
  }

  /** Who is there already stays in place; who comes stands at the end, but in front of those who have never shown anything. @param {string[]} wanted */
  settled(wanted) {
    const known = this.order.filter((key) => wanted.includes(key));
    const fresh = wanted.filter((key) => !known.includes(key));
    const shown = [...known, ...fresh].filter((key) => !this.silent.has(key) || this.shown.has(key));
    for (const key of shown) this.shown.add(key);
    return [...shown, ...[...known, ...fresh].filter((key) => !this.shown.has(key))];
  }

  /** Tiles of this page stand where the layout says; the others are not there, and cost nothing. */
  place() {
    const { places, main } = this.arrangement;
    const front = this.front();
    const rank = (/** @type {string} */ key) => (isScreen(key) ? 0 : front.includes(key) ? 1 : 2);
    const keys = this.order.filter((key) => places.has(key)).sort((a, b) => rank(a) - rank(b)); // as they are read; who speaks moves nothing
    keyed(this.tiles, keys, (key) => this.make(key), (tile, key) => {
      this.drawTile(tile, key);
      tile.classList.toggle("main", main.includes(key));
      stand(tile, places.get(key));
    });
    stand(this.own, places.get("own"));
    this.pager.draw(this.arrangement, this.voicesElsewhere());
  }

  drawSigners() {
    byId("stage").classList.toggle("with-signer", this.signers.draw() > 0);
  }

  drawOwn() {
    const me = this.room.me;
    if (me && !this.own.hidden) drawPlate(this.own, { ...me, name: this.words.texts.own, initiative: null, land: null, role: "attendee" }, this.words, false);
    this.own.classList.toggle("open", me?.microphone ?? false);
  }

  /** @param {string} key */
  make(key) {
    const [kind, seat] = key.split("/");
    const shown = this.shows.get(key);
    if (shown) return shown;
    const own = this.room.people.get(seat)?.role === "interpreter" || kind === "screen"; // these have their places anyhow
    return makeTile(this.words, own ? null : () => this.pin(seat));
  }

  /** @param {HTMLElement} tile @param {string} key */
  drawTile(tile, key) {
    const [kind, seat] = key.split("/");
    const person = this.room.people.get(seat);
    if (!person || kind === "show") return;
    const screen = kind === "screen";
    const source = screen ? "screen" : "camera";
    const known = `${source}/${seat}`;
    const state = comes(this.step, { source, signing: this.signs(seat) }) ? this.slots.of(known) : "saved";
    drawTile(tile, person, this.words, { screen, track: this.tracks.get(known) ?? null, state, pinned: this.pins.has(seat), front: this.inFront(seat) });
  }

  /** Whether hands speak here: an interpreter, or somebody with the floor who signs. @param {string} seat */
  signs(seat) {
    const person = this.room.people.get(seat);
    return Boolean(person && (person.signing || person.signs || (person.floor && person.way === "signing")));
  }

  /** Pinned by oneself, or put in front by the moderation. @param {string} seat */
  inFront(seat) {
    return this.pins.has(seat) || this.room.front === seat;
  }

  /** Tiles in front: one's own wish comes before the moderation's. */
  front() {
    const spotlight = this.room.front;
    return [...new Set([...this.pins, ...(spotlight ? [spotlight] : [])])].map((seat) => `person/${seat}`).filter((key) => this.order.includes(key));
  }

  /** For oneself: keep somebody large and in the first place. @param {string} seat */
  pin(seat) {
    if (this.pins.has(seat)) this.pins.delete(seat);
    else this.pins.add(seat);
    for (const first of [...this.pins].slice(0, -PINS)) this.pins.delete(first);
    this.draw();
  }

  /** The tile of whoever speaks, or spoke last. */
  active() {
    return this.foremost.seat ? `person/${this.foremost.seat}` : null;
  }

  /** Voices have changed: often only a frame does, sometimes who is large. */
  hearWho() {
    window.clearTimeout(this.asking);
    const before = this.foremost.seat;
    const seats = [...this.room.speakers].filter((seat) => this.order.includes(`person/${seat}`));
    const again = this.foremost.take(seats, performance.now());
    if (again !== null) this.asking = window.setTimeout(() => this.hearWho(), again + 1);
    if (this.foremost.seat !== before) this.draw();
    else this.drawSpeakers();
  }

  /** Names of those who speak on another page. */
  voicesElsewhere() {
    const { places } = this.arrangement;
    const seats = [...this.room.speakers].filter((seat) => this.order.includes(`person/${seat}`) && !places.has(`person/${seat}`));
    return seats.map((seat) => this.room.people.get(seat)?.name ?? this.words.texts.unnamed);
  }

  /** Tell which pictures are wanted: the interpreter's, then as they stand in the page; all others that there are, are out of sight. */
  look() {
    const tiles = /** @type {HTMLElement[]} */ ([...this.signer.children, ...this.tiles.children]);
    const elements = new Map(tiles.map((tile) => [tile.dataset.key ?? "", tile]));
    const signing = /** @type {HTMLElement[]} */ ([...this.signer.children]).map((tile) => tile.dataset.key ?? "");
    const own = this.room.you?.seat;
    const others = [...this.room.people.values()].filter((person) => person.camera && person.seat !== own).map((person) => `person/${person.seat}`);
    const shown = [...new Set([...elements.keys(), ...this.order, ...others])].flatMap((key) => {
      const [kind, seat] = key.split("/");
      const source = /** @type {"screen"|"camera"} */ (kind === "screen" ? "screen" : "camera");
      const comes = kind === "screen" || (kind === "person" && this.room.people.get(seat)?.camera);
      return comes ? [{ element: elements.get(key) ?? null, seat, source }] : [];
    });
    // The interpreter's picture is served before all others, also before what one keeps in front.
    const front = [...signing, ...this.front()].map((key) => key.split("/")[1]);
    this.looking.take(shown, [...new Set(front)].slice(0, PINS));
  }

  drawSpeakers() {
    for (const tile of document.querySelectorAll(".stage .tile")) {
      const speaks = this.room.speakers.has(/** @type {HTMLElement} */ (tile).dataset.seat ?? "") && !tile.classList.contains("screen");
      tile.classList.toggle("speaks", speaks);
    }
    this.own.classList.toggle("speaks", this.room.speakers.has(this.room.you?.seat ?? ""));
    this.pager.hear(this.voicesElsewhere());
  }
}

/** @param {HTMLElement} element @param {import("./tiling.js").Rect|undefined} rect */
function stand(element, rect) {
  if (!rect) return;
  const wanted = { left: rect.x, top: rect.y, width: rect.width, height: rect.height };
  for (const [name, pixels] of Object.entries(wanted)) {
    const text = `${pixels}px`;
    if (element.style.getPropertyValue(name) !== text) element.style.setProperty(name, text);
  }
}
