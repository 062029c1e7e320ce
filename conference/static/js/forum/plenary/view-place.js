// Where one is, on the stage or behind it; one's own level, and that the others hear it; and when one's turn comes.

import { Level } from "../../check/level.js";
import { byId, fill, keepFocus, say } from "../dom.js";

/** @typedef {import("./plenary.js").Plenary} Plenary */
/** @typedef {import("./protocol.js").PlenaryProtocol} PlenaryProtocol */
/** @typedef {import("../own.js").Own} Own */

export class PlaceView {
  /**
   * @param {Plenary} plenary @param {PlenaryProtocol} protocol @param {Record<string, string>} texts
   * @param {{doing: (work: Promise<any>) => void, announce: (kind: string, text: string) => void, news: (text: string) => void, hear: (aloud: boolean) => void}} page
   */
  constructor(plenary, protocol, texts, page) {
    this.plenary = plenary;
    this.texts = texts;
    this.page = page;
    /** @type {Own|null} */
    this.own = null;
    /** @type {{track: MediaStreamTrack, level: Level}|null} */
    this.meter = null;
    this.strip = byId("my-place-strip");
    this.turn = "";
    byId("go-behind").addEventListener("click", () => page.doing(protocol.place(plenary.room.you?.seat ?? "", true)));
    byId("go-stage").addEventListener("click", () => page.doing(protocol.place(plenary.room.you?.seat ?? "", false)));
    byId("hear-stage").addEventListener("change", () => page.hear(byId("hear-stage").checked));
    plenary.addEventListener("change", (event) => this.changed(/** @type {CustomEvent} */ (event).detail));
    plenary.room.addEventListener("change", (event) => {
      if (/** @type {CustomEvent} */ (event).detail.what === "you") this.draw();
    });
  }

  /** One's own devices, once there are any. @param {Own} own */
  take(own) {
    this.own = own;
    own.addEventListener("change", () => this.measure());
  }

  /** @param {{what: string, before: any}} change */
  changed({ what, before }) {
    if (what === "you" && before) this.moved(before);
    if (what === "you" || what === "state") this.draw();
    if (what === "order") this.drawTurn();
  }

  /** @param {import("./plenary.js").Own} before */
  moved(before) {
    const { crew, behind, heard } = this.plenary.you;
    if (crew && before.crew && behind !== before.behind) this.page.news(behind ? this.texts.now_behind : this.texts.now_on_stage);
    if (heard && heard !== before.heard && before.crew) this.page.announce("heard", this.texts.heard);
  }

  draw() {
    const { you, crew, state, moderates } = this.plenary;
    this.strip.hidden = !crew;
    this.strip.dataset.place = you.behind ? "behind" : "stage";
    say(byId("place-text"), you.behind ? this.texts.you_behind : state.closed ? this.texts.you_curtain : this.texts.you_stage);
    keepFocus(this.strip, byId("tool-plenary"), () => {
      byId("go-behind").hidden = you.behind;
      byId("go-stage").hidden = !you.behind || !moderates;
    });
    byId("hear-stage").closest("label").hidden = !you.behind;
    const heard = byId("place-heard");
    heard.hidden = !you.behind || !you.heard;
    this.measure();
  }

  /** The level is shown where it is checked: behind the stage. */
  measure() {
    const track = this.own?.tracks.get("microphone") ?? null;
    const wanted = this.plenary.you.behind && this.plenary.crew ? track : null;
    byId("place-level").hidden = !wanted;
    byId("place-silent").hidden = !this.plenary.you.behind || Boolean(track);
    if (this.meter?.track === (wanted ?? undefined)) return;
    this.meter?.level.stop();
    this.meter = null;
    if (wanted) this.meter = { track: wanted, level: new Level(wanted, (level, word) => this.drawLevel(level, word), () => undefined) };
  }

  /** @param {number} level @param {string} word */
  drawLevel(level, word) {
    const meter = byId("place-meter");
    meter.value = level;
    meter.setAttribute("aria-valuetext", this.texts[word]);
    say(byId("place-word"), this.texts[word]);
  }

  /** "You are next": said once, and it stays in sight. */
  drawTurn() {
    const seat = this.plenary.room.you?.seat;
    const { present, next } = this.plenary;
    const turn = present?.seat === seat ? "now" : next?.seat === seat && present ? "next" : next?.seat === seat ? "first" : "";
    const shown = byId("place-turn");
    shown.hidden = !turn;
    shown.dataset.turn = turn;
    const minutes = (turn === "now" ? present : next)?.minutes;
    const text = turn ? this.texts[`turn_${turn}`] + (minutes ? ` ${fill(this.texts.turn_minutes, { n: minutes })}` : "") : "";
    say(byId("place-turn-text"), text);
    if (turn && turn !== this.turn) this.page.news(text);
    this.turn = turn;
  }
}
