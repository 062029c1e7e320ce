// What was brought: for who presents a list to show, order and remove, and a form to bring more.

import { byId, element, fill, icon, keepFocus, keyed, say } from "../dom.js";

/** @typedef {import("./slides.js").Slides} Slides */
/** @typedef {import("./slides.js").Piece} Piece */
/** @typedef {import("./protocol.js").SlidesProtocol} SlidesProtocol */
/** @typedef {import("../dom.js").Words} Words */

export class ListView {
  /**
   * @param {Slides} slides @param {SlidesProtocol} protocol @param {Words & {largest: Record<string, number>}} words
   * @param {(work: Promise<any>) => void} doing
   */
  constructor(slides, protocol, words, doing) {
    this.slides = slides;
    this.protocol = protocol;
    this.words = words;
    this.doing = doing;
    this.dialog = /** @type {HTMLDialogElement} */ (byId("slides"));
    this.list = byId("pieces");
    this.form = /** @type {HTMLFormElement} */ (byId("bring"));
    this.progress = /** @type {HTMLProgressElement} */ (byId("bring-progress"));
    this.busy = false;
    /** @type {string|null} */
    this.sure = null;
    byId("tool-slides").addEventListener("click", () => this.dialog.showModal());
    byId("slides-close").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("close", () => this.calm());
    this.list.addEventListener("click", (/** @type {Event} */ event) => this.click(/** @type {HTMLElement} */ (event.target)));
    this.form.addEventListener("submit", (event) => void this.bring(event));
    byId("bring-file").addEventListener("change", () => this.chosen());
  }

  draw() {
    byId("tool-slides").hidden = !this.slides.presents;
    byId("tool-slides").setAttribute("aria-pressed", String(this.slides.stage !== null));
    if (!this.slides.presents && this.dialog.open) this.dialog.close();
    byId("pieces-none").hidden = this.slides.pieces.length > 0;
    keepFocus(this.list, byId("bring-file"), () => {
      keyed(this.list, this.slides.pieces.map(({ piece }) => piece), () => this.make(), (item, key) => this.drawPiece(item, key));
    });
  }

  /** What was asked once is asked anew the next time. */
  calm() {
    this.sure = null;
    this.draw();
  }

  make() {
    const { texts } = this.words;
    const button = (/** @type {string} */ act, /** @type {string} */ drawing) => element("button", { type: "button", class: `button quiet ${act}`, "data-act": act }, icon(this.words, drawing));
    return element(
      "li",
      {},
      element("p", { class: "name" }, element("span")),
      element("p", { class: "small quiet what" }),
      element("p", { class: "row" }, element("button", { type: "button", class: "button show", "data-act": "show" }, texts.show), button("up", "arrow-up"), button("down", "arrow-down"), button("remove", "trash-2")),
    );
  }

  /** @param {HTMLElement} item @param {string} key */
  drawPiece(item, key) {
    const { texts } = this.words;
    const at = this.slides.pieces.findIndex(({ piece }) => piece === key);
    const piece = this.slides.pieces[at];
    const on = this.slides.stage?.piece === key;
    const part = (/** @type {string} */ name) => /** @type {any} */ (item.querySelector(name));
    item.classList.toggle("on-stage", on);
    say(part(".name span"), piece.title);
    const size = piece.kind === "deck" ? fill(texts.pages, { n: piece.pages ?? 0 }) : fill(texts.clip_length, { length: clock(piece.seconds ?? 0) });
    say(part(".what"), on ? `${size} · ${texts.on_stage}` : size);
    say(part(".show"), on ? texts.unshow : texts.show);
    part(".show").setAttribute("aria-label", `${on ? texts.unshow : texts.show}: ${piece.title}`);
    const sure = this.sure === key;
    part(".up").setAttribute("aria-disabled", String(at === 0)); // not disabled: the focus stays there
    part(".down").setAttribute("aria-disabled", String(at === this.slides.pieces.length - 1));
    for (const act of ["up", "down"]) part(`.${act}`).setAttribute("aria-label", fill(texts[act], { title: piece.title }));
    part(".remove").setAttribute("aria-label", sure ? `${texts.remove_sure} ${piece.title}` : fill(texts.remove, { title: piece.title }));
    part(".remove").classList.toggle("danger", sure);
    part(".remove").classList.toggle("quiet", !sure);
    part(".remove").replaceChildren(icon(this.words, "trash-2"), sure ? texts.remove_sure : "");
  }

  /** @param {HTMLElement} target */
  click(target) {
    const button = /** @type {HTMLElement|null} */ (target.closest("[data-act]"));
    const item = /** @type {HTMLElement|null} */ (target.closest("li"));
    const key = item?.dataset.key;
    if (!button || !item || !key || button.getAttribute("aria-disabled") === "true") return;
    const { act } = button.dataset;
    if (act === "remove" && this.sure !== key) {
      this.sure = key; // the second click does it
      return this.draw();
    }
    this.sure = null;
    if (act === "show") this.show(key);
    else if (act === "remove") this.doing(this.protocol.remove(key));
    else this.doing(this.protocol.move(key, act === "up"));
    this.draw();
  }

  /** @param {string} key */
  show(key) {
    const on = this.slides.stage?.piece === key;
    this.doing(this.protocol.show(on ? null : key).then(() => !on && this.dialog.close()));
  }

  /** What cannot be taken is said before it is sent. */
  chosen() {
    const file = byId("bring-file").files[0];
    const clip = /\.(mp4|webm|m4v)$/i.test(file?.name ?? "");
    byId("bring-captions").hidden = !clip;
    const { texts, largest } = this.words;
    const limit = clip ? largest.clip : largest.deck;
    this.say(file && file.size > limit ? fill(texts.too_large, { n: Math.floor(limit / 1048576) }) : "");
    return Boolean(file) && file.size <= limit;
  }

  /** @param {SubmitEvent} event */
  async bring(event) {
    event.preventDefault();
    const { texts } = this.words;
    if (this.busy || !this.chosen()) {
      if (!this.busy && !byId("bring-file").files.length) this.say(texts.choose_file);
      return;
    }
    this.busy = true;
    this.progress.hidden = false;
    this.progress.value = 0;
    this.say(texts.bringing);
    try {
      const piece = await this.protocol.bring(new FormData(this.form), (share) => {
        this.progress.value = share;
        if (share === 1) this.say(texts.looking);
      });
      this.form.reset();
      this.chosen();
      this.say(fill(texts.brought, { title: piece?.title ?? "" }));
    } catch (problem) {
      const { text, status } = /** @type {import("./protocol.js").NotTaken} */ (problem);
      this.say(text || (status === 413 ? fill(texts.too_large, { n: Math.floor(this.words.largest.clip / 1048576) }) : texts.not_brought));
    } finally {
      this.busy = false;
      this.progress.hidden = true;
    }
  }

  /** @param {string} text */
  say(text) {
    say(byId("bring-said"), text);
  }
}

/** @param {number} seconds */
function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}
