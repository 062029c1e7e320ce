// What moderators set: the curtain and its words, lower thirds, the deputy, and which of the studio's streams is shown.

import { byId, element, fill, keepFocus, keyed, onSwitch, say } from "../dom.js";

/** @typedef {import("./plenary.js").Plenary} Plenary */
/** @typedef {import("./plenary.js").Feed} Feed */
/** @typedef {import("./protocol.js").PlenaryProtocol} PlenaryProtocol */
/** @typedef {import("../dom.js").Words} Words */

export class DirectionView {
  /**
   * @param {Plenary} plenary @param {PlenaryProtocol} protocol @param {Words} words
   * @param {{doing: (work: Promise<any>) => void, news: (text: string) => void}} page
   */
  constructor(plenary, protocol, words, page) {
    this.plenary = plenary;
    this.protocol = protocol;
    this.words = words;
    this.page = page;
    this.gone = "";
    byId("curtain").addEventListener("click", () => this.curtain(!plenary.state.closed));
    byId("slide").addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      this.curtain(true);
    });
    for (const name of ["thirds-auto", "thirds-seat"]) onSwitch(byId(name), page.doing, () => this.thirds(), () => this.asItIs());
    onSwitch(byId("deputy"), page.doing, () => protocol.deputy(byId("deputy").value || null), () => this.asItIs());
    byId("take-over").addEventListener("click", () => page.doing(protocol.takeOver()));
    byId("lead-here").addEventListener("click", () => page.doing(protocol.takeOver()));
    plenary.addEventListener("change", (event) => {
      if (/** @type {CustomEvent} */ (event).detail.what !== "speakers") this.draw();
    });
    plenary.room.addEventListener("change", (event) => {
      if (["people", "you"].includes(/** @type {CustomEvent} */ (event).detail.what)) this.draw();
    });
  }

  /** @param {boolean} closed */
  curtain(closed) {
    const minutes = Number(byId("slide-minutes").value) || null;
    this.page.doing(this.protocol.curtain(closed, closed ? byId("slide-text").value.trim() : "", closed ? minutes : null));
  }

  thirds() {
    return this.protocol.thirds(byId("thirds-auto").checked, byId("thirds-seat").value || null);
  }

  /** Draw lists anew as well that somebody holds open. */
  asItIs() {
    for (const name of ["thirds-seat", "deputy"]) delete byId(name).dataset.people;
    this.draw();
  }

  draw() {
    if (!this.plenary.crew) return;
    const { texts } = this.words;
    const { closed } = this.plenary.state;
    say(byId("curtain-said"), closed ? texts.curtain_closed : texts.curtain_open);
    byId("curtain-said").dataset.closed = String(closed);
    say(byId("curtain").querySelector("span"), closed ? texts.open_curtain : texts.close_curtain);
    say(byId("slide-save").querySelector("span"), closed ? texts.change_slide : texts.close_with);
    // Only a choice of who moderates: no page of the audience has a switch for it.
    byId("approval").disabled = true;
    byId("thirds-auto").checked = this.plenary.state.thirds.auto;
    this.choose("thirds-seat", this.plenary.state.names.map(({ seat, name }) => [seat, name]), this.plenary.state.thirds.seat, texts.thirds_nobody);
    const panel = byId("panel-plenary"); // buttons for what is done now go away
    for (const [group, draw] of [[byId("gone"), () => this.drawGone()], [byId("host").closest("section"), () => this.drawLead()], [byId("feeds"), () => this.drawFeeds()]]) keepFocus(group, panel, draw);
  }

  /** @param {string} id @param {[string, string][]} people @param {string|null} chosen @param {string} none */
  choose(id, people, chosen, none) {
    const list = /** @type {HTMLSelectElement} */ (byId(id));
    if (list === document.activeElement && list.dataset.people === String(people)) return;
    if (list.dataset.people !== String(people)) {
      list.dataset.people = String(people);
      list.replaceChildren(element("option", { value: "" }, none), ...people.map(([seat, name]) => element("option", { value: seat }, name)));
    }
    list.value = people.some(([seat]) => seat === chosen) ? chosen ?? "" : "";
  }

  drawLead() {
    const { texts } = this.words;
    const { room, lead } = this.plenary;
    const own = room.you?.seat;
    const nameOf = (/** @type {string|null} */ seat) => room.people.get(seat ?? "")?.name ?? texts.unnamed;
    const host = lead.host === own ? texts.you_lead : lead.host ? fill(texts.host_is, { name: nameOf(lead.host) }) : texts.no_host;
    say(byId("host"), host);
    byId("lead-here").hidden = lead.host === own;
    const others = [...room.people.values()].filter((person) => person.seat !== lead.host && person.number === 1 && !["guest", "captioner"].includes(person.role) && !lead.feeds.some(({ seat }) => seat === person.seat));
    this.choose("deputy", others.map((person) => [person.seat, person.name ?? texts.unnamed]), lead.deputy, texts.no_deputy);
  }

  /** Whoever leads has lost the line. */
  drawGone() {
    const { texts } = this.words;
    const { room, lead, moderates } = this.plenary;
    const own = room.you?.seat;
    const mine = Boolean(lead.host_gone) && lead.host !== own && (moderates || lead.deputy === own);
    byId("gone").hidden = !mine;
    if (mine) say(byId("gone-text"), lead.deputy === own ? texts.host_gone_deputy : texts.host_gone);
    const told = mine ? lead.host_gone ?? "" : "";
    if (told && told !== this.gone) this.page.news(byId("gone-text").textContent ?? "");
    this.gone = told;
  }

  drawFeeds() {
    const { feeds } = this.plenary.lead;
    byId("feeds-none").hidden = feeds.length > 0;
    const by = new Map(feeds.map((feed) => [feed.seat, feed]));
    const make = () => element("li", {}, element("div", {}, element("p", { class: "name" }), element("p", { class: "what" })), element("div", { class: "acts" }));
    keyed(byId("feeds"), [...by.keys()], make, (item, seat) => this.drawFeed(item, /** @type {Feed} */ (by.get(seat))));
  }

  /** @param {HTMLElement} item @param {Feed} feed */
  drawFeed(item, feed) {
    const { texts } = this.words;
    const part = (/** @type {string} */ selector) => /** @type {Element} */ (item.querySelector(selector));
    say(part(".name"), texts[`feed_${feed.place}`]);
    const shown = feed.place === "signing" ? "" : feed.shown ? texts.feed_shown : texts.feed_hidden;
    say(part(".what"), [feed.name, feed.here ? texts.feed_here : texts.feed_away, shown].filter(Boolean).join(" · "));
    item.dataset.here = String(feed.here);
    const acts = feed.place !== "signing" && !feed.shown ? "show" : "";
    if (item.dataset.acts === acts) return;
    item.dataset.acts = acts;
    const show = element("button", { type: "button", class: "button", "data-act": "show" }, texts.feed_show);
    show.addEventListener("click", () => this.page.doing(this.protocol.feed(/** @type {"stage"|"deputy"} */ (feed.place))));
    part(".acts").replaceChildren(...(acts ? [show] : []));
  }
}
