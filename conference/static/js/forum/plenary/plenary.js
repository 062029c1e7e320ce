// What is so in a plenary, as the server told it: the curtain, the order, who is behind the stage. No DOM: views redraw on `change`.

/** @typedef {import("../room.js").Room} Room */
/** @typedef {import("../protocol.js").Person & {heard: string|null}} Behind somebody behind the stage */
/** @typedef {Record<string, string>} Languages */
/**
 * @typedef {object} Greeting
 * @property {string} id @property {string} name @property {Languages} function @property {Languages} organisation
 * @property {number|null} minutes @property {string|null} seat @property {"waiting"|"now"|"done"} state @property {string|null} began
 */
/** @typedef {{seat: string, name: string, function: Languages, organisation: Languages}} Third */
/** @typedef {{seat: string, place: "stage"|"signing"|"deputy", name: string|null, here: boolean, shown: boolean}} Feed */
/**
 * @typedef {object} State
 * @property {boolean} closed @property {string} text @property {string|null} until @property {Greeting|null} now
 * @property {{auto: boolean, seat: string|null}} thirds @property {Third[]} names @property {string|null} front
 */
/** @typedef {{greetings: Greeting[], next: string|null, shows_now: boolean}} Order */
/** @typedef {{host: string|null, deputy: string|null, host_gone: string|null, feeds: Feed[]}} Lead */
/** @typedef {{crew: boolean, behind: boolean, heard: string|null}} Own */

const STAGE = new Set(["moderator", "speaker", "interpreter", "organiser", "technical_director"]);

/** Event `change` with detail {what: "state"|"you"|"order"|"lead"|"behind"|"speakers", before: any}. */
export class Plenary extends EventTarget {
  /** @param {Room} room */
  constructor(room) {
    super();
    this.room = room;
    /** @type {State} */
    this.state = { closed: false, text: "", until: null, now: null, thirds: { auto: false, seat: null }, names: [], front: null };
    /** @type {Own} */
    this.you = { crew: false, behind: false, heard: null };
    /** @type {Order} */
    this.order = { greetings: [], next: null, shows_now: false };
    /** @type {Lead} */
    this.lead = { host: null, deputy: null, host_gone: null, feeds: [] };
    /** @type {Behind[]} */
    this.behind = [];
    /** @type {Set<string>} who speaks behind the stage */
    this.speakers = new Set();
  }

  /** The answer to room.enter. @param {{plenary: State|null}} answer */
  enter({ plenary }) {
    if (plenary) this.take("state", plenary, null);
  }

  /** The room has forgotten who is behind the stage, and knows the time now. */
  again() {
    this.room.takeBehind(this.behind);
    this.tell("state", null);
  }

  /** @param {"state"|"you"|"order"|"lead"} what @param {any} told @param {any} [before] null: it is so when one comes in, and no news */
  take(what, told, before = this[what]) {
    const { type: _, ref: __, ...rest } = told;
    /** @type {any} */ (this)[what] = rest;
    if (what === "state") this.room.putInFront(rest.front);
    this.tell(what, before);
  }

  /** @param {{people: Behind[]}} told */
  takeBehind({ people }) {
    const before = this.behind;
    this.behind = people;
    this.room.takeBehind(people);
    this.tell("behind", before);
  }

  /** @param {{seats: string[]}} told */
  takeSpeakers({ seats }) {
    this.speakers = new Set(seats);
    this.tell("speakers", null);
  }

  /** Whether one may be behind the stage; the role may have gone since that was told. */
  get crew() {
    return this.you.crew && STAGE.has(this.room.you?.role ?? "");
  }

  get moderates() {
    return this.room.you?.moderates ?? false;
  }

  /** @returns {Greeting|undefined} whose turn it is */
  get present() {
    return this.order.greetings.find((one) => one.state === "now");
  }

  /** @returns {Greeting|undefined} */
  get next() {
    return this.order.greetings.find((one) => one.id === this.order.next);
  }

  /** Who is on the stage by role, to choose from. */
  onStage() {
    return this.room.stage().filter((person) => !this.behind.some((one) => one.seat === person.seat));
  }

  /** @param {string} what @param {any} before */
  tell(what, before) {
    this.dispatchEvent(new CustomEvent("change", { detail: { what, before } }));
  }
}

/** A text in the page's language, else in German. @param {Languages} words */
export function said(words) {
  return words[document.documentElement.lang] ?? words.de ?? Object.values(words)[0] ?? "";
}

/** Function and organisation in one line. @param {{function: Languages, organisation: Languages}} entry */
export function about(entry) {
  return [said(entry.function), said(entry.organisation)].filter(Boolean).join(", ");
}
