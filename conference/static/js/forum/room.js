// What is so in the room, as the server told it. No DOM, no media: views ask it, and redraw on `change`.

/** @typedef {import("./protocol.js").Person} Person */
/** @typedef {import("./protocol.js").You} You */
/** @typedef {import("./protocol.js").Caption} Caption */

const STAGE = new Set(["moderator", "speaker", "interpreter", "organiser", "technical_director"]);
const LINES = 3;

/** Event `change` with detail {what: "people"|"you"|"floor"|"speakers"|"captions"|"clock", before: any}. */
export class Room extends EventTarget {
  constructor() {
    super();
    /** @type {Map<string, Person>} */
    this.people = new Map();
    /** @type {You|null} */
    this.you = null;
    this.floor = { floor: "discussion", microphones_free: false, spotlight: /** @type {string|null} */ (null) };
    /** @type {Set<string>} */
    this.speakers = new Set();
    /** @type {Caption[]} */
    this.captions = [];
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
    this.you = answer.you;
    this.floor = { floor: answer.floor, microphones_free: answer.microphones_free, spotlight: answer.spotlight };
    this.speakers = new Set(answer.speakers);
    this.captions = answer.captions.slice(-LINES);
    this.skew = Date.parse(answer.now) - Date.now();
    this.setClock(answer);
    this.tell("floor", null);
    this.tell("you", before);
    this.tell("people", null);
    this.tell("speakers", null);
    this.tell("captions", null);
    this.tell("clock", null);
  }

  /** @param {{people: Person[], gone: string[]}} told */
  takePeople({ people, gone }) {
    const before = new Map(this.people);
    for (const person of people) this.people.set(person.seat, person);
    for (const seat of gone) this.people.delete(seat);
    this.tell("people", before);
  }

  /** @param {You} you */
  takeYou(you) {
    const before = this.you;
    this.you = you;
    this.tell("you", before);
  }

  /** @param {{floor: string, microphones_free: boolean, spotlight: string|null}} floor */
  takeFloor({ floor, microphones_free, spotlight }) {
    const before = this.floor;
    this.floor = { floor, microphones_free, spotlight };
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
    this.speakers = new Set(seats);
    this.tell("speakers", null);
  }

  /** A line grows until it is final; then the next one begins. @param {Caption} caption */
  takeCaption(caption) {
    const last = this.captions.at(-1);
    if (last && !last.final && last.seat === caption.seat) this.captions.pop();
    if (caption.text) this.captions.push(caption);
    this.captions = this.captions.slice(-LINES);
    this.tell("captions", null);
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
