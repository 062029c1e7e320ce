// The list of questions: asking, upvoting; for moderators in the same list what they decide.

import { byId, element, fill, icon, keyed, onSwitch, say } from "../dom.js";
import { OPEN } from "./talk.js";
import { time } from "./words.js";

/** @typedef {import("../dom.js").Words} Words */
/** @typedef {import("../room.js").Room} Room */
/** @typedef {import("./talk.js").Question} Question */
/** @typedef {import("./panel.js").Acts} Acts */

const DECISIONS = /** @type {Record<string, string[]>} */ ({
  pending: ["approve", "pin", "decline"],
  approved: ["project", "answer", "pin", "decline"],
  pinned: ["project", "answer", "unpin", "decline"],
  answered: ["reopen"],
  declined: ["approve"],
});
const STATES = /** @type {Record<string, string>} */ ({ approve: "approved", pin: "pinned", unpin: "approved", answer: "answered", reopen: "approved" });
const DRAWINGS = /** @type {Record<string, string>} */ ({ approve: "check", pin: "pin", unpin: "pin-off", answer: "circle-check", reopen: "undo-2", project: "monitor", unproject: "monitor-x", decline: "circle-x" });

export class QuestionsView {
  /** @param {Room} room @param {import("./talk.js").Talk} talk @param {Words} words @param {Acts} acts */
  constructor(room, talk, words, acts) {
    this.room = room;
    this.talk = talk;
    this.words = words;
    this.acts = acts;
    this.list = byId("questions");
    this.form = byId("ask");
    this.field = byId("question-text");
    this.dialog = byId("decline");
    this.form.addEventListener("submit", (/** @type {Event} */ event) => void this.ask(event));
    onSwitch(byId("approval"), acts.doing, () => acts.protocol.set({ approval: byId("approval").checked }), () => this.draw());
  }

  /** @param {Event} event */
  async ask(event) {
    event.preventDefault();
    const text = this.field.value.trim();
    if (!text || this.form.getAttribute("aria-busy") === "true") return this.field.focus();
    const unnamed = byId("question-unnamed").checked;
    this.form.setAttribute("aria-busy", "true");
    this.note(this.words.texts.sending);
    try {
      const { state } = await this.acts.send((client) => this.acts.protocol.ask(text, unnamed, client));
      this.field.value = "";
      this.note(state === "pending" ? this.words.texts.asked_waits : this.words.texts.asked);
    } catch (problem) {
      this.note(/** @type {any} */ (problem).text || this.words.texts.not_done);
    } finally {
      this.form.setAttribute("aria-busy", "false");
    }
  }

  /** @param {string} text */
  note(text) {
    say(byId("asked"), text);
  }

  draw() {
    const questions = this.talk.questionList();
    byId("questions-none").hidden = questions.length > 0;
    byId("questions-waits").hidden = !this.talk.settings.approval;
    const moderates = this.room.you?.moderates ?? false;
    for (const part of byId("panel-questions").querySelectorAll(".moderates")) part.hidden = !moderates;
    byId("approval").checked = this.talk.settings.approval;
    keyed(this.list, questions.map((question) => question.id), (id) => this.make(id), (item, id) => this.drawOne(item, /** @type {Question} */ (this.talk.questions.get(id)), moderates));
  }

  /** @param {string} id */
  make(id) {
    const item = element("li", { class: "question", tabindex: "-1" }, element("p", { class: "mark" }), element("p", { class: "text" }), element("p", { class: "meta" }), element("p", { class: "reason" }), element("div", { class: "acts" }));
    item.addEventListener("click", (event) => this.act(event, id));
    return item;
  }

  /** @param {HTMLElement} item @param {Question} question @param {boolean} moderates */
  drawOne(item, question, moderates) {
    const { texts } = this.words;
    const shown = this.talk.settings.projected === question.id;
    item.dataset.state = question.state;
    item.classList.toggle("on-now", shown);
    const mark = [question.state === "approved" ? "" : texts[`question_${question.state}`], shown ? texts.on_stage : ""].filter(Boolean).join(" · ");
    const name = question.own ? texts.own_question : question.unnamed ? texts.unnamed_question : question.name ?? texts.unnamed;
    part(item, ".mark", mark);
    part(item, ".text", question.text);
    part(item, ".meta", [name, question.own && question.unnamed ? texts.unnamed_question : "", time(question.asked)].filter(Boolean).join(" · "));
    part(item, ".reason", question.reason ? fill(texts.reason, { reason: question.reason }) : "");
    this.drawActs(item, question, moderates, shown);
  }

  /** @param {HTMLElement} item @param {Question} question @param {boolean} moderates @param {boolean} shown */
  drawActs(item, question, moderates, shown) {
    const decisions = moderates ? DECISIONS[question.state].map((act) => (act === "project" && shown ? "unproject" : act)) : [];
    const votes = question.state === "pending" || question.state === "declined" ? "" : `vote ${OPEN.has(question.state)}`;
    const row = /** @type {HTMLElement} */ (item.querySelector(".acts"));
    const state = `${votes} ${decisions}`;
    if (row.dataset.acts !== state) {
      row.dataset.acts = state;
      const focused = row.contains(document.activeElement);
      row.replaceChildren(...(votes ? [this.voteButton(question)] : []), ...decisions.map((act) => this.button(act, question)));
      if (focused) (row.querySelector("button") ?? item).focus({ preventScroll: true });
    }
    const vote = /** @type {HTMLButtonElement|null} */ (row.querySelector(".vote"));
    if (!vote) return;
    const mine = this.talk.votes.has(question.id);
    vote.disabled = !OPEN.has(question.state);
    vote.setAttribute("aria-pressed", String(mine));
    say(/** @type {Element} */ (vote.querySelector(".n")), String(question.votes));
    vote.setAttribute("aria-label", `${fill(question.votes === 1 ? this.words.texts.vote_one : this.words.texts.votes, { n: question.votes })}. ${this.words.texts.upvote}`);
  }

  /** @param {Question} question */
  voteButton(question) {
    return element("button", { type: "button", class: "button vote", "data-act": "vote", "data-id": question.id }, icon(this.words, "chevron-down"), element("span", { class: "n" }));
  }

  /** @param {string} act @param {Question} question */
  button(act, question) {
    const { texts } = this.words;
    const label = texts[`act_${act}`];
    const about = question.text.slice(0, 60);
    return element("button", { type: "button", class: act === "approve" ? "button main" : "button quiet", "data-act": act, "aria-label": `${label}: ${about}` }, icon(this.words, DRAWINGS[act]), element("span", {}, label));
  }

  /** @param {Event} event @param {string} id */
  act(event, id) {
    const act = /** @type {HTMLElement} */ (event.target).closest("[data-act]")?.getAttribute("data-act");
    const { protocol, doing } = this.acts;
    if (act === "vote") doing(this.vote(id));
    else if (act === "decline") this.decline(id);
    else if (act === "project") doing(protocol.project(id));
    else if (act === "unproject") doing(protocol.project(null));
    else if (act) doing(protocol.judge(id, STATES[act]));
  }

  /** @param {string} id */
  async vote(id) {
    const up = !this.talk.votes.has(id);
    await this.acts.protocol.vote(id, up);
    this.talk.voted(id, up);
  }

  /** @param {string} id */
  decline(id) {
    const field = byId("decline-reason");
    field.value = "";
    say(byId("decline-question"), this.talk.questions.get(id)?.text ?? "");
    this.dialog.returnValue = "no";
    this.dialog.onclose = () => {
      if (this.dialog.returnValue === "yes") this.acts.doing(this.acts.protocol.judge(id, "declined", field.value));
    };
    this.dialog.showModal();
  }
}

/** @param {Element} item @param {string} selector @param {string} text hidden when there is none */
function part(item, selector, text) {
  const found = /** @type {HTMLElement} */ (item.querySelector(selector));
  found.hidden = !text;
  say(found, text);
}
