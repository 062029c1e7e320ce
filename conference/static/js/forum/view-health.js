// For moderators: how everybody's connection is doing, and the figures behind it.

import { bars, byId, element, fill, keyed, say } from "./dom.js";

/** @typedef {import("./room.js").Room} Room */
/** @typedef {import("./protocol.js").RoomProtocol} RoomProtocol */
/** @typedef {import("./dom.js").Words} Words */
/**
 * @typedef {object} Connection
 * @property {"publish"|"receive"} direction @property {string} transport @property {number|null} loss share, 0-1
 * @property {number|null} round_trip s @property {number} bitrate bit/s @property {number|null} budget bit/s
 * @property {number|null} first_packet s @property {number|null} first_frame s @property {string[]} layers
 */
/** @typedef {{seat: string, quality: "good"|"fair"|"poor"|null, connections: Connection[]}} Health */

const EVERY = 3000; // ms, while it is open and the page is seen
const ORDER = ["poor", "fair", "good"];

export class HealthView {
  /** @param {Room} room @param {RoomProtocol} protocol @param {Words} words */
  constructor(room, protocol, words) {
    this.room = room;
    this.protocol = protocol;
    this.words = words;
    this.box = byId("health");
    this.list = byId("health-people");
    this.none = byId("health-none");
    this.asking = false;
    this.box.addEventListener("toggle", () => void this.look());
    window.setInterval(() => void this.look(), EVERY);
    room.addEventListener("change", (event) => {
      if (/** @type {CustomEvent} */ (event).detail.what !== "you") return;
      this.box.hidden = !room.you?.moderates;
    });
  }

  async look() {
    if (!this.box.open || this.box.hidden || byId("side").hidden || document.visibilityState === "hidden" || this.asking) return;
    this.asking = true;
    try {
      const { people } = await this.protocol.health();
      this.draw(people);
    } catch (problem) {
      this.draw([]);
      say(this.none, this.words.texts.health_away);
    } finally {
      this.asking = false;
    }
  }

  /** @param {Health[]} people the worst first, so that nobody has to look for it */
  draw(people) {
    const { texts } = this.words;
    const name = (/** @type {string} */ seat) => this.room.people.get(seat)?.name ?? texts.unnamed;
    const rank = (/** @type {Health} */ one) => (ORDER.indexOf(one.quality ?? "") + ORDER.length + 1) % (ORDER.length + 1);
    const known = new Map(people.filter(({ seat }) => this.room.people.has(seat)).map((one) => [one.seat, one]));
    const sorted = [...known.values()].sort((a, b) => rank(a) - rank(b) || name(a.seat).localeCompare(name(b.seat)));
    this.none.hidden = sorted.length > 0;
    say(this.none, texts.health_none);
    keyed(this.list, sorted.map(({ seat }) => seat), () => this.make(), (item, seat) => this.drawOne(item, name(seat), /** @type {Health} */ (known.get(seat))));
  }

  make() {
    const summary = element("summary", {}, element("span", { class: "sign" }), element("span", { class: "name" }), element("span", { class: "word" }));
    return element("li", {}, element("details", {}, summary, element("div", { class: "figures" })));
  }

  /** @param {HTMLElement} item @param {string} name @param {Health} health */
  drawOne(item, name, { quality, connections }) {
    const { texts } = this.words;
    const part = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (item.querySelector(selector));
    if (item.dataset.quality !== (quality ?? "")) {
      item.dataset.quality = quality ?? "";
      part(".sign").replaceChildren(bars(quality));
    }
    say(part(".name"), name);
    say(part(".word"), texts[`health_${quality ?? "unknown"}`]);
    const figures = part(".figures");
    keyed(figures, connections.map(({ direction }) => direction), () => element("p"), (line, direction) => {
      say(line, this.figures(/** @type {Connection} */ (connections.find((each) => each.direction === direction))));
    });
  }

  /** One connection in one sentence of figures. @param {Connection} connection */
  figures(connection) {
    const { texts } = this.words;
    const number = (/** @type {number} */ value, digits = 0) => value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: digits });
    const told = (/** @type {string} */ text, /** @type {number|null} */ value, scale = 1, digits = 0) => (value === null ? null : fill(texts[text], { n: number(value * scale, digits) }));
    const parts = [
      told("health_loss", connection.loss, 100, 1),
      told("health_round_trip", connection.round_trip, 1000),
      told("health_bitrate", connection.bitrate, 0.001),
      told("health_budget", connection.budget, 0.001),
      connection.layers.length ? fill(texts.health_layers, { list: connection.layers.join(", ") }) : null,
      told("health_first", connection.first_frame ?? connection.first_packet, 1, 1),
      connection.transport && connection.transport !== "udp" ? fill(texts.health_by, { way: connection.transport.toUpperCase() }) : null,
    ];
    return `${texts[`health_${connection.direction}`]}: ${parts.filter((part) => part !== null).join(" · ")}`;
  }
}
