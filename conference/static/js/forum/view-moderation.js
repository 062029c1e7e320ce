// The moderator's part of the panel: the door (locked, lobby, banned), the call for help; for organisers the calls of all rooms.

import { byId, element, fill, keepFocus, keyed, onSwitch, say } from "./dom.js";

/** @typedef {import("./room.js").Room} Room */
/** @typedef {import("./protocol.js").RoomProtocol} RoomProtocol */
/** @typedef {import("./dom.js").Words} Words */
/** @typedef {{seat: string, name: string|null}} Named */
/** @typedef {{session: string, slug: string, title: Record<string, string>, by: string|null}} Call */

export class ModerationView {
  /**
   * @param {Room} room @param {RoomProtocol} protocol @param {Words & {rooms: string}} words @param {(work: Promise<any>) => void} doing
   * @param {(kind: string, text: string) => void} announce @param {(text: string) => void} news
   * @param {(waiting: number, calls: number) => void} counted
   */
  constructor(room, protocol, words, doing, announce, news, counted) {
    this.room = room;
    this.protocol = protocol;
    this.words = words;
    this.doing = doing;
    this.announce = announce;
    this.news = news;
    this.counted = counted;
    /** @type {Set<string>} */
    this.known = new Set();
    this.helping = false;
    this.calls = 0;
    this.door = { locked: false, lobby: false };
    onSwitch(byId("lock"), doing, () => protocol.lock(byId("lock").checked), () => this.drawDoor());
    onSwitch(byId("lobby"), doing, () => protocol.setLobby(byId("lobby").checked), () => this.drawDoor());
    byId("help").addEventListener("click", () => doing(protocol.help(!this.helping)));
  }

  /** @param {{locked: boolean, lobby: boolean, waiting: Named[], banned: Named[], help: string|null}} told */
  take({ locked, lobby, waiting, banned, help }) {
    const { texts } = this.words;
    this.door = { locked, lobby };
    this.drawDoor();
    this.helping = help !== null;
    this.counted(waiting.length, this.calls);
    byId("help").setAttribute("aria-pressed", String(this.helping));
    byId("help-said").hidden = !this.helping;
    this.list("waiting-people", "lobby-list", waiting, [["admit", "button main"], ["refuse", "button"]], (act, seat) => this.protocol.answerKnock(seat, act === "admit"));
    this.list("banned", "banned-list", banned, [["lift", "button"]], (_, seat) => this.protocol.liftBan(seat));
    const fresh = waiting.filter(({ seat }) => !this.known.has(`knock ${seat}`));
    if (fresh.length) this.announce("knock", fill(texts.knocks, { name: fresh.map(({ name }) => name ?? texts.unnamed).join(", ") }));
    this.known = new Set([...[...this.known].filter((each) => !each.startsWith("knock ")), ...waiting.map(({ seat }) => `knock ${seat}`)]);
  }

  drawDoor() {
    byId("lock").checked = this.door.locked;
    byId("lobby").checked = this.door.lobby;
  }

  /** @param {string} section @param {string} id @param {Named[]} people @param {string[][]} acts @param {(act: string, seat: string) => Promise<any>} answer */
  list(section, id, people, acts, answer) {
    const { texts } = this.words;
    const names = new Map(people.map(({ seat, name }) => [seat, name ?? texts.unnamed]));
    const make = (/** @type {string} */ seat) => {
      const button = (/** @type {string[]} */ [act, kind]) => {
        const made = element("button", { type: "button", class: kind, "data-act": act, "aria-label": `${texts[act]}: ${names.get(seat)}` }, texts[act]);
        made.addEventListener("click", () => this.doing(answer(act, seat)));
        return made;
      };
      return element("li", {}, element("span", { class: "name" }), ...acts.map(button));
    };
    keepFocus(byId(section), byId("panel-moderation"), () => {
      keyed(byId(id), [...names.keys()], make, (item, seat) => say(/** @type {Element} */ (item.firstElementChild), names.get(seat) ?? ""));
      byId(section).hidden = people.length === 0;
    });
  }

  /** Rooms that call the organisers. @param {{calls: Call[]}} told */
  takeCalls({ calls }) {
    const { texts } = this.words;
    const lang = document.documentElement.lang;
    const by = new Map(calls.map((call) => [call.session, call]));
    this.calls = calls.length;
    this.counted(byId("lobby-list").childElementCount, this.calls);
    const make = (/** @type {string} */ session) => {
      const { slug, title } = /** @type {Call} */ (by.get(session));
      const name = title[lang] ?? title.de ?? slug;
      const done = element("button", { type: "button", class: "button", "aria-label": `${texts.help_done}: ${name}` }, texts.help_done);
      done.addEventListener("click", () => this.doing(this.protocol.helpDone(session)));
      return element("li", {}, element("a", { href: `${this.words.rooms}/${slug}/room`, target: "_blank", rel: "noopener" }, name), done);
    };
    keepFocus(byId("calls"), byId("panel-moderation"), () => {
      keyed(byId("calls-list"), [...by.keys()], make, () => undefined);
      byId("calls").hidden = calls.length === 0;
    });
    for (const call of calls.filter(({ session }) => !this.known.has(`call ${session}`))) {
      this.news(fill(texts.called, { name: call.by ?? texts.unnamed, session: call.title[lang] ?? call.title.de ?? call.slug }));
    }
    this.known = new Set([...[...this.known].filter((each) => !each.startsWith("call ")), ...calls.map(({ session }) => `call ${session}`)]);
  }
}
