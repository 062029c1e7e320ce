// The chat: a log that stays at its end while one is there, answers, taking back. One tab stop; arrows go from line to line.

import { byId, element, fill, icon, keyed, onSwitch, say } from "../dom.js";
import { linked, time } from "./words.js";

/** @typedef {import("../dom.js").Words} Words */
/** @typedef {import("../room.js").Room} Room */
/** @typedef {import("./talk.js").Line} Line */
/** @typedef {import("./panel.js").Acts} Acts */

const NEAR = 40; // px from the end that count as at the end

export class ChatView {
  /** @param {Room} room @param {import("./talk.js").Talk} talk @param {Words} words @param {Acts} acts @param {() => boolean} inSight */
  constructor(room, talk, words, acts, inSight) {
    this.room = room;
    this.talk = talk;
    this.words = words;
    this.acts = acts;
    this.inSight = inSight;
    this.log = byId("log");
    this.list = byId("lines");
    this.form = byId("say");
    this.field = byId("line-text");
    /** @type {string|null} */
    this.replyTo = null;
    /** @type {Map<string, string>} what is on its way, by a key of its own */
    this.pending = new Map();
    this.written = 0;
    this.atEnd = true;
    this.form.addEventListener("submit", (/** @type {Event} */ event) => this.send(event));
    this.field.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.send(event);
    });
    this.log.addEventListener("scroll", () => (this.atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR));
    this.log.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.move(event));
    byId("older").addEventListener("click", () => this.acts.doing(this.older()));
    byId("reply-off").addEventListener("click", () => {
      this.reply(null);
      this.field.focus();
    });
    onSwitch(byId("keeps-chat"), acts.doing, () => acts.protocol.set({ keeps_chat: byId("keeps-chat").checked }), () => this.draw());
  }

  /** @param {Event} event */
  send(event) {
    event.preventDefault();
    const text = this.field.value.trim();
    if (!text) return;
    const key = `pending-${++this.written}`;
    const replyTo = this.replyTo;
    this.pending.set(key, text);
    this.field.value = "";
    this.reply(null);
    say(byId("said-wrong"), "");
    this.atEnd = true;
    this.draw();
    this.acts.send((client) => this.acts.protocol.say(text, replyTo, client)).catch((problem) => {
      say(byId("said-wrong"), problem.text || this.words.texts.not_done);
      if (!this.field.value) this.field.value = text; // nothing that was written is lost
    }).finally(() => {
      this.pending.delete(key);
      this.draw();
    });
  }

  async older() {
    const before = this.log.scrollHeight - this.log.scrollTop;
    this.talk.takeOlder(await this.acts.protocol.older(this.talk.first()));
    this.log.scrollTop = this.log.scrollHeight - before; // what was read stays where it was
    if (!this.talk.older) /** @type {HTMLElement|null} */ (this.list.firstElementChild)?.focus({ preventScroll: true }); // the button has gone
  }

  /** Answer a line, or (null) none. @param {Line|null} line */
  reply(line) {
    this.replyTo = line?.id ?? null;
    byId("reply").hidden = !line;
    if (!line) return;
    say(byId("reply-what"), fill(this.words.texts.replying, { name: line.name ?? this.words.texts.unnamed, text: short(line.text) }));
    this.field.focus();
  }

  draw() {
    const moderates = this.room.you?.moderates ?? false;
    for (const part of byId("panel-chat").querySelectorAll(".moderates")) part.hidden = !moderates;
    byId("keeps-chat").checked = this.talk.settings.keeps_chat;
    byId("keeps-chat").closest("label").hidden = this.room.you?.role !== "organiser";
    byId("chat-passes").textContent = this.words.texts[this.talk.settings.keeps_chat ? "chat_kept" : "chat_passes"];
    if (!this.inSight()) return; // drawn when it comes to sight
    const lines = this.talk.lineList();
    byId("lines-none").hidden = lines.length + this.pending.size > 0;
    byId("older").hidden = !this.talk.older;
    keyed(this.list, [...lines.map((line) => line.id), ...this.pending.keys()], (id) => this.make(id), (item, id) => this.drawOne(item, id, moderates));
    if (!this.log.querySelector('[tabindex="0"]')) this.rove(/** @type {HTMLElement|null} */ (this.list.lastElementChild));
    if (this.atEnd) this.log.scrollTop = this.log.scrollHeight;
  }

  /** @param {string} id */
  make(id) {
    const item = element("li", { class: "said", tabindex: "-1" }, element("p", { class: "reply" }), element("p", { class: "meta" }), element("p", { class: "text" }), element("div", { class: "acts" }));
    item.addEventListener("click", (event) => this.act(event, id));
    item.addEventListener("focusin", () => this.rove(item));
    return item;
  }

  /** @param {HTMLElement} item @param {string} id @param {boolean} moderates */
  drawOne(item, id, moderates) {
    const { texts } = this.words;
    const line = this.talk.lines.get(id);
    const own = !line || line.seat === this.room.you?.seat;
    const state = `${line?.change} ${moderates} ${line?.reply_to ? this.talk.lines.get(line.reply_to)?.change : ""}`;
    if (item.dataset.drawn === state) return;
    item.dataset.drawn = state;
    item.classList.toggle("mine", own);
    item.classList.toggle("taken", line?.taken ?? false);
    const reply = /** @type {HTMLElement} */ (item.querySelector(".reply"));
    reply.hidden = !line?.reply_to || line.taken;
    if (line?.reply_to) say(reply, this.replied(line.reply_to));
    const name = own ? texts.you_said : line?.name ?? texts.unnamed;
    say(/** @type {Element} */ (item.querySelector(".meta")), line ? `${name} · ${time(line.at)}` : `${name} · ${texts.sending}`);
    const text = line ? (line.taken ? texts.taken : line.text) : this.pending.get(id) ?? "";
    /** @type {Element} */ (item.querySelector(".text")).replaceChildren(...(line?.taken ? [text] : linked(text)));
    const acts = !line || line.taken ? [] : own || moderates ? ["answer", "delete"] : ["answer"];
    const row = /** @type {HTMLElement} */ (item.querySelector(".acts"));
    if (row.contains(document.activeElement)) item.focus({ preventScroll: true });
    row.replaceChildren(...acts.map((act) => this.button(act, name)));
    this.reach(item);
  }

  /** @param {string} id */
  replied(id) {
    const { texts } = this.words;
    const line = this.talk.lines.get(id);
    if (!line) return texts.reply_earlier;
    return fill(texts.reply_to, { name: line.name ?? texts.unnamed, text: line.taken ? texts.taken : short(line.text) });
  }

  /** @param {string} act @param {string} name */
  button(act, name) {
    const label = `${this.words.texts[`line_${act}`]}: ${name}`;
    return element("button", { type: "button", class: "button quiet", "data-act": act, "aria-label": label, title: this.words.texts[`line_${act}`] }, icon(this.words, act === "answer" ? "quote" : "trash-2"));
  }

  /** @param {Event} event @param {string} id */
  act(event, id) {
    const act = /** @type {HTMLElement} */ (event.target).closest("[data-act]")?.getAttribute("data-act");
    const line = this.talk.lines.get(id);
    if (act === "answer" && line) this.reply(line);
    else if (act === "delete") this.acts.doing(this.acts.protocol.delete(id));
  }

  /** @param {KeyboardEvent} event */
  move(event) {
    const items = /** @type {HTMLElement[]} */ ([...this.list.children]);
    const at = items.findIndex((item) => item.contains(document.activeElement));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined || at < 0 || !items[to]) return;
    event.preventDefault();
    items[to].focus();
  }

  /** @param {HTMLElement|null} item the line that Tab comes to */
  rove(item) {
    for (const each of /** @type {NodeListOf<HTMLElement>} */ (this.log.querySelectorAll('li[tabindex="0"]'))) {
      each.tabIndex = -1;
      this.reach(each);
    }
    if (!item) return;
    item.tabIndex = 0;
    this.reach(item);
  }

  /** The buttons of a line are reached by Tab from it alone. @param {HTMLElement} item */
  reach(item) {
    for (const button of item.querySelectorAll("button")) button.tabIndex = item.tabIndex;
  }
}

/** @param {string} text */
function short(text) {
  const line = text.replace(/\s+/g, " ");
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
