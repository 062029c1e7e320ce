// The caption editor beside the film. Without this module the page's form takes a file or the text of one.

import { byId, element, fill } from "../forum/dom.js";
import { CueList } from "./cue-list.js";
import { Saving } from "./cue-saving.js";
import { added, cleanText, escaped, joined, ordered, split, timeText } from "./cues.js";

/** @typedef {import("./cues.js").Cue} Cue */

const BACK = 2; // seconds
const MOST_STEPS = 100;
const DRAFT_AFTER = 300; // milliseconds

class Editor {
  /** @param {any} data the data island */
  constructor(data) {
    this.data = data;
    this.texts = data.texts;
    this.last = 0;
    /** @type {Cue[]} */
    this.cues = this.numbered(data.cues);
    /** @type {Cue[][]} */
    this.before = [];
    /** The caption whose text is being typed: one step back takes all of it back. @type {number | null} */
    this.typing = null;
    this.changes = 0;
    this.saved = 0;
    this.video = /** @type {HTMLVideoElement} */ (byId("captions-film"));
    this.status = /** @type {HTMLElement} */ (byId("captions-status"));
    this.saving = new Saving(data);
    this.list = new CueList(byId("captions-list"), data, {
      change: (id, change, done) => this.change(id, change, done),
      act: (id, what, place) => this.act(id, what, place),
    });
    this.preview = this.video.addTextTrack("captions", data.label, data.language);
    /** @type {Map<number, VTTCue>} */
    this.shown = new Map();
    this.timer = 0;
  }

  start() {
    for (const track of this.video.querySelectorAll("track")) track.remove();
    this.preview.mode = "showing";
    byId("captions-editor").hidden = false;
    byId("captions-text-field").hidden = true;
    byId("captions-editor").addEventListener("keydown", (event) => this.key(event));
    const on = (/** @type {string} */ name, /** @type {() => void} */ act) => byId(name).addEventListener("click", act);
    on("captions-play", () => this.toggle());
    on("captions-back", () => this.jump(this.video.currentTime - BACK));
    on("captions-add", () => this.add());
    on("captions-undo", () => this.undo());
    on("captions-save", () => void this.save());
    for (const name of ["play", "pause", "ended"]) this.video.addEventListener(name, () => this.drawFilm());
    for (const name of ["timeupdate", "seeked", "loadedmetadata"]) this.video.addEventListener(name, () => this.drawFilm());
    window.addEventListener("beforeunload", (event) => {
      if (this.unsaved()) event.preventDefault();
    });
    window.addEventListener("pagehide", () => this.keep());
    this.restore();
    this.draw();
    this.drawFilm();
  }

  /** @param {{start: number, end: number, text: string}[]} cues @returns {Cue[]} */
  numbered(cues) {
    return ordered(cues.map(({ start, end, text }) => ({ id: (this.last += 1), start, end, text })));
  }

  /** The film's moment in milliseconds. */
  get at() {
    return Math.round(this.video.currentTime * 1000);
  }

  get film() {
    return this.list.film;
  }

  // ---- what is done

  /** @param {Cue[]} cues @param {string} [said] */
  become(cues, said = "") {
    this.before.push(this.cues);
    if (this.before.length > MOST_STEPS) this.before.shift();
    this.typing = null;
    this.cues = cues;
    this.changed(said);
  }

  /** @param {number} id @param {Partial<Cue>} change @param {boolean} done */
  change(id, change, done) {
    const changed = this.cues.map((cue) => (cue.id === id ? { ...cue, ...change } : cue));
    const cue = this.cues.find((each) => each.id === id);
    this.list.refused.delete(id);
    if (cue && Object.entries(change).some(([name, value]) => cue[/** @type {keyof Cue} */ (name)] !== value)) {
      if (change.text !== undefined && this.typing === id) {
        this.cues = changed;
        this.changed("");
      } else {
        this.become(change.text === undefined ? ordered(changed) : changed);
        this.typing = change.text === undefined ? null : id;
      }
    } else this.draw();
    if (done) this.typing = null;
  }

  /** @param {number} id @param {string} what @param {number} place in the text */
  act(id, what, place) {
    const cue = this.cues.find((each) => each.id === id);
    if (!cue) return;
    if (what === "jump") this.jump(cue.start / 1000);
    if (what === "play") this.play(cue);
    if (what === "in") this.change(id, { start: Math.min(this.at, this.film - 1) }, true);
    if (what === "out") this.change(id, { end: this.at }, true);
    if (what === "split") this.split(cue, place);
    if (what === "join") this.become(joined(this.cues, id), this.texts.joined);
    if (what === "delete") this.remove(id);
    if (what === "join") this.list.focus(id);
  }

  add() {
    this.last += 1;
    this.become(added(this.cues, this.at, this.film, this.last));
    this.list.focus(this.last);
  }

  /** @param {Cue} cue @param {number} place */
  split(cue, place) {
    this.last += 1;
    this.become(split(this.cues, cue.id, place, this.at, this.last), this.texts.splitted);
    this.list.focus(this.last);
  }

  /** @param {number} id */
  remove(id) {
    const index = this.cues.findIndex((cue) => cue.id === id);
    this.become(this.cues.filter((cue) => cue.id !== id), fill(this.texts.deleted, { n: index + 1 }));
    const next = this.cues[Math.min(index, this.cues.length - 1)];
    if (next) this.list.focus(next.id);
    else byId("captions-add").focus();
  }

  undo() {
    const cues = this.before.pop();
    if (!cues) return;
    const there = new Set(this.cues.map((cue) => cue.id));
    const back = cues.find((cue) => !there.has(cue.id));
    this.typing = null;
    this.cues = cues;
    this.changed(this.texts.undone);
    if (back) this.list.focus(back.id);
    else if (!this.before.length) byId("captions-add").focus(); // the button that was pressed cannot be pressed any more
  }

  /** Keys of the editor work inside of it only, and beside what one types. @param {KeyboardEvent} event */
  key(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const typing = event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLInputElement;
    if (event.key === "Enter") this.add();
    else if (event.key === " " && event.shiftKey) this.jump(this.video.currentTime - BACK);
    else if (event.key === " ") this.toggle();
    else if (event.key.toLowerCase() === "s" && !event.shiftKey) void this.save();
    else if (event.key.toLowerCase() === "z" && !typing && !event.shiftKey) this.undo();
    else return;
    event.preventDefault();
  }

  // ---- the film

  toggle() {
    if (this.video.paused) this.video.play().catch(() => this.drawFilm());
    else this.video.pause();
  }

  /** From its beginning to its end. @param {Cue} cue */
  play(cue) {
    this.jump(cue.start / 1000);
    const until = () => {
      if (this.video.paused || this.at < cue.end) return;
      this.video.pause();
      this.video.removeEventListener("timeupdate", until);
    };
    this.video.addEventListener("timeupdate", until);
    this.video.addEventListener("pause", () => this.video.removeEventListener("timeupdate", until), { once: true });
    this.video.play().catch(() => this.drawFilm());
  }

  /** @param {number} seconds */
  jump(seconds) {
    const end = Number.isFinite(this.video.duration) ? this.video.duration : this.data.seconds;
    this.video.currentTime = Math.min(Math.max(seconds, 0), end);
    this.drawFilm();
  }

  drawFilm() {
    byId("captions-at").textContent = timeText(this.at, this.list.point);
    for (const part of byId("captions-play").querySelectorAll("[data-when]")) part.hidden = (part.dataset.when === "paused") !== this.video.paused;
    this.list.mark(this.cues, this.at);
  }

  // ---- what one sees

  /** @param {string} said */
  changed(said) {
    this.changes += 1;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.keep(), DRAFT_AFTER);
    byId("captions-conflict").hidden = true;
    this.say(said ? `${said} ${this.texts.unsaved}` : this.texts.unsaved);
    this.draw();
  }

  draw() {
    this.list.draw(this.cues);
    this.list.mark(this.cues, this.at);
    this.drawPreview();
    byId("captions-none").hidden = this.cues.length > 0;
    /** @type {HTMLButtonElement} */ (byId("captions-undo")).disabled = this.before.length === 0;
  }

  drawPreview() {
    const there = new Set();
    for (const cue of this.cues) {
      if (cue.end <= cue.start) continue;
      there.add(cue.id);
      const shown = this.shown.get(cue.id) ?? new VTTCue(0, 1, "");
      const [start, end, text] = [cue.start / 1000, cue.end / 1000, escaped(cleanText(cue.text))];
      if (shown.startTime !== start) shown.startTime = start;
      if (shown.endTime !== end) shown.endTime = end;
      if (shown.text !== text) shown.text = text;
      if (!this.shown.has(cue.id)) {
        this.shown.set(cue.id, shown);
        this.preview.addCue(shown);
      }
    }
    for (const [id, shown] of this.shown) {
      if (!there.has(id)) {
        this.preview.removeCue(shown);
        this.shown.delete(id);
      }
    }
  }

  /** @param {string} text */
  say(text) {
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  // ---- keeping it

  unsaved() {
    return this.changes > this.saved;
  }

  keep() {
    clearTimeout(this.timer);
    if (this.unsaved()) this.saving.keep(this.cues);
  }

  /** What was written here before and never saved is there again, unless somebody else has saved since: then one is asked. */
  restore() {
    const draft = this.saving.draft();
    if (!draft || !Array.isArray(draft.cues)) return;
    const when = new Date(draft.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
    const take = () => {
      this.become(this.numbered(draft.cues));
      this.say(fill(this.texts.restored, { when }));
    };
    const button = (/** @type {string} */ label, /** @type {() => void} */ act) => {
      const made = element("button", { type: "button", class: "button" }, label);
      made.addEventListener("click", () => {
        byId("captions-draft").hidden = true;
        act();
        byId("captions-add").focus();
      });
      return made;
    };
    const drop = () => {
      this.saving.forget();
      this.cues = this.numbered(this.data.cues);
      this.before = [];
      this.saved = this.changes;
      this.say("");
      this.draw();
    };
    const same = draft.etag === this.saving.etag;
    byId("captions-draft-text").textContent = fill(same ? this.texts.restored : this.texts.kept, { when });
    byId("captions-draft-buttons").replaceChildren(...(same ? [] : [button(this.texts.takeDraft, take)]), button(this.texts.dropDraft, drop));
    byId("captions-draft").hidden = false;
    if (same) take();
  }

  async save() {
    const button = /** @type {HTMLButtonElement} */ (byId("captions-save"));
    const wrong = this.cues.find((cue) => this.list.wrong(cue) !== "" && !this.list.refused.has(cue.id));
    if (wrong) {
      this.say(this.texts.mend);
      this.list.focus(wrong.id, this.list.rows.get(wrong.id)?.start.hasAttribute("aria-invalid") ? "start" : "text");
      return;
    }
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    this.keep();
    this.say(this.texts.saving);
    const [version, sent] = [this.changes, ordered(this.cues).filter((cue) => cleanText(cue.text))];
    const answer = await this.saving.save(sent);
    button.removeAttribute("aria-busy");
    this.answered(answer, version, sent);
  }

  /** @param {import("./cue-saving.js").Answer} answer @param {number} version what was sent @param {Cue[]} sent */
  answered(answer, version, sent) {
    byId("captions-draft").hidden = true;
    byId("captions-conflict").hidden = answer.result !== "changed";
    if (answer.result === "saved") {
      this.list.refused.clear();
      this.saved = version;
      if (this.unsaved()) this.keep();
      else this.saving.forget();
      const empty = this.cues.some((cue) => !cleanText(cue.text));
      this.say(this.unsaved() ? this.texts.unsaved : empty ? this.texts.savedBut : this.texts.saved);
      for (const hint of document.querySelectorAll("[data-missing=captions]")) hint.remove();
    } else if (answer.result === "wrong") {
      const faults = answer.faults.map(({ cue, text }) => ({ id: sent[cue - 1]?.id, text }));
      for (const { id, text } of faults) if (id !== undefined) this.list.refused.set(id, text);
      this.say(answer.text);
      const first = faults.find(({ id }) => id !== undefined);
      if (first?.id !== undefined) this.list.focus(first.id);
    } else if (answer.result === "changed") {
      byId("captions-conflict-text").textContent = answer.text;
      byId("captions-mine").onclick = () => {
        this.saving.etag = answer.etag;
        byId("captions-save").focus();
        void this.save();
      };
      byId("captions-theirs").onclick = () => {
        this.keep();
        this.saved = this.changes; // the draft is kept and offered there
        location.reload();
      };
      this.say(this.texts.notSaved);
      byId("captions-mine").focus();
    } else this.say(answer.text ? `${this.texts.notSaved} ${answer.text}` : `${this.texts.notSaved} ${this.texts.tryAgain}`);
    this.draw();
  }
}

/** A fault in a file leads to its line in the text below. */
function leadToLines() {
  const text = document.getElementById("captions-text");
  if (!(text instanceof HTMLTextAreaElement)) return;
  for (const link of document.querySelectorAll("[data-line]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const line = Number(link.getAttribute("data-line"));
      const lines = text.value.split("\n");
      const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
      text.focus();
      text.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
      const height = Number.parseFloat(getComputedStyle(text).lineHeight) || 24;
      text.scrollTop = Math.max(0, (line - 3) * height);
    });
  }
}

leadToLines();
const island = document.getElementById("captions-data");
if (island) new Editor(JSON.parse(island.textContent ?? "{}")).start();
