// Who is in the room: the stage, everybody else; for moderators with what they can do. The queue has a view of its own.

import { byId, element, fill, icon, initials, keepFocus, keyed, onSwitch, say } from "./dom.js";

/** @typedef {import("./room.js").Room} Room */
/** @typedef {import("./protocol.js").Person} Person */
/** @typedef {import("./protocol.js").RoomProtocol} RoomProtocol */
/** @typedef {import("./dom.js").Words} Words */

export class PeopleView {
  /**
   * @param {Room} room @param {RoomProtocol} protocol @param {Words} words @param {(work: Promise<any>) => void} doing reports a
   * refusal @param {{hand: () => void, minutes: () => number|null, signing: import("./words/protocol.js").WordsProtocol}} own
   */
  constructor(room, protocol, words, doing, own) {
    this.room = room;
    this.protocol = protocol;
    this.words = words;
    this.doing = doing;
    this.own = own;
    this.sure = byId("sure");
    this.floor = byId("floor");
    onSwitch(this.floor, doing, () => this.setFloor(), () => this.drawFloor());
    this.floor.addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
    room.addEventListener("change", (event) => {
      const { what } = /** @type {CustomEvent} */ (event).detail;
      if (what === "people" || what === "you") this.draw();
      if (what === "floor") {
        this.drawFloor();
        this.draw();
      }
      if (what === "speakers") this.drawSpeakers();
    });
  }

  draw() {
    const stage = this.room.stage();
    const audience = this.room.audience();
    say(byId("count"), `(${[...this.room.people.values()].filter((person) => person.here).length})`);
    keepFocus(byId("panel-people"), byId("tab-people"), () => {
      this.group("stage-people", stage);
      this.group("audience", audience);
    });
    this.drawSpeakers();
  }

  /** @param {string} name @param {Person[]} people */
  group(name, people) {
    const group = byId(name);
    group.hidden = people.length === 0;
    keyed(
      group.querySelector(".seats"),
      people.map((person) => person.seat),
      (seat) => this.make(seat),
      (item, seat) => this.drawPerson(item, /** @type {Person} */ (this.room.people.get(seat))),
    );
  }

  /** @param {string} seat */
  make(seat) {
    const item = element(
      "li",
      {},
      element("span", { class: "face", "aria-hidden": "true" }),
      element("div", {}, element("p", { class: "name" }), element("p", { class: "what" })),
      element("span", { class: "marks" }),
    );
    item.addEventListener("click", (event) => this.act(event, seat));
    return item;
  }

  /** @param {HTMLElement} item @param {Person} person */
  drawPerson(item, person) {
    const { texts, roles } = this.words;
    const own = person.seat === this.room.you?.seat;
    const name = (person.name ?? texts.unnamed) + (person.number > 1 ? ` (${person.number})` : "");
    item.classList.toggle("away", !person.here);
    say(one(item, ".face"), initials(person.name));
    say(one(item, ".name"), own ? `${name} (${texts.you})` : name);
    const role = person.role === "attendee" || person.role === "initiative" ? "" : roles[person.role];
    const floor = person.floor ? (person.way && person.way !== "voice" ? texts[`floor_${person.way}`] : texts.has_floor) : "";
    say(one(item, ".what"), [role, floor, this.room.floor.spotlight === person.seat ? texts.is_front : "", person.initiative, person.land, person.here ? "" : texts.away].filter(Boolean).join(" · "));
    const marks = `${person.microphone} ${person.camera} ${person.screen} ${person.hand}`;
    if (item.dataset.marks !== marks) {
      item.dataset.marks = marks;
      one(item, ".marks").replaceChildren(...this.marks(person));
    }
    this.drawActs(item, person, own);
  }

  /** @param {Person} person */
  marks(person) {
    const { texts } = this.words;
    return [
      person.hand ? icon(this.words, "hand", fill(texts.place_short, { n: person.hand }), "on") : null,
      person.screen ? icon(this.words, "monitor-up", fill(texts.screen_of, { name: person.name ?? "" }), "on") : null,
      person.microphone ? icon(this.words, "mic", texts.unmuted, "on mic") : icon(this.words, "mic-off", texts.muted, "off"),
    ].filter((mark) => mark !== null);
  }

  /** @param {HTMLElement} item @param {Person} person @param {boolean} own */
  drawActs(item, person, own) {
    const moderates = this.room.you?.moderates ?? false;
    const others = moderates && !own && !["moderator", "organiser", "technical_director"].includes(person.role);
    const acts = [];
    if (own && this.room.you?.speaks && !person.floor) acts.push(person.hand ? "lower" : "raise");
    if (moderates && person.floor) acts.push("take");
    else if (others && !["speaker", "interpreter", "captioner"].includes(person.role)) acts.push("give");
    const more = [];
    if (moderates && person.floor) more.push("return", "timer");
    if (moderates && !own && person.microphone) more.push("mute");
    if (moderates) more.push(...this.handActs(person, own));
    if (moderates) more.push(this.room.floor.spotlight === person.seat ? "spotlight_end" : "spotlight");
    if (moderates && person.promoted) more.push("demote");
    else if (others && !["guest", "captioner"].includes(person.role)) more.push("promote");
    if (others) more.push("remove", "ban");
    const state = `${acts} ${more}`;
    if (item.dataset.acts === state) return;
    item.dataset.acts = state;
    const open = item.querySelector("details")?.open ?? false;
    const held = item.querySelector(".acts")?.contains(document.activeElement) ? document.activeElement?.getAttribute("data-act") ?? "" : null;
    item.querySelector(".acts")?.remove();
    if (acts.length + more.length) item.append(this.acts(person, acts, more, open));
    if (held !== null) this.hold(item, held);
  }

  /** Hands that speak: somebody's signing is ended, an interpreter relieves another. Who was given the floor to sign has only that. @param {Person} person @param {boolean} own */
  handActs(person, own) {
    if (!own && person.signs && !(person.floor && person.way === "signing")) return ["unsign"];
    if (person.role !== "interpreter" || !person.here || person.number > 1) return [];
    const awake = [...this.room.people.values()].filter((one) => one.role === "interpreter" && one.here && one.number === 1 && !one.rests);
    return person.rests || awake.length > 1 ? ["interpret"] : [];
  }

  /** The focus stays on what was pressed, or else goes to the menu around it. @param {HTMLElement} item @param {string} act */
  hold(item, act) {
    const again = item.querySelector(`[data-act="${act}"]`) ?? item.querySelector("summary") ?? item.querySelector(".acts button");
    /** @type {HTMLElement|null} */ (again)?.focus({ preventScroll: true });
  }

  /** @param {Person} person @param {string[]} acts @param {string[]} more @param {boolean} open */
  acts(person, acts, more, open) {
    const { texts } = this.words;
    const name = person.name ?? texts.unnamed;
    const button = (/** @type {string} */ act) =>
      element("button", { type: "button", class: act === "remove" || act === "ban" ? "button danger" : act === "give" && person.hand ? "button main" : "button", "data-act": act, "aria-label": `${texts[act]}: ${name}` }, texts[act]);
    const row = element("div", { class: "acts" }, ...acts.map(button));
    if (more.length) {
      const details = element("details", {}, element("summary", { "aria-label": fill(texts.more, { name }) }, icon(this.words, "ellipsis")), element("div", { class: "others" }, ...more.map(button)));
      /** @type {HTMLDetailsElement} */ (details).open = open;
      row.append(details);
    }
    return row;
  }

  /** @param {Event} event @param {string} seat */
  act(event, seat) {
    const act = /** @type {HTMLElement} */ (event.target).closest("[data-act]")?.getAttribute("data-act");
    if (act === "give" || act === "timer") this.doing(this.protocol.giveFloor(seat, this.own.minutes()));
    else if (act === "take") this.doing(this.protocol.takeFloor(seat));
    else if (act === "raise" || act === "lower") this.own.hand();
    else if (act === "return") this.doing(this.protocol.returnToQueue(seat));
    else if (act === "mute") this.doing(this.protocol.mute(seat));
    else if (act === "spotlight" || act === "spotlight_end") this.doing(this.protocol.spotlight(act === "spotlight" ? seat : null));
    else if (act === "promote" || act === "demote") this.doing(this.protocol.promote(seat, act === "promote"));
    else if (act === "remove" || act === "ban") this.askBeforeRemoving(seat, act);
    else if (act === "unsign") this.doing(this.own.signing.endSigning(seat));
    else if (act === "interpret") this.doing(this.own.signing.handInterpreting(seat));
  }

  /** @param {string} seat @param {"remove"|"ban"} act */
  askBeforeRemoving(seat, act) {
    const name = this.room.people.get(seat)?.name ?? this.words.texts.unnamed;
    const { texts } = this.words;
    say(byId("sure-title"), fill(texts[`sure_${act}`], { name }));
    say(byId("sure-text"), texts[`sure_${act}_text`]);
    say(byId("sure-yes"), texts[act]);
    this.sure.returnValue = "no";
    this.sure.onclose = () => {
      if (this.sure.returnValue === "yes") this.doing(act === "ban" ? this.protocol.ban(seat) : this.protocol.remove(seat));
    };
    this.sure.showModal();
  }

  setFloor() {
    const chosen = new FormData(this.floor);
    return this.protocol.setFloor(String(chosen.get("floor")), chosen.has("microphones_free"));
  }

  drawFloor() {
    const { floor, microphones_free: free } = this.room.floor;
    for (const choice of this.floor.elements.namedItem("floor")) choice.checked = choice.value === floor;
    const box = this.floor.elements.namedItem("microphones_free");
    box.checked = free;
    box.disabled = floor !== "discussion";
  }

  drawSpeakers() {
    for (const item of /** @type {NodeListOf<HTMLElement>} */ (byId("side").querySelectorAll(".seats > li"))) {
      item.querySelector(".mic")?.classList.toggle("speaks", this.room.speakers.has(item.dataset.key ?? ""));
    }
  }
}

/** @param {Element} item @param {string} selector @returns {Element} */
function one(item, selector) {
  return /** @type {Element} */ (item.querySelector(selector));
}
