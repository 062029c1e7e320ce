// The deck on the stage: turned by who presents, followed by the others, who may also browse by themselves and come back.

import { element, fill, say } from "../dom.js";
import { library, PdfDeck } from "./pdf.js";

/** @typedef {import("./slides.js").Slides} Slides */
/** @typedef {import("./slides.js").Piece} Piece */
/** @typedef {import("./protocol.js").SlidesProtocol} SlidesProtocol */
/** @typedef {import("../dom.js").Words} Words */

const SETTLE = 120; // ms in which a change of size comes to rest
const AGAIN = 4000; // ms until a deck that could not be read is tried once more

export class DeckView {
  /**
   * @param {Slides} slides @param {SlidesProtocol} protocol @param {Words} words @param {string} module address of pdf.js
   * @param {(name: string) => any} part of the deck's element
   * @param {{doing: (work: Promise<any>) => void, announce: (kind: string, text: string) => void}} page
   */
  constructor(slides, protocol, words, module, part, { doing, announce }) {
    this.slides = slides;
    this.protocol = protocol;
    this.words = words;
    this.module = module;
    this.part = part;
    this.doing = doing;
    this.announce = announce;
    this.frame = this.part("deck-frame");
    this.paper = this.part("deck-paper");
    this.text = this.part("deck-words");
    /** @type {{id: string, deck: PdfDeck, words: Promise<Record<string, string>>}|null} */
    this.open = null;
    /** @type {number|null} the page that one browses; null: one follows */
    this.browsing = null;
    /** @type {number|null} a page to which one has turned, while the server does not know it yet */
    this.turned = null;
    this.asking = false;
    this.leads = true;
    this.drawn = "";
    this.timer = 0;
    this.trying = 0;
    this.part("deck-back").addEventListener("click", () => this.turn(this.page - 1));
    this.part("deck-next").addEventListener("click", () => this.turn(this.page + 1));
    this.part("deck-follow").addEventListener("click", () => this.follow());
    this.part("deck-read").addEventListener("click", () => this.read());
    this.part("deck-leads").addEventListener("change", (/** @type {any} */ event) => this.lead(event.target.checked));
    this.frame.parentElement?.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.key(event));
    new ResizeObserver(() => this.later()).observe(this.frame);
  }

  /** @returns {Piece|null} */
  get piece() {
    const { shown } = this.slides;
    return shown?.kind === "deck" ? shown : null;
  }

  get presenting() {
    return this.slides.presents && this.leads;
  }

  /** The page that is shown here. */
  get page() {
    return this.browsing ?? this.turned ?? this.slides.stage?.page ?? 1;
  }

  /** Something is new: another deck, another page. */
  draw() {
    const { piece } = this;
    this.part("deck-paging").hidden = !piece;
    this.paper.hidden = !piece;
    if (this.open && this.open.id !== piece?.piece) this.close();
    if (!piece) return;
    if (!this.open) void this.begin(piece);
    if (this.presenting) this.browsing = null;
    this.drawTools(piece);
    void this.drawPage(piece);
  }

  /** @param {Piece} piece */
  drawTools(piece) {
    const { texts } = this.words;
    const pages = piece.pages ?? 1;
    const theirs = this.slides.stage?.page ?? 1;
    say(this.part("deck-page"), fill(texts.page_of, { n: this.page, all: pages }));
    this.part("deck-back").setAttribute("aria-disabled", String(this.page <= 1)); // not disabled: the keys go on working there
    this.part("deck-next").setAttribute("aria-disabled", String(this.page >= pages));
    this.part("deck-follow").hidden = this.browsing === null;
    say(this.part("deck-follow").querySelector("span"), fill(texts.follow, { n: theirs }));
    this.part("deck-leading").hidden = !this.slides.presents;
  }

  /** @param {Piece} piece */
  async begin(piece) {
    const { texts } = this.words;
    this.note(texts.deck_loading);
    try {
      const pdf = await library(this.module);
      if (this.open || this.piece?.piece !== piece.piece) return;
      const words = piece.words ? this.protocol.words(piece) : Promise.resolve({});
      const open = { id: piece.piece, deck: new PdfDeck(pdf, this.module, this.protocol.file(piece)), words };
      this.open = open;
      await open.deck.open();
      if (this.open !== open) return;
      this.note("");
      await this.drawPage(piece);
    } catch {
      if (this.piece?.piece !== piece.piece) return;
      this.close();
      this.note(texts.deck_failed);
      window.clearTimeout(this.trying);
      this.trying = window.setTimeout(() => this.draw(), AGAIN);
    }
  }

  /** @param {Piece} piece */
  async drawPage(piece) {
    const open = this.open;
    const { clientWidth: width, clientHeight: height } = this.frame;
    const wanted = `${piece.piece} ${this.page} ${width} ${height} ${window.devicePixelRatio}`;
    if (!open || width < 1 || height < 1 || this.drawn === wanted) return;
    const turned = !this.drawn.startsWith(`${piece.piece} ${this.page} `);
    this.drawn = wanted;
    const number = this.page;
    try {
      const canvas = await open.deck.draw(number, width, height);
      if (!canvas || this.open !== open || this.page !== number) return;
      this.paper.replaceChildren(canvas);
      this.frame.dataset.page = String(number);
      this.note("");
      if (turned) await this.tellPage(piece, number);
      void open.deck.ready(number + 1).catch(() => undefined);
    } catch {
      if (this.open !== open) return;
      this.drawn = "";
      this.note(this.words.texts.page_failed);
    }
  }

  /** The page for who does not see it: its description, and the text in it. @param {Piece} piece @param {number} number */
  async tellPage(piece, number) {
    const { texts } = this.words;
    const open = this.open;
    if (!open) return;
    const [lines, described] = await Promise.all([open.deck.words(number), open.words]);
    if (this.open !== open || this.page !== number) return;
    const description = described[String(number)];
    const parts = [...(description ? [element("p", { class: "description" }, description)] : []), ...lines.map((line) => element("p", {}, line))];
    if (!parts.length) parts.push(element("p", { class: "none" }, texts.page_without));
    this.text.replaceChildren(...parts);
    const where = fill(texts.page_of, { n: number, all: piece.pages ?? 1 });
    this.frame.setAttribute("aria-label", `${piece.title}. ${where}`);
    this.announce("slides", `${where}: ${description ?? lines[0] ?? texts.page_without}`);
  }

  /** @param {number} page */
  turn(page) {
    const { piece } = this;
    const to = Math.min(Math.max(page, 1), piece?.pages ?? 1);
    if (!piece || to === this.page) return;
    if (this.presenting) {
      this.turned = to;
      void this.send(piece);
    } else {
      this.browsing = to;
    }
    this.draw();
  }

  /** One question at a time; who turns fast is told to the others where they have come to. @param {Piece} piece */
  async send(piece) {
    if (this.asking) return;
    this.asking = true;
    try {
      while (this.turned !== null && this.piece?.piece === piece.piece) {
        const page = this.turned;
        await this.protocol.turn(piece.piece, page);
        if (this.slides.stage?.piece === piece.piece) this.slides.stage.page = page;
        if (this.turned === page) this.turned = null;
      }
    } catch (problem) {
      this.turned = null;
      this.doing(Promise.reject(problem));
    } finally {
      this.turned = null;
      this.asking = false;
      this.draw();
    }
  }

  /** Back to the page that the speaker shows. */
  follow() {
    this.browsing = null;
    this.draw();
    this.frame.focus({ preventScroll: true });
  }

  /** Whether one's own turning turns for all. @param {boolean} leads */
  lead(leads) {
    this.leads = leads;
    this.draw();
  }

  /** The words in sight, for who reads better than one sees. */
  read() {
    const on = this.text.classList.toggle("seen");
    this.text.classList.toggle("for-ear", !on);
    this.part("deck-read").setAttribute("aria-pressed", String(on));
    if (on) this.text.tabIndex = 0; // it may have to be scrolled
    else this.text.removeAttribute("tabindex");
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { piece } = this;
    const inside = /** @type {HTMLElement} */ (event.target);
    if (!piece || event.ctrlKey || event.altKey || event.metaKey || inside.matches("input, select, textarea") || this.text.contains(inside)) return; // the text scrolls
    const to = { ArrowRight: this.page + 1, ArrowDown: this.page + 1, PageDown: this.page + 1, ArrowLeft: this.page - 1, ArrowUp: this.page - 1, PageUp: this.page - 1, Home: 1, End: piece.pages }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.turn(to);
  }

  /** Another deck or none: nothing of this one stays. */
  close() {
    this.open?.deck.close();
    this.open = null;
    this.browsing = this.turned = null;
    this.drawn = "";
    delete this.frame.dataset.page;
    this.paper.replaceChildren();
    this.text.replaceChildren();
    this.note("");
  }

  later() {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.piece && void this.drawPage(this.piece), SETTLE);
  }

  /** @param {string} text */
  note(text) {
    const note = this.part("deck-note");
    note.hidden = !text;
    say(note, text);
  }
}
