// Leading a room from one panel: what waits in one number, the queue, the floor, questions and polls with what is decided next.

import { byId, element, fill, icon, keepFocus, keyed, say } from "./dom.js";

/** @typedef {import("./room.js").Room} Room */
/** @typedef {import("./protocol.js").Person} Person */
/** @typedef {import("./protocol.js").RoomProtocol} RoomProtocol */
/** @typedef {import("./dom.js").Words} Words */
/** @typedef {import("./talk/panel.js").TalkPanel} TalkPanel */
/** @typedef {import("./talk/talk.js").Question} Question */
/** @typedef {import("./talk/talk.js").Poll} Poll */

const POLLS = /** @type {Record<string, ["open"|"closed", string, string]>} */ ({ draft: ["open", "open", "button main"], open: ["closed", "close", "button"] });
const WRITING = "input, textarea, select";

export class LeadView {
  /**
   * @param {Room} room @param {RoomProtocol} protocol @param {Words} words @param {TalkPanel} talk
   * @param {{doing: (work: Promise<any>) => void, news: (text: string) => void, minutes: () => number|null}} page
   */
  constructor(room, protocol, words, talk, page) {
    this.room = room;
    this.protocol = protocol;
    this.words = words;
    this.talk = talk;
    this.page = page;
    this.panel = byId("panel-moderation");
    this.begun = false;
    this.waiting = 0; // people in the lobby, and rooms that call
    for (const button of this.panel.querySelectorAll("[data-tab]")) button.addEventListener("click", () => this.turn(button.dataset.tab));
    room.addEventListener("change", (event) => {
      const { what, before } = /** @type {CustomEvent} */ (event).detail;
      if (what === "you") this.you(before);
      if (what === "people" || what === "you") this.draw();
    });
    talk.talk.addEventListener("change", () => this.draw());
  }

  /** The room is shown for the first time. */
  begin() {
    this.begun = true;
    if (this.room.you?.moderates) this.talk.tabs.choose("moderation");
  }

  /** Who becomes a moderator while in the room sees the panel at once; what somebody writes is left alone. @param {import("./protocol.js").You|null} before */
  you(before) {
    const leads = this.room.you?.moderates ?? false;
    byId("key-lead").hidden = !leads;
    this.talk.tabs.lead(leads);
    const queue = byId("queue");
    const place = leads ? byId("lead-queue") : null;
    if (place && queue.parentElement !== place) place.append(queue);
    else if (!place && queue.parentElement?.id === "lead-queue") byId("stage-people").before(queue);
    if (!before || !this.begun || before.moderates === leads) return;
    this.page.news(this.words.texts[leads ? "promoted" : "demoted"]);
    if (leads && !document.activeElement?.matches(WRITING)) this.talk.tabs.choose("moderation");
  }

  /** @param {string} name */
  turn(name) {
    this.talk.tabs.choose(name);
    byId(`tab-${name}`).focus();
  }

  /** How many stand in front of the door, and how many rooms call. @param {number} waiting @param {number} calls */
  took(waiting, calls) {
    this.waiting = waiting + calls;
    this.drawCount();
  }

  draw() {
    if (!this.room.you?.moderates) return;
    this.drawFloor();
    this.drawQuestions();
    this.drawPolls();
    this.drawCount();
  }

  drawCount() {
    const pending = this.talk.talk.questionList().filter(({ state }) => state === "pending").length;
    this.talk.tabs.waits(this.room.queue().length + pending + this.waiting, this.words.texts.waits);
  }

  drawFloor() {
    const group = byId("lead-floor");
    const people = [...this.room.people.values()].filter((person) => person.floor);
    keepFocus(group, this.panel, () => {
      group.hidden = people.length === 0;
      const names = new Map(people.map(({ seat, name }) => [seat, name ?? this.words.texts.unnamed]));
      keyed(group.querySelector(".named"), [...names.keys()], (seat) => this.makeSpeaker(seat, names.get(seat) ?? ""), (item, seat) => say(/** @type {Element} */ (item.firstElementChild), names.get(seat) ?? ""));
    });
  }

  /** @param {string} seat @param {string} name */
  makeSpeaker(seat, name) {
    const acts = /** @type {Record<string, () => Promise<any>>} */ ({
      take: () => this.protocol.takeFloor(seat),
      return: () => this.protocol.returnToQueue(seat),
      timer: () => this.protocol.giveFloor(seat, this.page.minutes()),
    });
    const buttons = Object.entries(acts).map(([act, ask]) => this.button(act, this.words.texts[act], name, act === "take" ? "button main" : "button", ask));
    return element("li", {}, element("span", { class: "name" }), ...buttons);
  }

  /** @param {string} act @param {string} label @param {string} about @param {string} kind @param {() => Promise<any>} ask */
  button(act, label, about, kind, ask) {
    const made = element("button", { type: "button", class: kind, "data-act": act, "aria-label": `${label}: ${about}` }, label);
    made.addEventListener("click", () => this.page.doing(ask()));
    return made;
  }

  drawQuestions() {
    const group = byId("lead-questions");
    const { questions, words } = this.talk;
    const pending = this.talk.talk.questionList().filter(({ state }) => state === "pending");
    keepFocus(group, group.querySelector("[data-tab]"), () => {
      group.querySelector(".none").hidden = pending.length > 0;
      const make = (/** @type {string} */ id) => {
        const about = this.talk.talk.questions.get(id)?.text.slice(0, 60) ?? "";
        const approve = this.button("approve", words.texts.act_approve, about, "button main", () => this.talk.protocol.judge(id, "approved"));
        const decline = element("button", { type: "button", class: "button quiet", "data-act": "decline", "aria-label": `${words.texts.act_decline}: ${about}` }, words.texts.act_decline);
        decline.addEventListener("click", () => questions.decline(id));
        return element("li", {}, element("p", { class: "text" }), element("p", { class: "meta" }), element("div", { class: "acts" }, approve, decline));
      };
      keyed(group.querySelector(".things"), pending.map(({ id }) => id), make, (item, id) => this.drawQuestion(item, /** @type {Question} */ (this.talk.talk.questions.get(id))));
    });
  }

  /** @param {HTMLElement} item @param {Question} question */
  drawQuestion(item, question) {
    const { texts } = this.talk.words;
    say(/** @type {Element} */ (item.querySelector(".text")), question.text);
    say(/** @type {Element} */ (item.querySelector(".meta")), question.unnamed ? texts.unnamed_question : question.name ?? texts.unnamed);
  }

  /** Open ones with how many have voted, and drafts; closed ones are in their own tab. */
  drawPolls() {
    const group = byId("lead-polls");
    const polls = this.talk.talk.pollList().filter(({ state }) => state in POLLS);
    keepFocus(group, group.querySelector("[data-tab]"), () => {
      const make = (/** @type {string} */ key) => {
        const poll = /** @type {Poll} */ (this.talk.talk.polls.get(key.split(" ")[0]));
        const [state, act, kind] = POLLS[poll.state];
        const label = this.talk.words.texts[`poll_act_${act}`];
        const button = this.button(act, label, poll.question.slice(0, 60), kind, () => this.talk.protocol.setPoll(poll.id, state));
        button.prepend(icon(this.words, act === "open" ? "play" : "lock"));
        return element("li", {}, element("span", {}, element("span", { class: "name" }, poll.question), element("small", { class: "quiet" })), button);
      };
      keyed(group.querySelector(".named"), polls.map(({ id, state }) => `${id} ${state}`), make, (item, key) => this.drawPoll(item, /** @type {Poll} */ (this.talk.talk.polls.get(key.split(" ")[0]))));
    });
  }

  /** @param {HTMLElement} item @param {Poll} poll */
  drawPoll(item, poll) {
    const { texts } = this.talk.words;
    const voters = poll.voters === 1 ? texts.voter_one : fill(texts.voters, { n: poll.voters });
    say(/** @type {Element} */ (item.querySelector("small")), poll.state === "open" ? `${texts.poll_open}, ${voters}` : texts.poll_draft);
  }
}
