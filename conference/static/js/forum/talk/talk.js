// What was said beside the talk, as the server told it. No DOM: views ask it, and redraw on `change`.

/**
 * @typedef {object} Question
 * @property {string} id @property {number} change @property {string} text @property {string|null} name @property {boolean} unnamed
 * @property {boolean} own @property {"pending"|"approved"|"pinned"|"answered"|"declined"} state @property {string} reason
 * @property {number} votes @property {string} asked @property {boolean} [gone]
 */
/**
 * @typedef {object} Line
 * @property {string} id @property {number} change @property {number} number @property {string} seat @property {string|null} name
 * @property {string} text @property {string|null} reply_to @property {string} at @property {boolean} taken @property {boolean} [gone]
 */
/**
 * @typedef {object} Poll
 * @property {string} id @property {number} change @property {number} number @property {string} question @property {string[]} options
 * @property {boolean} multiple @property {"draft"|"open"|"closed"} state @property {number} voters @property {number[]|null} counts
 * @property {boolean} [gone]
 */
/** @typedef {{questions: Question[], lines: Line[], polls: Poll[]}} Fresh what is new in some news */
/** @typedef {{id: string, change: number, gone?: boolean}} Thing */
/** @typedef {{projected: string|null, approval: boolean, keeps_chat: boolean}} Settings */

const ORDER = ["pinned", "pending", "approved", "answered", "declined"];
const NOTHING = /** @type {Fresh} */ ({ questions: [], lines: [], polls: [] });
export const OPEN = new Set(["approved", "pinned"]);

/**
 * Things by id; of each the newest change is kept, so that hearing twice harms nothing.
 * @template {Thing} T
 */
class Things {
  constructor() {
    /** @type {Map<string, T>} */
    this.known = new Map();
  }

  /** @param {T[]} told @returns {T[]} those that were not known in this state */
  take(told) {
    const fresh = told.filter((thing) => thing.change > (this.known.get(thing.id)?.change ?? -1));
    for (const thing of fresh) this.known.set(thing.id, thing);
    return fresh;
  }

  /** @returns {T[]} */
  all() {
    return [...this.known.values()].filter((thing) => !thing.gone);
  }

  /** @param {string|null} id @returns {T|undefined} */
  get(id) {
    const thing = id === null ? undefined : this.known.get(id);
    return thing?.gone ? undefined : thing;
  }
}

/** Event `change` with detail {whole: boolean, fresh: Fresh}: what there is now, and what is new in it. */
export class Talk extends EventTarget {
  constructor() {
    super();
    /** @type {number|null} */
    this.last = null;
    /** @type {Things<Question>} */
    this.questions = new Things();
    /** @type {Things<Line>} */
    this.lines = new Things();
    /** @type {Things<Poll>} */
    this.polls = new Things();
    /** @type {Map<string, number[]>} what this seat chose in the open polls */
    this.ballots = new Map();
    this.older = false; // there are lines before the first that is known
    /** @type {Set<string>} the questions that this seat has upvoted */
    this.votes = new Set();
    /** @type {Settings} */
    this.settings = { projected: null, approval: false, keeps_chat: false };
  }

  /** Forget what is known, to be told all of it. */
  forget() {
    this.last = null;
  }

  /** Take in the answer to talk.open. @param {any} answer */
  open(answer) {
    if (answer.whole) {
      this.questions.known.clear();
      this.lines.known.clear();
      this.polls.known.clear();
      this.older = answer.older;
    }
    this.votes = new Set(answer.votes);
    this.ballots = new Map(Object.entries(answer.ballots));
    this.take(answer, answer.whole);
  }

  /** Take in what has changed. @param {any} told @param {boolean} whole */
  take(told, whole = false) {
    const first = this.older && !whole ? this.first() : 0; // a line from before was taken back: not ours to show yet
    const lines = (told.lines ?? []).filter((/** @type {Line} */ line) => line.number >= first || this.lines.known.has(line.id));
    const fresh = { questions: this.questions.take(told.questions ?? []), lines: this.lines.take(lines), polls: this.polls.take(told.polls ?? []) };
    this.settings = { projected: told.projected, approval: told.approval, keeps_chat: told.keeps_chat };
    this.last = Math.max(this.last ?? 0, told.last);
    this.tell(whole, fresh);
  }

  /** One's own vote, as the server has it now. @param {string} question @param {boolean} up */
  voted(question, up) {
    if (up) this.votes.add(question);
    else this.votes.delete(question);
    this.tell(false, NOTHING);
  }

  /** One's own ballot, as the server has it now. @param {string} poll @param {number[]} choices */
  chose(poll, choices) {
    this.ballots.set(poll, choices);
    this.tell(false, NOTHING);
  }

  /** Open polls, then drafts, then closed ones; in each the newest first. */
  pollList() {
    const order = ["open", "draft", "closed"];
    return this.polls.all().sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || b.number - a.number);
  }

  /** Lines from before those that are known. @param {{lines: Line[], older: boolean}} told */
  takeOlder({ lines, older }) {
    this.lines.take(lines);
    this.older = older;
    this.tell(false, NOTHING);
  }

  /** The chat, in order. */
  lineList() {
    return this.lines.all().sort((a, b) => a.number - b.number);
  }

  /** The place of the first line that is known. */
  first() {
    return Math.min(...[...this.lines.known.values()].map((line) => line.number));
  }

  /** Pinned, waiting, open, answered; then votes; then age. */
  questionList() {
    return this.questions.all().sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || b.votes - a.votes || a.asked.localeCompare(b.asked) || a.id.localeCompare(b.id));
  }

  /** The question on everybody's stage. */
  projected() {
    return this.questions.get(this.settings.projected);
  }

  /** @param {boolean} whole @param {Fresh} fresh */
  tell(whole, fresh) {
    this.dispatchEvent(new CustomEvent("change", { detail: { whole, fresh } }));
  }
}
