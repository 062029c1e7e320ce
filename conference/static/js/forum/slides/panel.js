// Decks and clips of the room: asks for them when the room is entered, puts what is shown on the stage, as a screen is.

import { byId, fill, say, toTool } from "../dom.js";
import { partsOf } from "./parts.js";
import { SlidesProtocol } from "./protocol.js";
import { Slides } from "./slides.js";
import { ClipView } from "./view-clip.js";
import { DeckView } from "./view-deck.js";
import { ListView } from "./view-list.js";

/** @typedef {import("../room.js").Room} Room */
/** @typedef {import("../protocol.js").RoomProtocol} RoomProtocol */

const AGAIN = 2000; // ms until the pieces are asked for once more

export class SlidesPanel {
  /**
   * @param {Room} room @param {RoomProtocol} protocol @param {any} data the data island
   * @param {{doing: (work: Promise<any>) => void, announce: (kind: string, text: string) => void, show: (name: string, shown: HTMLElement|null) => void}} page
   */
  constructor(room, protocol, data, { doing, announce, show }) {
    this.room = room;
    /** @type {import("../dom.js").Words & {largest: Record<string, number>}} */
    this.words = { texts: data.slides.texts, icons: data.icons, roles: data.roles, largest: data.slides.largest };
    this.announce = announce;
    this.show = show;
    this.slides = new Slides();
    this.protocol = new SlidesProtocol(protocol, data.slides.address);
    this.deck = byId("deck");
    this.part = partsOf(this.deck);
    this.deckView = new DeckView(this.slides, this.protocol, this.words, data.slides.module, this.part, { doing, announce });
    this.clipView = new ClipView(this.slides, this.protocol, this.words, this.part, doing);
    this.listView = new ListView(this.slides, this.protocol, this.words, doing);
    this.onStage = "";
    this.entered = 0;
    this.role = "";
    this.part("deck-stop").addEventListener("click", () => doing(this.protocol.show(null)));
    protocol.addEventListener("entered", () => void this.open());
    protocol.addEventListener("slides.now", (event) => this.slides.take(/** @type {CustomEvent} */ (event).detail));
    this.slides.addEventListener("change", () => this.draw());
    room.addEventListener("change", (event) => {
      if (/** @type {CustomEvent} */ (event).detail.what === "you" && this.role && this.role !== this.mine()) void this.open();
    });
  }

  /** The role, on which it depends what one may do and see. */
  mine() {
    return this.room.you?.role ?? "";
  }

  /** The room was entered, for the first time or again. */
  async open() {
    const turn = ++this.entered;
    this.role = this.mine();
    const asked = performance.now();
    try {
      const answer = await this.protocol.open();
      if (turn === this.entered) this.slides.open(answer, performance.now() - asked);
    } catch (problem) {
      const { code } = /** @type {import("../socket.js").Refused} */ (problem);
      if (code !== "lost") window.setTimeout(() => turn === this.entered && void this.open(), AGAIN);
    }
  }

  draw() {
    const { shown } = this.slides;
    const { texts } = this.words;
    const name = shown?.piece ?? "";
    const before = this.onStage;
    this.onStage = name;
    const held = !shown && this.deck.contains(document.activeElement);
    this.deck.hidden = !shown;
    byId("stage").classList.toggle("with-deck", Boolean(shown));
    if (Boolean(before) !== Boolean(name)) this.show("deck", shown ? this.deck : null);
    this.part("deck-tools").hidden = !shown;
    this.part("deck-stop").hidden = !this.slides.presents;
    if (this.slides.presents) byId("slides-more").href = byId("slides-more").dataset.to; // whoever became a speaker here came without it
    if (shown) {
      say(this.part("deck-title"), shown.title);
      this.deck.setAttribute("aria-label", fill(shown.kind === "deck" ? texts.deck_of : texts.clip_of, { title: shown.title }));
      this.drawSave(shown);
    }
    if (name !== before) this.announce("stage", shown ? fill(shown.kind === "deck" ? texts.deck_begins : texts.clip_begins, { title: shown.title }) : texts.stage_cleared);
    this.deckView.draw();
    this.clipView.draw();
    this.listView.draw();
    if (held) toTool(byId("tool-slides").hidden ? byId("tool-hand") : byId("tool-slides"));
  }

  /** No longer in the room: no film goes on. */
  end() {
    this.clipView.load(null);
  }

  /** @param {import("./slides.js").Piece} piece */
  drawSave(piece) {
    const save = this.part("deck-save");
    save.hidden = !piece.download;
    save.href = `${this.protocol.file(piece)}?save`;
  }
}
