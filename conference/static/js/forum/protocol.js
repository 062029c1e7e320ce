// Speaks the room's part of /live (PROTOCOL.md, "Room"). Knows neither the page nor the media.

import { Refused, Socket } from "./socket.js";

/** @typedef {"microphone"|"camera"|"screen"|"screen_sound"} Source */
/**
 * @typedef {object} Person
 * @property {number} number which of a person's seats this is, from 1
 * @property {string} seat @property {string|null} name @property {string|null} initiative @property {string|null} land
 * @property {string} role @property {boolean} here @property {boolean} microphone @property {boolean} camera
 * @property {boolean} screen @property {number|null} hand @property {"voice"|"text"|"signing"|null} way @property {boolean} floor
 * @property {"good"|"fair"|"poor"|null} line how the connection is doing, as the person's page tells
 * @property {string|null} until the end of the speaking time @property {boolean} signing @property {boolean} promoted
 * @property {boolean} rests an interpreter, while another one interprets @property {boolean} signs speaks by signing
 */
/**
 * @typedef {object} You
 * @property {boolean} beside a further device of a person who is here already: it listens
 * @property {string} seat @property {string} role @property {Source[]} may @property {boolean} muted @property {boolean} floor
 * @property {boolean} moderates @property {boolean} captions @property {boolean} speaks @property {boolean} writes @property {boolean} signs
 */

const TOLD = new Set([
  "slides.now",
  "room.people", "room.you", "room.floor", "room.clock", "room.slots", "room.layers", "room.speakers", "room.text", "room.caption", "room.captioning", "room.rejoin", "room.removed",
  "room.replaced", "room.moderation", "room.notes", "room.calls", "room.emergency", "room.invited", "room.waiting", "room.admitted", "closed", "restart",
]);

/** The server may answer another time. */
const BUSY = new Set(["no_answer", "internal", "too_slow", "database"]);

/**
 * Events: `entered` (the answer to room.enter; again after each return), `refused` (Refused), `lost` ({seconds}),
 * `woke` (after a sleep), `end` ({type}), and each server message under its own name.
 */
export class RoomProtocol extends EventTarget {
  /** @param {{live: string, session: string, lang: string}} options */
  constructor({ live, session, lang }) {
    super();
    this.session = session;
    this.socket = new Socket(live, lang);
    this.inside = false;
    /** @type {string|null} this tab */
    this.window = null;
    /** @type {"take"|"beside"|null} what to do when the person is in by another page as well */
    this.choice = null;
    this.socket.addEventListener("open", () => void this.enter());
    this.socket.addEventListener("lost", (event) => this.tell("lost", /** @type {CustomEvent} */ (event).detail));
    this.socket.addEventListener("woke", () => this.tell("woke", null));
    this.socket.addEventListener("end", (event) => this.tell("end", /** @type {CustomEvent} */ (event).detail));
    this.socket.addEventListener("message", (event) => this.take(/** @type {CustomEvent} */ (event).detail));
  }

  open() {
    this.socket.open();
  }

  async enter() {
    try {
      const answer = await this.socket.ask({ type: "room.enter", session: this.session, window: this.window, choice: this.choice });
      this.choice = null;
      if (answer.waiting) return this.tell("waiting", answer); // `room.admitted` ends it
      this.inside = true;
      this.tell("entered", answer);
    } catch (problem) {
      if (!(problem instanceof Refused) || problem.code === "lost") return; // the socket comes back, and enters again
      if (BUSY.has(problem.code)) window.setTimeout(() => void this.enter(), 2000);
      else this.tell(problem.code === "elsewhere" ? "elsewhere" : "refused", problem);
    }
  }

  async leave() {
    if (this.inside) await this.socket.ask({ type: "room.leave" }).catch(() => undefined);
    this.inside = false;
    this.socket.close();
  }

  /** @param {{microphone: boolean, camera: boolean, screen: boolean, line: "good"|"fair"|"poor"|null}} showing */
  state(showing) {
    if (this.inside) this.socket.send({ type: "room.state", ...showing });
  }
  /** @param {import("./look.js").View} view @returns {boolean} whether it could be told */
  view(view) {
    return this.inside && this.socket.send({ type: "room.view", ...view });
  }
  /** For moderators. @returns {Promise<{people: import("./view-health.js").Health[]}>} */
  health() {
    return this.socket.ask({ type: "room.health" });
  }
  unmute() {
    return this.socket.ask({ type: "room.unmute" });
  }
  /** @param {string} way */
  raiseHand(way) {
    return this.socket.ask({ type: "hand.raise", way });
  }
  /** @param {string} [seat] somebody else's, for moderators */
  lowerHand(seat) {
    return this.socket.ask({ type: "hand.lower", ...(seat ? { seat } : {}) });
  }
  lowerAll() {
    return this.socket.ask({ type: "hand.lower_all" });
  }
  /** @param {string} seat @param {string|null} before the seat to stand in front of; null: at the end */
  moveHand(seat, before) {
    return this.socket.ask({ type: "hand.move", seat, before });
  }
  /** @param {string} seat who has the floor */
  returnToQueue(seat) {
    return this.socket.ask({ type: "hand.return", seat });
  }
  /** @param {string} floor @param {boolean} free */
  setFloor(floor, free) {
    return this.socket.ask({ type: "floor.set", floor, microphones_free: free });
  }
  /** @param {string} seat @param {number|null} minutes */
  giveFloor(seat, minutes) {
    return this.socket.ask({ type: "floor.give", seat, minutes });
  }
  /** @param {string} seat */
  takeFloor(seat) {
    return this.socket.ask({ type: "floor.take", seat });
  }
  /** @param {string} seat */
  mute(seat) {
    return this.socket.ask({ type: "room.mute", seat });
  }
  /** @param {string} seat */
  remove(seat) {
    return this.socket.ask({ type: "room.remove", seat });
  }
  /** @param {string} seat */
  ban(seat) {
    return this.socket.ask({ type: "room.ban", seat });
  }
  /** @param {string} seat */
  liftBan(seat) {
    return this.socket.ask({ type: "room.lift_ban", seat });
  }
  /** @param {boolean} on */
  lock(on) {
    return this.socket.ask({ type: "room.lock", on });
  }
  /** @param {boolean} on */
  setLobby(on) {
    return this.socket.ask({ type: "room.lobby", on });
  }
  /** @param {string} seat @param {boolean} admit */
  answerKnock(seat, admit) {
    return admit ? this.socket.ask({ type: "room.admit", seat }) : this.socket.ask({ type: "room.refuse", seat });
  }
  /** @param {string|null} seat */
  spotlight(seat) {
    return this.socket.ask({ type: "room.spotlight", seat });
  }
  /** @param {string} seat @param {boolean} on */
  promote(seat, on) {
    return this.socket.ask({ type: "room.promote", seat, on });
  }
  /** @param {string} text @param {string|null} seen */
  saveNotes(text, seen) {
    return this.socket.ask({ type: "room.notes", text, seen });
  }
  /** @param {boolean} on */
  help(on) {
    return this.socket.ask({ type: "room.help", on });
  }
  /** @param {string} session */
  helpDone(session) {
    return this.socket.ask({ type: "room.help_done", session });
  }
  /** Three minutes more for the session, for moderators. */
  extend() {
    return this.socket.ask({ type: "room.extend" });
  }
  /** The session is over now, for moderators; the room stays open for a while. */
  end() {
    return this.socket.ask({ type: "room.end" });
  }

  /** @param {any} message */
  take(message) {
    if (!TOLD.has(message.type) && !/^(talk|plenary)\./.test(message.type)) return;
    if (message.type === "room.replaced" || message.type === "room.removed" || message.type === "closed") this.inside = false;
    this.tell(message.type, message);
  }

  /** @param {string} name @param {any} detail */
  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
