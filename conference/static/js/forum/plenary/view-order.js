// The running order: who speaks now and next, with minutes; moderators lead through it and change it.

import { byId, element, fill, icon, keepFocus, keyed, onSwitch, say } from "../dom.js";
import { clock } from "../view-speaking.js";
import { about, said } from "./plenary.js";

/** @typedef {import("./plenary.js").Plenary} Plenary */
/** @typedef {import("./plenary.js").Greeting} Greeting */
/** @typedef {import("./protocol.js").PlenaryProtocol} PlenaryProtocol */
/** @typedef {import("../dom.js").Words} Words */

const FIELDS = ["name", "function", "organisation"];
const DROPPED_FOR = 600_000; // ms in which the server brings back what was taken out

export class OrderView {
  /** @param {Plenary} plenary @param {PlenaryProtocol} protocol @param {Words} words @param {(work: Promise<any>) => void} doing */
  constructor(plenary, protocol, words, doing) {
    this.plenary = plenary;
    this.protocol = protocol;
    this.words = words;
    this.doing = doing;
    this.list = byId("order");
    this.dialog = byId("greeting");
    /** @type {string|null} the entry that the dialog changes; null: a new one */
    this.edited = null;
    byId("order-add").addEventListener("click", () => this.ask(null));
    byId("order-next").addEventListener("click", () => doing(protocol.turn(plenary.next?.id ?? null)));
    onSwitch(byId("show-now"), doing, () => protocol.showNow(byId("show-now").checked), () => this.draw());
    this.dialog.addEventListener("close", () => this.answered());
    /** @type {string|null} the entry that was taken out last */
    this.dropped = null;
    /** @type {string|null} the entry that was brought back, and gets the focus */
    this.back = null;
    this.fading = 0;
    byId("order-undo").querySelector("button").addEventListener("click", () => this.undo());
    plenary.addEventListener("change", (event) => {
      const { what } = /** @type {CustomEvent} */ (event).detail;
      if (what === "order" || what === "you") this.draw();
    });
    plenary.room.addEventListener("change", (event) => {
      if (["people", "you"].includes(/** @type {CustomEvent} */ (event).detail.what)) this.draw();
    });
    window.setInterval(() => plenary.present?.minutes && this.drawTimes(), 1000);
  }

  draw() {
    const { greetings, shows_now } = this.plenary.order;
    const { moderates } = this.plenary;
    byId("order-none").hidden = greetings.length > 0;
    for (const part of byId("panel-plenary").querySelectorAll(".leads")) part.hidden = !moderates;
    byId("show-now").checked = shows_now;
    this.list.classList.toggle("led", moderates);
    keepFocus(this.list, byId("panel-plenary"), () => {
      keyed(this.list, greetings.map(({ id }) => id), (id) => this.make(id), (item, id) => this.drawOne(item, /** @type {Greeting} */ (greetings.find((one) => one.id === id))));
    });
    const back = [...this.list.children].find((item) => /** @type {HTMLElement} */ (item).dataset.key === this.back);
    if (back) /** @type {HTMLElement|null} */ (back.querySelector('[data-act="drop"]'))?.focus();
    if (back) this.back = null;
    const { next } = this.plenary;
    const button = byId("order-next");
    button.setAttribute("aria-disabled", String(!next));
    say(button.querySelector("span"), next ? fill(this.words.texts.next_is, { name: next.name }) : this.plenary.present ? this.words.texts.end_order : this.words.texts.order_done);
    button.setAttribute("aria-disabled", String(!next && !this.plenary.present));
    this.drawTimes();
  }

  /** @param {string} id */
  make(id) {
    const item = element("li", { class: "greeting" }, element("div", { class: "who" }, element("p", { class: "name" }), element("p", { class: "what" })), element("p", { class: "turn" }), element("div", { class: "acts" }));
    item.addEventListener("click", (event) => this.act(event, id));
    return item;
  }

  /** @param {HTMLElement} item @param {Greeting} greeting */
  drawOne(item, greeting) {
    const { texts } = this.words;
    const state = greeting.state === "waiting" && greeting.id === this.plenary.order.next ? "next" : greeting.state;
    item.dataset.state = state;
    if (state === "now") item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
    const here = greeting.seat && this.plenary.room.people.has(greeting.seat) ? "" : texts.not_here;
    say(/** @type {Element} */ (item.querySelector(".name")), greeting.name + (greeting.seat === this.plenary.room.you?.seat ? ` (${texts.you})` : ""));
    const length = greeting.minutes ? fill(texts.minutes, { n: greeting.minutes }) : "";
    say(/** @type {Element} */ (item.querySelector(".what")), [about(greeting), length, greeting.state === "done" ? "" : here].filter(Boolean).join(" · "));
    const acts = this.plenary.moderates ? [greeting.state === "now" ? "end" : "turn", "up", "down", "edit", "drop"].join(" ") : "";
    if (item.dataset.acts !== `${acts} ${greeting.name}`) {
      item.dataset.acts = `${acts} ${greeting.name}`;
      item.querySelector(".acts")?.replaceChildren(...(acts ? acts.split(" ").map((act) => this.button(act, greeting)) : []));
    }
  }

  /** @param {string} act @param {Greeting} greeting */
  button(act, greeting) {
    const { texts } = this.words;
    const label = `${texts[`order_${act}`]}: ${greeting.name}`;
    if (act === "turn" || act === "end") return element("button", { type: "button", class: "button", "data-act": act, "aria-label": label }, texts[`order_${act}`]);
    const drawing = { up: "chevron-down", down: "chevron-down", edit: "pencil", drop: "trash-2" }[act] ?? "";
    return element("button", { type: "button", class: `button quiet ${act}`, "data-act": act, "aria-label": label, title: texts[`order_${act}`] }, icon(this.words, drawing));
  }

  drawTimes() {
    const { texts } = this.words;
    for (const item of /** @type {HTMLElement[]} */ ([...this.list.children])) {
      const greeting = this.plenary.order.greetings.find(({ id }) => id === item.dataset.key);
      const turn = /** @type {Element} */ (item.querySelector(".turn"));
      const state = item.dataset.state ?? "";
      const left = greeting?.began && greeting.minutes ? Math.ceil((Date.parse(greeting.began) + greeting.minutes * 60_000 - this.plenary.room.now()) / 1000) : null;
      const time = state === "now" && left !== null ? (left > 0 ? clock(left) : texts.time_up) : "";
      say(turn, [state === "waiting" ? "" : texts[`state_${state}`], time].filter(Boolean).join(" · "));
    }
  }

  /** @param {Event} event @param {string} id */
  act(event, id) {
    const act = /** @type {HTMLElement} */ (event.target).closest("[data-act]")?.getAttribute("data-act");
    const order = this.plenary.order.greetings.map((one) => one.id);
    const at = order.indexOf(id);
    if (act === "turn") this.doing(this.protocol.turn(id));
    else if (act === "end") this.doing(this.protocol.turn(null));
    else if (act === "up" && at > 0) this.doing(this.protocol.move(id, order[at - 1]));
    else if (act === "down" && at < order.length - 1) this.doing(this.protocol.move(id, order[at + 2] ?? null));
    else if (act === "drop") this.drop(this.plenary.order.greetings[at], order[at + 1] ?? order[at - 1]);
    else if (act === "edit") this.ask(this.plenary.order.greetings[at]);
  }

  /** The focus goes on to the neighbour. @param {Greeting} greeting @param {string|undefined} neighbour */
  drop(greeting, neighbour) {
    this.doing(this.protocol.drop(greeting.id).then(() => this.offer(greeting)));
    const next = [...this.list.children].find((item) => /** @type {HTMLElement} */ (item).dataset.key === neighbour);
    /** @type {HTMLElement} */ (next?.querySelector('[data-act="drop"]') ?? byId("order-add")).focus();
  }

  /** To bring an entry back, or (null) nothing. @param {Greeting|null} greeting */
  offer(greeting) {
    const undo = byId("order-undo");
    const held = undo.contains(document.activeElement);
    window.clearTimeout(this.fading);
    this.dropped = greeting?.id ?? null;
    if (greeting) this.fading = window.setTimeout(() => this.offer(null), DROPPED_FOR);
    say(undo.querySelector("span"), greeting ? fill(this.words.texts.order_dropped, { name: greeting.name }) : "");
    undo.hidden = !greeting;
    if (held && !greeting) byId("order-add").focus();
  }

  undo() {
    const id = this.dropped;
    if (!id) return;
    this.doing(this.protocol.restore(id).then(() => {
      this.offer(null);
      this.back = id;
      this.draw();
    }));
  }

  /** @param {Greeting|null} greeting */
  ask(greeting) {
    const { texts } = this.words;
    this.edited = greeting?.id ?? null;
    say(byId("greeting-title"), greeting ? texts.order_edit : texts.order_add);
    byId("greeting-name").value = greeting?.name ?? "";
    byId("greeting-function").value = greeting ? said(greeting.function) : "";
    byId("greeting-organisation").value = greeting ? said(greeting.organisation) : "";
    byId("greeting-minutes").value = greeting?.minutes ?? "";
    const people = [...this.plenary.room.stage(), ...this.plenary.behind].filter((one, at, all) => all.findIndex(({ seat }) => seat === one.seat) === at);
    const options = people.map((person) => element("option", { value: person.seat }, person.name ?? texts.unnamed));
    byId("greeting-seat").replaceChildren(element("option", { value: "" }, texts.by_name), ...options);
    byId("greeting-seat").value = people.some(({ seat }) => seat === greeting?.seat) ? greeting?.seat : "";
    this.dialog.returnValue = "";
    this.dialog.showModal();
  }

  answered() {
    if (this.dialog.returnValue !== "yes") return;
    const [name, work, place] = FIELDS.map((field) => byId(`greeting-${field}`).value.trim());
    const minutes = Number(byId("greeting-minutes").value) || null;
    const entry = { name, function: work, organisation: place, minutes, seat: byId("greeting-seat").value || null };
    this.doing(this.edited ? this.protocol.edit(this.edited, entry) : this.protocol.add(entry));
  }
}
