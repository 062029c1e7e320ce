// The editor of a results sheet. Without it the form has buttons that do the same.

import { byId, element, fill } from "../forum/dom.js";
import { Lines } from "./sheet-lines.js";
import { Preview } from "./sheet-preview.js";
import { Saving } from "./sheet-saving.js";

/** @typedef {import("./sheet-saving.js").Saved} Saved */
/** @typedef {import("./sheet-saving.js").Field} Field */
/** @typedef {import("./sheet-saving.js").State} State */

class Editor {
  /** @param {any} data the data island */
  constructor(data) {
    this.data = data;
    this.texts = data.texts;
    this.newest = 0; // the sheet's newest number that was heard of
    this.form = /** @type {HTMLFormElement} */ (byId("sheet-form"));
    const told = {
      state: (/** @type {State} */ state) => this.drawState(state),
      result: (/** @type {Saved} */ saved, /** @type {Field|null} */ field) => this.drawResult(saved, field),
      saved: (/** @type {number} */ changes) => {
        this.newest = Math.max(this.newest, changes);
        this.catchUp();
        void this.preview.draw();
      },
    };
    const page = {
      say: (/** @type {string} */ text) => this.say(text),
      problem: (/** @type {string} */ text) => this.problem(text),
      changed: () => {
        this.drawOffers();
        void this.preview.draw();
      },
      looked: () => this.catchUp(),
    };
    this.preview = new Preview(data);
    this.saving = new Saving(this.form, data, told);
    this.lines = new Lines(this.form, data, this.saving, page);
  }

  start() {
    byId("sheet-save").hidden = true;
    byId("sheet-saved").hidden = false;
    this.saving.learn();
    this.lines.start();
    this.preview.start();
    this.form.addEventListener("input", (event) => {
      const field = /** @type {HTMLElement} */ (event.target);
      if (field.hasAttribute("data-field")) this.saving.typed(/** @type {Field} */ (field));
    });
    this.form.addEventListener("focusout", () => void this.saving.send());
    window.addEventListener("pagehide", () => this.saving.leave());
    window.addEventListener("online", () => void this.saving.send());
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && void this.saving.send());
    document.addEventListener("live", (event) => this.heard(/** @type {CustomEvent} */ (event).detail));
    if (this.saving.restore()) this.say(this.texts.restored);
    this.drawOffers();
  }

  /** Somebody changed the sheet, perhaps this page itself. What a lost connection has missed is told again. @param {any} said */
  heard(said) {
    if (said.type !== "event" || said.kind !== "findings.changed") return;
    this.newest = Math.max(this.newest, said.data?.change ?? 0);
    if (!this.saving.sending) this.catchUp();
  }

  /** Look at what others have done. While something of one's own is under way nobody knows whose change it was. */
  catchUp() {
    if (this.newest > this.saving.changes) this.lines.refreshSoon();
  }

  /** @param {State} state */
  drawState(state) {
    const shown = byId("sheet-saved");
    shown.dataset.state = state;
    const words = { saved: this.texts.saved, saving: this.texts.saving, unsaved: this.texts.unsaved, away: this.texts.unsaved, out: this.texts.unsaved };
    shown.lastElementChild.textContent = words[state];
    if (state === "away" || state === "out") this.problem(this.texts[state]);
    else if (state === "saved" && [this.texts.away, this.texts.out].includes(byId("sheet-problem").textContent?.trim())) this.problem("");
  }

  /** What became of a field, beside it. @param {Saved} saved @param {Field|null} field */
  drawResult(saved, field) {
    const notes = document.querySelector(`[data-notes="${CSS.escape(saved.field)}"]`);
    if (!notes || !field) return;
    const wrong = saved.result === "refused" || saved.result === "conflict" || saved.result === "gone";
    field.closest(".edit-field")?.classList.toggle("wrong", wrong);
    if (saved.result === "refused") field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    notes.replaceChildren(...(saved.result === "refused" ? [element("p", { class: "error", role: "alert" }, saved.error)] : saved.result === "conflict" ? [this.conflict(saved, field)] : []));
    if (saved.result === "gone") {
      this.problem(fill(this.texts.gone, { text: field.value }));
      void this.lines.refresh();
    }
  }

  /** Both texts, and which of them is to stand. @param {Saved} saved @param {Field} field */
  conflict({ field: name, text, by }, field) {
    const said = by ? fill(this.texts.theirs, { name: by }) : this.texts.theirs_unnamed;
    return this.choice(field, said, text, [this.texts.keep, () => this.saving.keepMine(name, text)], [this.texts.take, () => this.saving.takeTheirs(name, text)]);
  }

  /** What this browser kept of an older sheet, beside its field. */
  drawOffers() {
    for (const [name, { text }] of this.saving.offered) {
      const field = this.saving.field(name);
      const notes = document.querySelector(`[data-notes="${CSS.escape(name)}"]`);
      if (!field || !notes || notes.childElementCount) continue;
      notes.append(this.choice(field, this.texts.kept, text, [this.texts.keep, () => this.saving.settle(name, true)], [this.texts.drop, () => this.saving.settle(name, false)]));
    }
  }

  /** Another text for a field, and what may be done with it. @param {Field} field @param {string} said @param {string} text @param {[string, () => void][]} ways label, act */
  choice(field, said, text, ...ways) {
    const buttons = ways.map(([label, act]) => {
      const button = element("button", { type: "button", class: "button" }, label);
      button.addEventListener("click", () => {
        field.closest(".edit-field")?.querySelector("[data-notes]")?.replaceChildren();
        field.closest(".edit-field")?.classList.remove("wrong");
        act();
        field.focus();
      });
      return button;
    });
    return element("div", { class: "conflict", role: "alert" }, element("p", {}, said), element("blockquote", {}, text), element("p", { class: "row" }, ...buttons));
  }

  /** @param {string} text */
  say(text) {
    byId("sheet-told").textContent = text;
  }

  /** @param {string} text "": there is none any more */
  problem(text) {
    const box = byId("sheet-problem");
    const line = /** @type {HTMLElement} */ (box.querySelector("p"));
    if (line.textContent !== text) line.textContent = text;
    box.hidden = !text;
  }
}

const island = document.getElementById("sheet-data");
if (island) new Editor(JSON.parse(island.textContent ?? "{}")).start();
