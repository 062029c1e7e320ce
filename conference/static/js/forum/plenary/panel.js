// The plenary in the room's page: state below, views on top, and the second connection from behind the stage.

import { byId } from "../dom.js";
import { Monitor } from "./monitor.js";
import { Plenary } from "./plenary.js";
import { PlenaryProtocol } from "./protocol.js";
import { BehindView } from "./view-behind.js";
import { DirectionView } from "./view-direction.js";
import { HoldingView } from "./view-holding.js";
import { OrderView } from "./view-order.js";
import { PlaceView } from "./view-place.js";
import { ThirdsView } from "./view-thirds.js";

/** @typedef {import("../room.js").Room} Room */
/** @typedef {import("../protocol.js").RoomProtocol} RoomProtocol */
/** @typedef {import("../view-stage.js").StageView} StageView */
/** @typedef {import("../talk/tabs.js").Tabs} Tabs */

export class PlenaryPanel {
  /**
   * @param {Room} room @param {RoomProtocol} protocol @param {any} data the data island @param {StageView} stage @param {Tabs} tabs
   * @param {{doing: (work: Promise<any>) => void, announce: (kind: string, text: string) => void, news: (text: string) => void}} page
   */
  constructor(room, protocol, data, stage, tabs, page) {
    const words = { texts: data.plenary, icons: data.icons, roles: data.roles };
    this.room = room;
    this.tabs = tabs;
    this.plenary = new Plenary(room);
    this.monitor = new Monitor(data.whep, (shown) => stage.take(shown));
    const asks = new PlenaryProtocol(protocol);
    this.holding = new HoldingView(this.plenary, words.texts, page.announce);
    this.thirds = new ThirdsView(this.plenary, stage, page.announce);
    this.place = new PlaceView(this.plenary, asks, words.texts, { ...page, hear: (aloud) => this.monitor.hear(aloud) });
    this.order = new OrderView(this.plenary, asks, words, page.doing);
    this.behind = new BehindView(this.plenary, asks, words, page.doing);
    this.direction = new DirectionView(this.plenary, asks, words, page);
    stage.addEventListener("drawn", () => this.behind.drawSpeakers());
    byId("tool-plenary").hidden = true; // until one is known to be of the stage
    this.open = false; // the room is in sight
    this.begun = false; // and so was this panel
    this.silent = true; // until there is sound
    this.ended = false;
    this.follow(protocol);
  }

  /** @param {RoomProtocol} protocol */
  follow(protocol) {
    const on = (/** @type {string} */ name, /** @type {(told: any) => void} */ act) =>
      protocol.addEventListener(name, (event) => act(/** @type {CustomEvent} */ (event).detail));
    on("entered", (answer) => this.entered(answer));
    on("plenary.state", (told) => this.plenary.take("state", told));
    on("plenary.you", (told) => this.plenary.take("you", told));
    on("plenary.order", (told) => this.plenary.take("order", told));
    on("plenary.lead", (told) => this.plenary.take("lead", told));
    on("plenary.behind", (told) => this.plenary.takeBehind(told));
    on("plenary.speakers", (told) => this.plenary.takeSpeakers(told));
    on("room.slots", ({ connection, slots }) => this.monitor.session?.assign(connection, slots.map((/** @type {any} */ slot) => ({ mid: slot.mid, peer: slot.seat, source: slot.source, state: slot.state ?? "live" }))));
    this.plenary.addEventListener("change", (event) => {
      if (/** @type {CustomEvent} */ (event).detail.what === "you") this.moved();
    });
    this.room.addEventListener("change", (event) => {
      if (/** @type {CustomEvent} */ (event).detail.what === "you") this.moved();
    });
    window.addEventListener("pagehide", () => void this.monitor.close());
  }

  /** @param {any} answer */
  entered(answer) {
    this.plenary.enter(answer);
    // What was told before the answer came is still so, once the room has taken the answer in.
    queueMicrotask(() => this.plenary.again());
    this.monitor.iceServers = answer.media.ice_servers;
    // What its slots carry was told to the line that is gone: a new connection is told anew.
    if (this.monitor.session) void this.monitor.close().then(() => this.moved());
  }

  /** One's own devices, and whether there is no sound and no picture at all. @param {import("../own.js").Own} own @param {boolean} silent */
  take(own, silent) {
    this.silent = silent;
    this.place.take(own);
    this.moved();
  }

  moved() {
    const { crew, you } = this.plenary;
    byId("tab-plenary").hidden = byId("tool-plenary").hidden = !crew;
    if (!crew && this.tabs.chosen === "plenary") this.tabs.choose("people");
    if (crew && this.open && !this.begun) {
      this.begun = true;
      if (["people", "moderation"].includes(this.tabs.chosen)) this.tabs.choose("plenary");
    }
    if (you.behind && crew && !this.silent && !this.ended) this.monitor.open(this.room.you?.seat ?? "");
    else void this.monitor.close();
  }

  /** The room is shown for the first time. */
  begin() {
    this.open = true;
    this.moved();
  }

  /** No longer in the room. */
  end() {
    this.ended = true;
    void this.monitor.close();
  }
}
