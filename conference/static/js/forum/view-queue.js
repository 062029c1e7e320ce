// The queue: who waits, in which order and how they want to speak; for moderators with everything to lead it by keyboard.

import { byId, element, fill, icon, keepFocus, keyed, say } from "./dom.js";

/** @typedef {import("./room.js").Room} Room */
/** @typedef {import("./protocol.js").Person} Person */
/** @typedef {import("./protocol.js").RoomProtocol} RoomProtocol */
/** @typedef {import("./dom.js").Words} Words */

export const WAYS = /** @type {Record<string, string>} */ ({ voice: "mic", text: "keyboard", signing: "languages" });

export class QueueView {
  /**
   * @param {Room} room @param {RoomProtocol} protocol @param {Words} words
   * @param {(work: Promise<any>) => void} doing reports a refusal @param {(kind: string, text: string) => void} announce
   */
  constructor(room, protocol, words, doing, announce) {
    this.room = room;
    this.protocol = protocol;
    this.words = words;
    this.doing = doing;
    this.announce = announce;
    this.group = byId("queue");
    byId("lower-all").addEventListener("click", () => this.doing(this.protocol.lowerAll()));
    room.addEventListener("change", (event) => {
      const { what } = /** @type {CustomEvent} */ (event).detail;
      if (what === "people" || what === "you") this.draw();
    });
  }

  /** Minutes that the next speaker gets; null: as long as it takes. */
  minutes() {
    return Number(byId("minutes").value) || null;
  }

  draw() {
    const queue = this.room.queue();
    const moderates = this.room.you?.moderates ?? false;
    const seats = queue.map((person) => person.seat);
    keepFocus(this.group, byId(moderates ? "panel-moderation" : "tool-hand"), () => {
      byId("lead").hidden = !moderates;
      byId("lower-all").hidden = queue.length === 0;
      byId("queue-none").hidden = queue.length > 0;
      this.group.hidden = queue.length === 0 && !moderates;
      const draw = (/** @type {HTMLElement} */ item, /** @type {string} */ seat) => this.drawPerson(item, /** @type {Person} */ (this.room.people.get(seat)), seats);
      keyed(this.group.querySelector(".seats"), seats, (seat) => this.make(seat), draw);
    });
  }

  /** @param {string} seat */
  make(seat) {
    const item = element(
      "li",
      {},
      element("span", { class: "place" }),
      element("div", {}, element("p", { class: "name" }), element("p", { class: "what" })),
      element("span", { class: "marks" }),
    );
    item.addEventListener("click", (event) => this.act(event, seat));
    return item;
  }

  /** @param {HTMLElement} item @param {Person} person @param {string[]} seats */
  drawPerson(item, person, seats) {
    const { texts, roles } = this.words;
    const name = person.name ?? texts.unnamed;
    const own = person.seat === this.room.you?.seat;
    const way = person.way ?? "voice";
    item.classList.toggle("away", !person.here);
    say(one(item, ".place"), String(person.hand));
    say(one(item, ".name"), own ? `${name} (${texts.you})` : name);
    const role = ["attendee", "initiative"].includes(person.role) ? "" : roles[person.role];
    say(one(item, ".what"), [texts[`way_${way}`], role, person.initiative, person.land, person.here ? "" : texts.away].filter(Boolean).join(" · "));
    if (item.dataset.way !== way) {
      item.dataset.way = way;
      one(item, ".marks").replaceChildren(icon(this.words, WAYS[way], undefined, "on"));
    }
    this.drawActs(item, person, own, seats);
  }

  /** @param {HTMLElement} item @param {Person} person @param {boolean} own @param {string[]} seats */
  drawActs(item, person, own, seats) {
    const moderates = this.room.you?.moderates ?? false;
    const acts = moderates ? ["give", "up", "down", own ? "lower" : "lower_of"] : own ? ["lower"] : [];
    if (item.dataset.acts !== String(acts)) {
      item.dataset.acts = String(acts);
      item.querySelector(".acts")?.remove();
      if (acts.length) item.append(this.acts(person, acts));
    }
    const at = seats.indexOf(person.seat);
    item.querySelector("[data-act=up]")?.setAttribute("aria-disabled", String(at === 0));
    item.querySelector("[data-act=down]")?.setAttribute("aria-disabled", String(at === seats.length - 1));
  }

  /** @param {Person} person @param {string[]} acts */
  acts(person, acts) {
    const { texts } = this.words;
    const name = person.name ?? texts.unnamed;
    const button = (/** @type {string} */ act) => {
      const arrow = act === "up" || act === "down";
      const kind = act === "give" ? "button main" : arrow ? `button quiet arrow ${act}` : "button";
      const content = arrow ? icon(this.words, "chevron-down") : texts[act];
      return element("button", { type: "button", class: kind, "data-act": act, "aria-label": `${texts[act]}: ${name}` }, content);
    };
    return element("div", { class: "acts" }, ...acts.map(button));
  }

  /** @param {Event} event @param {string} seat */
  act(event, seat) {
    const button = /** @type {HTMLElement} */ (event.target).closest("[data-act]");
    const act = button?.getAttribute("data-act");
    if (!act || button?.getAttribute("aria-disabled") === "true") return;
    if (act === "give") this.doing(this.protocol.giveFloor(seat, this.minutes()));
    else if (act === "lower") this.doing(this.protocol.lowerHand());
    else if (act === "lower_of") this.doing(this.protocol.lowerHand(seat));
    else this.move(seat, act === "up" ? -1 : 1);
  }

  /** One place up or down. @param {string} seat @param {number} by */
  move(seat, by) {
    const seats = this.room.queue().map((person) => person.seat);
    const to = seats.indexOf(seat) + by;
    const rest = seats.filter((each) => each !== seat);
    this.doing(this.protocol.moveHand(seat, rest[to] ?? null));
    const name = this.room.people.get(seat)?.name ?? this.words.texts.unnamed;
    this.announce("moved", fill(this.words.texts.moved_to, { name, n: to + 1 }));
  }
}

/** @param {Element} item @param {string} selector @returns {Element} */
function one(item, selector) {
  return /** @type {Element} */ (item.querySelector(selector));
}
