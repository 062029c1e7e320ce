// Polls: voting and results in one list; for moderators drafting, opening, closing. What somebody is choosing is left alone.

import { byId, element, fill, icon, keyed, say } from "../dom.js";

/** @typedef {import("../dom.js").Words} Words */
/** @typedef {import("../room.js").Room} Room */
/** @typedef {import("./talk.js").Poll} Poll */
/** @typedef {import("./panel.js").Acts} Acts */

const DECISIONS = /** @type {Record<string, string[]>} */ ({ draft: ["open", "discard"], open: ["close"], closed: [] });
const STATES = /** @type {Record<string, "open"|"closed"|"discarded">} */ ({ open: "open", close: "closed", discard: "discarded" });
const DRAWINGS = /** @type {Record<string, string>} */ ({ open: "play", close: "lock", discard: "trash-2" });

export class PollsView {
  /** @param {Room} room @param {import("./talk.js").Talk} talk @param {Words} words @param {Acts} acts */
  constructor(room, talk, words, acts) {
    this.room = room;
    this.talk = talk;
    this.words = words;
    this.acts = acts;
    this.list = byId("polls");
    this.form = byId("draft");
    this.form.addEventListener("submit", (/** @type {Event} */ event) => void this.draft(event));
  }

  /** @param {Event} event */
  async draft(event) {
    event.preventDefault();
    const question = byId("poll-question");
    const options = byId("poll-options");
    const asked = question.value;
    const offered = options.value.split("\n").map((/** @type {string} */ line) => line.trim()).filter(Boolean);
    const multiple = byId("poll-multiple").checked;
    if (this.form.getAttribute("aria-busy") === "true") return;
    this.form.setAttribute("aria-busy", "true");
    say(byId("drafted"), this.words.texts.sending);
    try {
      await this.acts.send((client) => this.acts.protocol.draft(asked, offered, multiple, client));
      question.value = options.value = "";
      byId("poll-multiple").checked = false;
      say(byId("drafted"), this.words.texts.drafted);
    } catch (problem) {
      say(byId("drafted"), /** @type {any} */ (problem).text || this.words.texts.not_done);
    } finally {
      this.form.setAttribute("aria-busy", "false");
    }
  }

  draw() {
    const polls = this.talk.pollList();
    const moderates = this.room.you?.moderates ?? false;
    for (const part of byId("panel-polls").querySelectorAll(".moderates")) part.hidden = !moderates;
    byId("polls-none").hidden = polls.length > 0;
    keyed(this.list, polls.map((poll) => poll.id), (id) => this.make(id), (item, id) => this.drawOne(item, /** @type {Poll} */ (this.talk.polls.get(id)), moderates));
  }

  /** @param {string} id */
  make(id) {
    const item = element("li", { class: "poll", tabindex: "-1" }, element("form", {}, element("fieldset", {}, element("legend", { class: "text" }), element("p", { class: "meta" }), element("div", { class: "options" })), element("div", { class: "acts" })), element("p", { class: "small note", role: "status" }));
    item.addEventListener("submit", (event) => void this.vote(event, item, id));
    item.addEventListener("click", (event) => this.act(event, id));
    return item;
  }

  /** @param {HTMLElement} item @param {Poll} poll @param {boolean} moderates */
  drawOne(item, poll, moderates) {
    const { texts } = this.words;
    item.dataset.state = poll.state;
    say(one(item, ".text"), poll.question);
    const voters = poll.state === "draft" ? "" : fill(poll.voters === 1 ? texts.voter_one : texts.voters, { n: poll.voters });
    say(one(item, ".meta"), [texts[`poll_${poll.state}`], poll.state === "open" && poll.multiple ? texts.several : "", voters].filter(Boolean).join(" · "));
    const mine = this.talk.ballots.get(poll.id) ?? [];
    const shape = `${poll.state} ${mine}`;
    if (item.dataset.shape !== shape) {
      const focused = one(item, ".options").contains(document.activeElement);
      item.dataset.shape = shape;
      one(item, ".options").replaceChildren(...poll.options.map((text, place) => this.option(poll, text, place, mine)));
      if (focused) /** @type {HTMLElement} */ (item.querySelector("input:checked, input") ?? item).focus({ preventScroll: true });
    }
    for (const [place, row] of [...one(item, ".options").children].entries()) this.drawCount(row, poll, place);
    this.drawActs(item, poll, moderates);
  }

  /** @param {Poll} poll @param {string} text @param {number} place @param {number[]} mine */
  option(poll, text, place, mine) {
    const kind = poll.multiple ? "checkbox" : "radio";
    const input = poll.state === "open" ? element("input", { type: kind, name: poll.id, value: String(place), ...(mine.includes(place) ? { checked: "" } : {}) }) : null;
    const label = element(input ? "label" : "p", { class: "option" }, input, element("span", {}, text), element("span", { class: "count" }));
    return element("div", {}, label, element("meter", { min: "0", "aria-hidden": "true" }));
  }

  /** @param {Element} row @param {Poll} poll @param {number} place */
  drawCount(row, poll, place) {
    const meter = /** @type {HTMLMeterElement} */ (row.querySelector("meter"));
    meter.hidden = !poll.counts || poll.state === "draft";
    const n = poll.counts?.[place] ?? 0;
    meter.max = Math.max(1, poll.voters);
    meter.value = n;
    const percent = Math.round((100 * n) / Math.max(1, poll.voters));
    say(/** @type {Element} */ (row.querySelector(".count")), meter.hidden ? "" : fill(this.words.texts.share, { n, percent }));
  }

  /** @param {HTMLElement} item @param {Poll} poll @param {boolean} moderates */
  drawActs(item, poll, moderates) {
    const { texts } = this.words;
    const voted = this.talk.ballots.has(poll.id);
    const decisions = moderates ? DECISIONS[poll.state] : [];
    const state = `${poll.state} ${voted} ${decisions}`;
    const row = /** @type {HTMLElement} */ (one(item, ".acts"));
    if (row.dataset.acts === state) return;
    row.dataset.acts = state;
    const focused = row.contains(document.activeElement);
    const vote = poll.state === "open" ? [element("button", { class: voted ? "button" : "button main" }, voted ? texts.vote_again : texts.vote)] : [];
    row.replaceChildren(...vote, ...decisions.map((act) => this.button(act, poll)));
    if (focused) (row.querySelector("button") ?? item).focus({ preventScroll: true });
  }

  /** @param {string} act @param {Poll} poll */
  button(act, poll) {
    const label = this.words.texts[`poll_act_${act}`];
    return element("button", { type: "button", class: act === "open" ? "button main" : "button quiet", "data-act": act, "aria-label": `${label}: ${poll.question.slice(0, 60)}` }, icon(this.words, DRAWINGS[act]), element("span", {}, label));
  }

  /** @param {Event} event @param {HTMLElement} item @param {string} id */
  async vote(event, item, id) {
    event.preventDefault();
    const { texts } = this.words;
    const note = one(item, ".note");
    const choices = [...item.querySelectorAll("input:checked")].map((input) => Number(/** @type {HTMLInputElement} */ (input).value));
    if (!choices.length) return say(note, texts.choose);
    try {
      await this.acts.protocol.cast(id, choices);
      say(note, texts.voted);
      this.talk.chose(id, choices);
    } catch (problem) {
      say(note, /** @type {any} */ (problem).text || texts.not_done);
    }
  }

  /** @param {Event} event @param {string} id */
  act(event, id) {
    const act = /** @type {HTMLElement} */ (event.target).closest("[data-act]")?.getAttribute("data-act");
    if (act) this.acts.doing(this.acts.protocol.setPoll(id, STATES[act]));
  }
}

/** @param {Element} item @param {string} selector @returns {Element} */
function one(item, selector) {
  return /** @type {Element} */ (item.querySelector(selector));
}
