// Hands that speak: the button "I am signing", and two interpreters who relieve each other with one button.

import { byId, fill, keepFocus, say } from "../dom.js";

/** @typedef {import("../room.js").Room} Room */
/** @typedef {import("../own.js").Own} Own */
/** @typedef {import("../protocol.js").Person} Person */
/** @typedef {import("../dom.js").Words} Words */

const AFTER = 3000; // ms that the one before goes on sending, for those whose pictures come later

export class SigningView {
  /**
   * @param {Room} room @param {import("./protocol.js").WordsProtocol} protocol @param {Words} words
   * @param {{doing: (work: Promise<any>) => void, announce: (kind: string, text: string) => void}} page
   */
  constructor(room, protocol, words, page) {
    this.room = room;
    this.protocol = protocol;
    this.words = words;
    this.page = page;
    /** @type {Own|null} */
    this.own = null;
    this.tool = byId("tool-sign");
    this.strip = byId("interpreting");
    this.going = 0;
    this.tool.addEventListener("click", () => this.press());
    byId("interpreting-take").addEventListener("click", () => void this.take());
    byId("interpreting-give").addEventListener("click", () => this.give());
    room.addEventListener("change", (event) => this.changed(/** @type {CustomEvent} */ (event).detail));
  }

  /** @param {Own} own */
  begin(own) {
    this.own = own;
    own.addEventListener("change", () => this.draw());
    this.draw();
  }

  /** @param {{what: string, before: any}} change */
  changed({ what, before }) {
    if (what === "people" && before) this.relieved(before);
    if (what === "people" || what === "you" || what === "floor") this.draw();
  }

  /** One's own hands speak: by the button, or with the floor. */
  get signs() {
    const { you, me } = this.room;
    return Boolean(you?.signs || (you?.floor && me?.way === "signing"));
  }

  press() {
    const { you } = this.room;
    if (!this.signs) this.page.doing(this.protocol.sign(true));
    else if (you?.signs) this.page.doing(this.protocol.sign(false));
    else this.page.announce("signing", this.words.texts.signing_floor); // given with the floor, it ends with it
  }

  /** @returns {Person[]} interpreters who can stand here, oneself left out */
  others() {
    return [...this.room.people.values()].filter((person) => person.role === "interpreter" && person.here && person.number === 1 && person.seat !== this.room.you?.seat);
  }

  draw() {
    const { you, me } = this.room;
    const camera = this.own?.tracks.get("camera");
    this.tool.hidden = !you?.speaks || you.role === "interpreter" || !camera || !this.room.may("camera");
    this.tool.setAttribute("aria-pressed", String(this.signs));
    if (camera && (this.signs || me?.role === "interpreter")) camera.contentHint = "motion"; // rather smaller than slower
    const others = this.others();
    const interprets = you?.role === "interpreter" && !you.beside && others.length > 0 && !this.own?.silent;
    this.strip.hidden = !interprets;
    if (interprets) keepFocus(this.strip, byId("tool-camera"), () => this.drawStrip(others));
  }

  /** @param {Person[]} others interpreters */
  drawStrip(others) {
    const { me } = this.room;
    const now = others.find((person) => person.signing && person.camera);
    const on = Boolean(me?.signing && this.own?.on("camera"));
    const name = (on ? others[0] : now)?.name ?? this.words.texts.unnamed;
    say(byId("interpreting-said"), on ? this.words.texts.interpret_you : now ? fill(this.words.texts.interprets, { name }) : this.words.texts.interprets_none);
    byId("interpreting-take").hidden = on;
    const give = byId("interpreting-give");
    give.hidden = !on;
    say(give, fill(this.words.texts.interpret_give, { name }));
  }

  /** Go on from now: first the camera, then the place. */
  async take() {
    const seat = this.room.you?.seat;
    if (!this.own || !seat) return;
    if (!this.own.on("camera")) await this.own.toggle("camera");
    if (this.own.on("camera")) this.page.doing(this.protocol.handInterpreting(seat));
  }

  give() {
    const [next] = this.others();
    if (next) this.page.doing(this.protocol.handInterpreting(next.seat));
  }

  /** Somebody else interprets now: said, and one's own camera goes off once all have seen the other one. @param {Map<string, Person>} before */
  relieved(before) {
    const seat = this.room.you?.seat ?? "";
    const { me } = this.room;
    if (me?.role !== "interpreter") return;
    const was = before.get(seat);
    if (was?.signing && me.rests) this.page.announce("interpreting", this.words.texts.interpret_relieved);
    if (was?.rests && me.signing) this.page.announce("interpreting", this.words.texts.interpret_you);
    if (!me.rests) {
      window.clearTimeout(this.going);
      this.going = 0;
    }
  }

  /** The picture of an interpreter is there. @param {string} seat */
  seen(seat) {
    if (!this.room.me?.rests || seat === this.room.you?.seat || this.going || !this.own?.on("camera")) return;
    this.going = window.setTimeout(() => {
      this.going = 0;
      if (this.room.me?.rests && this.own?.on("camera")) void this.own.toggle("camera");
    }, AFTER);
  }
}
