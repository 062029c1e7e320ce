// The sound check: who is behind the stage, who is heard there, and the way onto the stage.

import { byId, element, fill, icon, initials, keepFocus, keyed, say } from "../dom.js";

/** @typedef {import("./plenary.js").Plenary} Plenary */
/** @typedef {import("../protocol.js").Person} Person */
/** @typedef {import("./plenary.js").Behind} Behind */
/** @typedef {import("./protocol.js").PlenaryProtocol} PlenaryProtocol */
/** @typedef {import("../dom.js").Words} Words */

export class BehindView {
  /** @param {Plenary} plenary @param {PlenaryProtocol} protocol @param {Words} words @param {(work: Promise<any>) => void} doing */
  constructor(plenary, protocol, words, doing) {
    this.plenary = plenary;
    this.protocol = protocol;
    this.words = words;
    this.doing = doing;
    this.section = byId("behind-list").closest("section");
    byId("all-on").addEventListener("click", () => doing(protocol.place(null, false)));
    plenary.addEventListener("change", (event) => {
      const { what } = /** @type {CustomEvent} */ (event).detail;
      if (what === "behind" || what === "you" || what === "lead") this.draw();
      if (what === "speakers") this.drawSpeakers();
    });
    plenary.room.addEventListener("change", (event) => {
      const { what } = /** @type {CustomEvent} */ (event).detail;
      if (what === "people" || what === "you") this.draw();
      if (what === "speakers") this.drawSpeakers();
    });
  }

  draw() {
    const { behind, moderates } = this.plenary;
    const stage = this.plenary.onStage();
    keepFocus(this.section, byId("panel-plenary"), () => {
      byId("behind-none").hidden = behind.length > 0;
      byId("all-on").hidden = !moderates || behind.length === 0;
      byId("on-stage-title").hidden = stage.length === 0;
      this.group("behind-list", behind, true);
      this.group("on-stage-list", stage, false);
    });
    this.drawSpeakers();
  }

  /** @param {string} id @param {(Person|Behind)[]} people @param {boolean} behind */
  group(id, people, behind) {
    const by = new Map(people.map((person) => [person.seat, person]));
    keyed(byId(id), [...by.keys()], (seat) => this.make(seat), (item, seat) => this.drawOne(item, /** @type {Behind} */ (by.get(seat)), behind));
  }

  /** @param {string} seat */
  make(seat) {
    const item = element("li", {}, element("span", { class: "face", "aria-hidden": "true" }), element("div", {}, element("p", { class: "name" }), element("p", { class: "what" })), element("span", { class: "marks" }), element("div", { class: "acts" }));
    item.addEventListener("click", (event) => this.act(event, seat));
    return item;
  }

  /** @param {HTMLElement} item @param {Behind} person @param {boolean} behind */
  drawOne(item, person, behind) {
    const { texts, roles } = this.words;
    const own = person.seat === this.plenary.room.you?.seat;
    const { host, deputy } = this.plenary.lead;
    const part = (/** @type {string} */ selector) => /** @type {Element} */ (item.querySelector(selector));
    const name = person.name ?? texts.unnamed;
    say(part(".face"), initials(person.name));
    say(part(".name"), own ? `${name} (${texts.you})` : name);
    const heard = !behind ? "" : person.heard ? texts.is_heard : texts.not_heard;
    const leads = person.seat === host ? texts.leads : person.seat === deputy ? texts.is_deputy : "";
    say(part(".what"), [roles[person.role], leads, heard].filter(Boolean).join(" · "));
    const marks = `${person.microphone} ${person.camera}`;
    if (item.dataset.marks !== marks) {
      item.dataset.marks = marks;
      part(".marks").replaceChildren(icon(this.words, person.camera ? "video" : "video-off", person.camera ? texts.camera_on : texts.camera_off, person.camera ? "on" : "off"), icon(this.words, person.microphone ? "mic" : "mic-off", person.microphone ? texts.mic_on : texts.mic_off, person.microphone ? "on mic" : "off"));
    }
    const acts = this.acts(person, behind, own);
    if (item.dataset.acts === String(acts)) return;
    item.dataset.acts = String(acts);
    const focused = document.activeElement instanceof HTMLElement && item.contains(document.activeElement) ? document.activeElement.dataset.act : "";
    part(".acts").replaceChildren(...acts.map((act) => element("button", { type: "button", class: "button", "data-act": act, "aria-label": `${texts[act]}: ${name}` }, texts[act])));
    if (focused) /** @type {HTMLElement|null} */ (part(".acts").querySelector("button"))?.focus();
  }

  /** @param {Behind} person @param {boolean} behind @param {boolean} own */
  acts(person, behind, own) {
    const acts = [];
    if (behind && !own && !person.heard) acts.push("hear");
    if (behind && this.plenary.moderates) acts.push("on_stage");
    if (!behind && (this.plenary.moderates || own) && this.plenary.crew && person.number === 1 && this.isPerson(person)) acts.push("off_stage");
    return acts;
  }

  /** Streams of a studio stay where they are. @param {Person} person */
  isPerson(person) {
    return !this.plenary.lead.feeds.some(({ seat }) => seat === person.seat);
  }

  /** @param {Event} event @param {string} seat */
  act(event, seat) {
    const act = /** @type {HTMLElement} */ (event.target).closest("[data-act]")?.getAttribute("data-act");
    if (act === "hear") this.doing(this.protocol.hear(seat));
    else if (act === "on_stage") this.doing(this.protocol.place(seat, false));
    else if (act === "off_stage") this.doing(this.protocol.place(seat, true));
  }

  drawSpeakers() {
    const { speakers, room } = this.plenary;
    for (const item of /** @type {HTMLElement[]} */ ([...byId("behind-list").children, ...byId("on-stage-list").children])) {
      const seat = item.dataset.key ?? "";
      item.querySelector(".mic")?.classList.toggle("speaks", speakers.has(seat) || room.speakers.has(seat));
    }
    for (const tile of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".stage .tile:not(.screen)"))) {
      const behind = this.plenary.behind.some(({ seat }) => seat === tile.dataset.seat);
      tile.classList.toggle("backstage", behind);
      if (behind) tile.classList.toggle("speaks", speakers.has(tile.dataset.seat ?? ""));
      const mark = tile.querySelector(".where");
      if (!behind) mark?.remove();
      else if (!mark) tile.append(element("p", { class: "where" }, this.words.texts.behind_mark));
    }
  }
}
