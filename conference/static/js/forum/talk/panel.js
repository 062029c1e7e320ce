// The talk beside the talk: opens it when the room is entered, keeps it, draws its views, says politely what is new.

import { byId, fill } from "../dom.js";
import { Outgoing } from "./outgoing.js";
import { TalkProtocol } from "./protocol.js";
import { Tabs } from "./tabs.js";
import { Talk } from "./talk.js";
import { AnnouncementsView } from "./view-announcements.js";
import { ChatView } from "./view-chat.js";
import { PollsView } from "./view-polls.js";
import { ProjectedView } from "./view-projected.js";
import { QuestionsView } from "./view-questions.js";
import { ReactionsView } from "./view-reactions.js";

/** @typedef {import("../room.js").Room} Room */
/** @typedef {import("../protocol.js").RoomProtocol} RoomProtocol */
/**
 * @typedef {object} Acts what views ask for
 * @property {TalkProtocol} protocol @property {(work: Promise<any>) => void} doing reports a refusal
 * @property {(ask: (client: string) => Promise<any>) => Promise<any>} send asks until there is an answer
 */

const UNANSWERED = new Set(["pending", "approved", "pinned"]);
const APART = 5000; // ms between two announcements
const AGAIN = 2000; // ms until the talk is asked for once more

export class TalkPanel {
  /**
   * @param {Room} room @param {RoomProtocol} protocol @param {any} data the data island
   * @param {{doing: (work: Promise<any>) => void, announce: (kind: string, text: string) => void, showSide: (shown: boolean) => void}} page
   */
  constructor(room, protocol, data, { doing, announce, showSide }) {
    this.room = room;
    this.words = { texts: data.talk, icons: data.icons, roles: data.roles };
    this.announce = announce;
    this.talk = new Talk();
    this.protocol = new TalkProtocol(protocol);
    this.outgoing = new Outgoing();
    this.tabs = new Tabs(this.words, showSide);
    this.entered = 0;
    /** @type {boolean|null} */
    this.moderates = null;
    /** @type {Set<string>} */
    this.known = new Set();
    /** @type {string|undefined} the question on the stage that was told last */
    this.said = undefined;
    /** @type {Map<string, number>} */
    this.counts = new Map();
    /** @type {Map<string, string>} */
    this.news = new Map();
    this.timer = 0;
    /** @type {Acts} */
    const acts = { protocol: this.protocol, doing, send: (ask) => this.outgoing.send(ask) };
    this.chat = new ChatView(room, this.talk, this.words, acts, () => this.tabs.sees("chat"));
    this.questions = new QuestionsView(room, this.talk, this.words, acts);
    this.polls = new PollsView(room, this.talk, this.words, acts);
    this.reactions = new ReactionsView(this.protocol, this.words, doing);
    this.announcements = new AnnouncementsView(this.words);
    this.projected = new ProjectedView(this.talk, this.words);
    this.follow(protocol);
  }

  /** @param {RoomProtocol} protocol */
  follow(protocol) {
    protocol.addEventListener("entered", () => void this.open());
    protocol.addEventListener("talk.changes", (event) => this.talk.take(/** @type {CustomEvent} */ (event).detail));
    protocol.addEventListener("talk.reactions", (event) => this.reactions.show(/** @type {CustomEvent} */ (event).detail.counts));
    protocol.addEventListener("talk.announcements", (event) => this.announcements.take(/** @type {CustomEvent} */ (event).detail.announcements));
    this.room.addEventListener("change", (event) => {
      if (/** @type {CustomEvent} */ (event).detail.what === "you") this.you();
    });
    this.tabs.addEventListener("show", () => this.chat.draw());
    this.talk.addEventListener("change", (event) => this.changed(/** @type {CustomEvent} */ (event).detail));
  }

  /** The room was entered, for the first time or again: get what is new. */
  async open() {
    const turn = ++this.entered;
    this.moderates = this.room.you?.moderates ?? false;
    // The address is a door for moderators only: nobody else is shown one.
    for (const link of document.querySelectorAll("a[data-save]")) {
      if (this.moderates) link.setAttribute("href", /** @type {HTMLElement} */ (link).dataset.save ?? "");
      else link.removeAttribute("href");
    }
    try {
      const answer = await this.protocol.open(this.talk.last);
      this.talk.open(answer);
      this.announcements.take(answer.announcements);
      this.outgoing.again();
      byId("talk-away").hidden = true;
    } catch (problem) {
      if (/** @type {any} */ (problem).code === "lost") return; // entered again, it is opened again
      byId("talk-away").hidden = false;
      window.setTimeout(() => turn === this.entered && void this.open(), AGAIN);
    }
  }

  /** Who begins or ceases to moderate sees other things. */
  you() {
    const moderates = this.room.you?.moderates ?? false;
    if (this.moderates === null || moderates === this.moderates) return;
    this.talk.forget();
    void this.open();
  }

  /** @param {{whole: boolean, fresh: any}} change */
  changed({ whole, fresh }) {
    this.questions.draw();
    this.chat.draw();
    this.polls.draw();
    this.projected.draw();
    if (!whole) return this.sayNew(fresh);
    for (const question of this.talk.questions.all()) this.known.add(question.id);
    for (const poll of this.talk.polls.all()) this.known.add(`${poll.id} ${poll.state}`);
    this.said = this.talk.projected()?.id;
  }

  /** @param {import("./talk.js").Fresh} fresh */
  sayNew({ questions, lines, polls }) {
    const { texts } = this.words;
    const asked = questions.filter((question) => !question.gone && !this.heard(question.id) && !question.own && UNANSWERED.has(question.state));
    this.tabs.add("questions", asked.length);
    if (asked.length) this.tellLater("questions", asked.length, texts.new_question, texts.new_questions);
    this.sayPolls(polls);
    this.sayLines(lines.filter((line) => !line.gone && !line.taken && line.seat !== this.room.you?.seat));
    const projected = this.talk.projected();
    if (projected && projected.id !== this.said) this.say("projected", fill(texts.now_on_stage, { text: projected.text }));
    this.said = projected?.id;
  }

  /** A poll is news when it opens and when it closes. @param {import("./talk.js").Poll[]} polls */
  sayPolls(polls) {
    const { texts } = this.words;
    for (const poll of polls.filter((one) => !one.gone && one.state !== "draft" && !this.heard(`${one.id} ${one.state}`))) {
      this.tabs.add("polls", 1);
      this.say("poll", fill(poll.state === "open" ? texts.poll_opened : texts.poll_ended, { question: poll.question }));
    }
  }

  /** Who has the chat in sight hears a single line itself. @param {import("./talk.js").Line[]} lines */
  sayLines(lines) {
    if (!lines.length) return;
    const { texts } = this.words;
    const [line] = lines;
    this.tabs.add("chat", lines.length);
    const one = this.tabs.sees("chat") ? `${line.name ?? texts.unnamed}: ${line.text}` : texts.new_line;
    this.tellLater("chat", lines.length, one, texts.new_lines);
  }

  /** Whether something was heard of before. @param {string} id */
  heard(id) {
    const before = this.known.has(id);
    this.known.add(id);
    return before;
  }

  /** @param {string} kind @param {number} n @param {string} one @param {string} many */
  tellLater(kind, n, one, many) {
    const all = (this.counts.get(kind) ?? 0) + n;
    this.counts.set(kind, all);
    this.say(kind, all === 1 ? one : fill(many, { n: all }));
  }

  /** At most one announcement in five seconds, of everything that came meanwhile. @param {string} kind @param {string} text */
  say(kind, text) {
    this.news.set(kind, text);
    this.timer ||= window.setTimeout(() => {
      this.timer = 0;
      this.announce("talk", [...this.news.values()].join(" "));
      this.news.clear();
      this.counts.clear();
    }, APART);
  }
}
