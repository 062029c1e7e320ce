// What is so in the room, as the server told it. No DOM, no media: views ask it, and redraw on `change`.

/** @typedef {import("./protocol.js").Person} Person */
/** @typedef {import("./protocol.js").You} You */

const STAGE = new Set(["moderator", "speaker", "interpreter", "organiser", "technical_director"]);

/** Event `change` with detail {what: "people"|"you"|"floor"|"speakers"|"clock", before: any}. */
export class Room extends EventTarget {
  constructor() {
    super();
    /** @type {Map<string, Person>} */
    this.people = new Map();
    /** @type {Set<string>} those of them who are behind a plenary's stage: told to its people alone */
    this.behind = new Set();
    /** @type {string|null} a studio's stream that has the stage's place */
    this.fed = null;
    /** @type {You|null} */
    this.you = null;
    this.floor = { floor: "discussion", microphones_free: false, spotlight: /** @type {string|null} */ (null), text_free: true };
    /** @type {string[]} who is heard, loudest first */
    this.voices = [];
    /** @type {Set<string>} who types real-time text now */
    this.writers = new Set();
    /** @type {Set<string>} who speaks, with hands, in writing or by voice */
    this.speakers = new Set();
    this.skew = 0; // ms that the server's clock is ahead of ours
    this.starts = 0; // ms of conference time
    this.ends = 0;
    this.closes = 0;
    this.extended = 0; // when the moderation last gave more minutes
  }

  /** Take in the answer to room.enter: all of it is new. @param {any} answer */
  enter(answer) {
    const before = this.you;
    this.people = new Map(answer.people.map((/** @type {Person} */ person) => [person.seat, person]));
    this.behind.clear();
    this.you = answer.you;
    this.floor = { floor: answer.floor, microphones_free: answer.microphones_free, spotlight: answer.spotlight, text_free: answer.text_free };
    this.voices = answer.speakers;
    this.speakers = this.speaking();
    this.skew = Date.parse(answer.now) - Date.now();
    this.setClock(answer);
    this.tell("floor", null);
    this.tell("you", before);
    this.tell("people", null);
    this.tell("speakers", null);
    this.tell("clock", null);
  }

  /** @param {{people: Person[], gone: string[]}} told */
  takePeople({ people, gone }) {
    const before = new Map(this.people);
    for (const person of people) {
      this.people.set(person.seat, person);
      this.behind.delete(person.seat);
    }
    for (const seat of gone) if (!this.behind.has(seat)) this.people.delete(seat);
    this.tell("people", before);
    this.recount();
  }

  /** Who is behind a plenary's stage now. @param {Person[]} people */
  takeBehind(people) {
    const before = new Map(this.people);
    for (const seat of this.behind) this.people.delete(seat);
    this.behind = new Set(people.map((person) => person.seat));
    for (const person of people) this.people.set(person.seat, person);
    this.tell("people", before);
  }

  /** @param {string|null} seat a studio's stream, or null */
  putInFront(seat) {
    if (seat === this.fed) return;
    this.fed = seat;
    this.tell("floor", this.floor);
  }

  /** Who is in front for everybody: whom the moderation put there, else the studio's stream. */
  get front() {
    return this.floor.spotlight ?? this.fed;
  }

  /** @param {You} you */
  takeYou(you) {
    const before = this.you;
    this.you = you;
    this.tell("you", before);
  }

  /** @param {{floor: string, microphones_free: boolean, spotlight: string|null, text_free: boolean}} floor */
  takeFloor({ floor, microphones_free, spotlight, text_free }) {
    const before = this.floor;
    this.floor = { floor, microphones_free, spotlight, text_free };
    this.tell("floor", before);
  }

  /** @param {{starts: string, ends: string, closes: string, extended: string|null}} told */
  takeClock(told) {
    const before = { ends: this.ends, extended: this.extended };
    this.setClock(told);
    this.tell("clock", before);
  }

  /** @param {{starts: string, ends: string, closes: string, extended: string|null}} told */
  setClock({ starts, ends, closes, extended }) {
    this.starts = Date.parse(starts);
    this.ends = Date.parse(ends);
    this.closes = Date.parse(closes);
    this.extended = extended ? Date.parse(extended) : 0;
  }

  /** @param {string[]} seats */
  takeSpeakers(seats) {
    this.voices = seats;
    this.recount();
  }

  /** @param {Iterable<string>} seats who types now */
  takeWriters(seats) {
    this.writers = new Set(seats);
    this.recount();
  }

  /** Who signs is the one who speaks, then whoever has the floor and types, then the voices. */
  speaking() {
    const people = [...this.people.values()];
    const hands = people.filter((person) => person.signs).map((person) => person.seat);
    const typing = people.filter((person) => person.floor && this.writers.has(person.seat)).map((person) => person.seat);
    return new Set([...hands, ...typing, ...this.voices]);
  }

  recount() {
    const now = this.speaking();
    if ([...now].join() === [...this.speakers].join()) return;
    this.speakers = now;
    this.tell("speakers", null);
  }

  /** @returns {Person|undefined} */
  get me() {
    return this.you ? this.people.get(this.you.seat) : undefined;
  }

  /** @param {string} source */
  may(source) {
    return this.you?.may.includes(/** @type {any} */ (source)) ?? false;
  }

  /** Milliseconds of conference time. */
  now() {
    return Date.now() + this.skew;
  }

  /** Raised hands, in order. */
  queue() {
    return [...this.people.values()].filter((person) => person.hand !== null).sort((a, b) => (a.hand ?? 0) - (b.hand ?? 0));
  }

  /** Who belongs on the stage: by role, or by having the floor. */
  stage() {
    return [...this.people.values()].filter((person) => onStage(person)).sort(byRoleAndName);
  }

  audience() {
    return [...this.people.values()].filter((person) => !onStage(person)).sort(byRoleAndName);
  }

  /** @param {string} what @param {any} before */
  tell(what, before) {
    this.dispatchEvent(new CustomEvent("change", { detail: { what, before } }));
  }
}

/** @param {Person} person */
export function onStage(person) {
  return STAGE.has(person.role) || person.floor;
}

const ORDER = ["moderator", "speaker", "interpreter", "organiser", "technical_director"];

/** @param {Person} a @param {Person} b */
function byRoleAndName(a, b) {
  const role = (/** @type {Person} */ one) => (ORDER.indexOf(one.role) + ORDER.length + 1) % (ORDER.length + 1);
  return role(a) - role(b) || Number(!a.name) - Number(!b.name) || (a.name ?? "").localeCompare(b.name ?? "") || a.seat.localeCompare(b.seat);
}
