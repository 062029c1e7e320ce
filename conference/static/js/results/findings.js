// Collecting findings: adds without waiting for the network, keeps the lines up to date, edits in place. The page and the room's panel
// put it to work alike; without it the same forms work by themselves.

import { Keys } from "./keys.js";
import { Lines } from "./lines.js";
import { Waiting, fresh } from "./waiting.js";

/** @typedef {import("./lines.js").Line} Line */
/** @typedef {{session: string, change: number, open: boolean, headings: {key: string, title: string}[], lines: Line[], conflict?: boolean, undo?: number, text?: string}} Told */

const QUICK = 700; // ms in which an answer usually comes: nothing is shown as waiting before that
const SETTLED = new Set(["change", "take_out"]); // after these the line's form is closed
const STAYS = 8000; // ms that an answer with nothing to press stays
const APART = 8000; // ms between two announcements of what has come
const JSON_ONLY = { Accept: "application/json" };

/** Events: `fresh` (detail: how many lines others have added), on what it was given as host. */
export class Findings extends EventTarget {
  /** @param {HTMLElement} host what the element with the id findings stands in */
  constructor(host) {
    super();
    this.host = host;
    this.root = this.part("#findings");
    this.texts = JSON.parse(this.part("#findings-texts").textContent ?? "{}");
    this.address = this.root.dataset.address ?? "";
    this.change = Number(this.root.dataset.change);
    this.lines = new Lines(this.root, this.texts);
    this.undo = 0;
    this.unsaid = 0;
    this.quiet = 0;
    const person = this.root.dataset.who ?? "";
    const mine = `${this.root.dataset.session}.${person}`; // a tab may become somebody else's
    this.waiting = new Waiting(mine, (fields) => this.post(new URLSearchParams({ ...fields, person })));
    this.waiting.addEventListener("change", () => this.drawWaiting());
    this.waiting.addEventListener("kept", (event) => this.kept(/** @type {CustomEvent} */ (event).detail));
    this.waiting.addEventListener("refused", (event) => this.refused(/** @type {CustomEvent} */ (event).detail));
    host.addEventListener("submit", (event) => this.submitted(event));
    host.addEventListener("click", (event) => this.clicked(event));
    host.addEventListener("input", (event) => this.typed(event));
    host.addEventListener("change", () => this.drawChosen());
    for (const what of ["resize", "scroll"]) window.visualViewport?.addEventListener(what, () => this.aboveKeyboard());
    this.keys = new Keys(this);
    this.draft = `meetingpoint.finding.${mine}`;
    this.recall();
    this.drawn();
    void this.waiting.flush();
  }

  /** @param {string} selector @returns {any} the template has it */
  part(selector) {
    const found = this.host.querySelector(selector);
    if (!found) throw new Error(`no element ${selector}`);
    return found;
  }

  // -- what others do --------------------------------------------------------------------------------------------------

  /** The live event's data, or the answer to an act. @param {Told} told @param {boolean} [others] */
  take(told, others = true) {
    if (told.session !== this.root.dataset.session) return;
    if (!this.sameHeadings(told.headings)) return void this.anew();
    const added = others ? told.lines.filter((line) => line.fresh && !line.gone && !this.lines.find(line.id)).length : 0;
    for (const line of told.lines) this.lines.put(line, others);
    this.change = Math.max(this.change, told.change);
    if (!this.lines.edits) this.openFor(told.open && "begun" in this.root.dataset);
    this.drawn();
    if (!added) return;
    this.dispatchEvent(new CustomEvent("fresh", { detail: added }));
    this.unsaid += added;
    this.sayNews();
  }

  /** For the ear, and not for each line: how many have come. */
  sayNews() {
    if (this.quiet) return;
    this.part("#findings-news").textContent = this.texts.news.replace("{n}", String(this.unsaid));
    this.unsaid = 0;
    this.quiet = window.setTimeout(() => {
      this.quiet = 0;
      if (this.unsaid) this.sayNews();
    }, APART);
  }

  /** Ask for what was missed. */
  async catchUp() {
    try {
      const response = await fetch(`${this.address}?since=${this.change}`, { headers: JSON_ONLY });
      if (response.ok) this.take(await response.json());
    } catch {
      // The line that told that there is a connection again will do so once more.
    }
    void this.waiting.flush();
  }

  /** @param {{key: string, title: string}[]} headings */
  sameHeadings(headings) {
    const groups = [...this.root.querySelectorAll(".findings-group")].map((one) => [/** @type {HTMLElement} */ (one).dataset.heading, one.querySelector("h2")?.textContent]);
    return JSON.stringify(groups) === JSON.stringify(headings.map(({ key, title }) => [key, title]));
  }

  /** Other headings: the whole panel comes once more. What is typed stays. */
  async anew() {
    const response = await fetch(`${this.address}?part=panel`, { headers: { Accept: "text/html" } });
    if (!response.ok) return;
    const open = [...this.root.querySelectorAll(".findings-setting details")].map((one) => /** @type {HTMLDetailsElement} */ (one).open);
    const heading = this.form.elements.heading?.value;
    const focus = this.root.contains(document.activeElement) ? document.activeElement?.id : "";
    const typing = this.lines.typing();
    const fragment = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("findings");
    if (!fragment) return;
    this.root.replaceWith(document.importNode(fragment, true));
    this.root = this.part("#findings");
    this.change = Number(this.root.dataset.change);
    this.lines = new Lines(this.root, this.texts);
    this.root.querySelectorAll(".findings-setting details").forEach((one, at) => (/** @type {HTMLDetailsElement} */ (one).open = open[at] ?? false));
    this.recall(heading);
    this.lines.typeOn(typing);
    if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
    this.drawWaitingNow();
    this.drawn();
  }

  /** Whether those who only add may do so now. @param {boolean} open */
  openFor(open) {
    this.form.hidden = !open;
    this.part("#findings-closed").hidden = open;
  }

  // -- what one adds ---------------------------------------------------------------------------------------------------

  get form() {
    return /** @type {any} */ (this.part("#findings-add"));
  }

  /** @param {SubmitEvent} event */
  submitted(event) {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (!this.root.contains(form)) return;
    event.preventDefault();
    if (form === this.form) return this.add();
    const fields = new FormData(form);
    const act = event.submitter instanceof HTMLButtonElement ? event.submitter.value : "";
    const [name, line] = act.split(" ");
    fields.set("do", name);
    if (line) fields.set("finding", line);
    if (name === "merge" && fields.getAll("chosen").length < 2) return this.say(this.texts.choose, true);
    void this.act(fields, form);
  }

  add() {
    const { heading, text, named, client, round } = this.form.elements;
    if (!text.value.trim()) return text.focus();
    this.waiting.add({ client: client.value, text: text.value, heading: heading.value, named: named.checked ? "yes" : "", round: round?.value ?? "" });
    client.value = fresh();
    text.value = "";
    named.checked = false; // each finding is asked anew
    text.removeAttribute("aria-invalid");
    this.note("", false);
    this.keepDraft("");
    text.focus();
  }

  /** @param {Told} told */
  kept(told) {
    for (const line of told.lines) {
      this.lines.own.add(line.id);
      const there = this.lines.find(line.id);
      if (there && !there.querySelector(".finding-acts")) there.dataset.change = "-1"; // the live event was faster, and did not know whose it is
    }
    this.take(told, false);
    this.note(this.texts.kept, false);
  }

  /** @param {import("./waiting.js").Item} item */
  refused(item) {
    const { text, client, heading } = this.form.elements;
    if (text.value.trim()) return; // it stands in the list of what waits, with the reason
    text.value = item.text;
    heading.value = item.heading;
    client.value = item.client;
    text.setAttribute("aria-invalid", "true");
    this.note(item.refused ?? "", true);
    this.keepDraft(item.text);
    this.waiting.discard(item.client);
  }

  drawWaiting() {
    window.clearTimeout(this.shows);
    /** @type {number|undefined} */
    this.shows = window.setTimeout(() => this.drawWaitingNow(), this.waiting.tries || this.waiting.items.some((item) => item.refused) ? 0 : QUICK);
    if (!this.waiting.items.length) this.drawWaitingNow();
  }

  drawWaitingNow() {
    const list = this.part("#findings-waiting");
    list.hidden = this.waiting.items.length === 0;
    list.replaceChildren(...this.waiting.items.map((item) => this.waitingLine(item)));
  }

  /** @param {import("./waiting.js").Item} item */
  waitingLine(item) {
    const line = document.createElement("li");
    line.append(Object.assign(document.createElement("p"), { textContent: item.text }));
    line.append(Object.assign(document.createElement("p"), { className: `small ${item.refused ? "wrong" : "quiet"}`, textContent: item.refused ?? item.why ?? this.texts.waits }));
    if (!item.refused) return line;
    for (const act of /** @type {const} */ (["again", "discard"])) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "button quiet", textContent: this.texts[act] });
      button.addEventListener("click", () => this.waiting[act](item.client));
      line.append(button);
    }
    return line;
  }

  // -- what one edits --------------------------------------------------------------------------------------------------

  /** @param {FormData} fields @param {HTMLFormElement|null} [form] */
  async act(fields, form = null) {
    const name = String(fields.get("do"));
    try {
      const { ok, status, answer } = await this.post(new URLSearchParams(/** @type {any} */ (fields)));
      if (status === 409 && answer?.conflict) return this.conflict(answer);
      if (!ok) return this.refuse(answer?.text || this.texts.lost, form);
      if (form?.matches(".finding-edit")) this.lines.wrong(form, "");
      const settled = SETTLED.has(name) && this.lines.find(String(fields.get("finding")));
      if (settled) this.lines.close(settled);
      if (name === "merge") for (const one of form?.elements ?? []) if (one instanceof HTMLInputElement && one.type === "checkbox") one.checked = false;
      this.take(answer, false);
      this.undo = answer.undo ?? 0;
      this.say(this.texts.done[name] ?? "", false);
      this.drawChosen();
    } catch {
      this.refuse(this.texts.lost, form);
    }
  }

  /** Why something was not done: in the line's own form, where one is at work, else at the edge. @param {string} text @param {HTMLFormElement|null} form */
  refuse(text, form) {
    const open = form?.isConnected && form.matches(".finding-edit");
    if (!open) return this.say(text, true);
    this.say("", false);
    this.lines.wrong(form, text);
  }

  /** The other text stands in the line now; one's own is still in the field, and may be saved over it. @param {Told} told */
  conflict(told) {
    this.take(told, false);
    const form = told.lines.map((line) => this.lines.clash(line, this.texts)).find(Boolean);
    if (form) this.say("", false);
    else this.say(told.text ?? this.texts.lost, true);
  }

  /** The pencil opens the line's form where it stands. @param {MouseEvent} event */
  clicked(event) {
    if (event.target instanceof Element && event.target.closest("#findings-done .close")) return this.say("", false);
    const link = event.target instanceof Element && event.target.closest("a.edit, a.close");
    const line = /** @type {HTMLElement|null} */ (link ? link.closest(".finding") : null);
    if (!line || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.lines.edit(line);
  }

  /** One act on one line, as a key does it. @param {HTMLElement} line @param {string} name */
  actOn(line, name) {
    const fields = new FormData();
    fields.set("do", name);
    fields.set("finding", line.id.replace("finding-", ""));
    fields.set("seen", line.dataset.change ?? "");
    void this.act(fields);
  }

  takeBack() {
    if (!this.undo) return;
    const fields = new FormData();
    fields.set("do", "undo");
    fields.set("undo", String(this.undo));
    void this.act(fields);
  }

  /** @param {URLSearchParams} body @returns {Promise<import("./waiting.js").Reply>} */
  async post(body) {
    const response = await fetch(this.address, { method: "POST", body, headers: JSON_ONLY });
    return { ok: response.ok, status: response.status, answer: await response.json().catch(() => null) };
  }

  // -- what the page says ----------------------------------------------------------------------------------------------

  /** What has become of an act, with the way back: at the lower edge of what one sees. @param {string} text "": nothing to say @param {boolean} wrong */
  say(text, wrong) {
    const done = this.part("#findings-done");
    const held = done.contains(document.activeElement);
    done.classList.toggle("wrong", wrong);
    done.querySelector("p").textContent = text;
    done.querySelector(".close").hidden = false;
    const back = done.querySelector("form");
    if (back) back.hidden = wrong || !this.undo;
    if (back) back.elements.undo.value = String(this.undo);
    window.clearTimeout(this.goes);
    /** @type {number|undefined} */
    this.goes = text && !wrong && !this.undo ? window.setTimeout(() => this.say("", false), STAYS) : undefined;
    this.root.style.setProperty("--covered", `${text ? done.offsetHeight : 0}px`);
    const active = /** @type {HTMLElement|null} */ (document.activeElement);
    if (held && !done.querySelector("button:focus")) this.lines.all.find((line) => line.tabIndex === 0)?.focus({ preventScroll: true });
    else if (text && this.root.contains(active) && !held) active?.scrollIntoView({ block: "nearest" }); // not behind it
  }

  /** A phone's keyboard lies over the page: what sticks to the edge has to know how high it is. */
  aboveKeyboard() {
    const seen = window.visualViewport;
    if (!seen) return;
    const covered = Math.max(0, Math.round(window.innerHeight - seen.height - seen.offsetTop));
    this.host.style.setProperty("--keyboard", `${covered}px`);
  }

  /** @param {string} text @param {boolean} wrong */
  note(text, wrong) {
    const note = this.part("#findings-note");
    note.classList.toggle("wrong", wrong);
    note.textContent = text;
  }

  drawn() {
    const { all } = this.lines;
    this.part("#findings-none").hidden = all.length > 0;
    this.drawChosen();
    this.keys.rove();
  }

  /** How many are starred, how many are chosen. */
  drawChosen() {
    const stars = this.root.querySelector("#findings-stars");
    if (!stars) return;
    const chosen = this.root.querySelectorAll('[name="chosen"]:checked').length;
    const starred = this.texts.stars.replace("{n}", String(this.root.querySelectorAll(".finding.is-key").length)).replace("{most}", String(this.texts.most));
    const text = chosen ? `${starred} · ${this.texts.chosen.replace("{n}", String(chosen))}` : starred;
    if (stars.textContent !== text) stars.textContent = text;
  }

  // -- what is typed outlives the page ---------------------------------------------------------------------------------

  /** @param {Event} event */
  typed(event) {
    if (event.target === this.form.elements.text) this.keepDraft(this.form.elements.text.value);
  }

  /** @param {string} text */
  keepDraft(text) {
    try {
      if (text) sessionStorage.setItem(this.draft, text);
      else sessionStorage.removeItem(this.draft);
    } catch {
      // No storage here: it lives as long as the page.
    }
  }

  /** @param {string} [heading] */
  recall(heading) {
    const { text, client } = this.form.elements;
    client.value = fresh();
    if (heading) this.form.elements.heading.value = heading;
    try {
      text.value ||= sessionStorage.getItem(this.draft) ?? "";
    } catch {
      // As above.
    }
  }
}
