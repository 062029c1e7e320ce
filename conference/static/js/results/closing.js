// The slides of a closing plenary: one at a time, at the place where all are, turned by whoever holds the pointer. The same on
// the page for a projector and on the plenary's stage; both say what is on, by the server's word.

import { Fit } from "./closing-fit.js";
import { Light } from "./closing-light.js";

/** @typedef {{type: string, running: boolean, shown: string|null, light: {since: string, seconds: number}|null, slides: [string, string][], now: string}} Now slides: slug and digest, in order */

const AGAIN = 3000; // ms until slides that could not be fetched are asked for once more
const SPREAD = 600; // ms in which all fetch what is new, so that hundreds do not come at once
const IDLE = 3000; // ms without a hand on it until the tools leave a full screen

export class Closing extends EventTarget {
  /** Events: `running` (detail: boolean), `said` (detail: text for a live region). @param {HTMLElement} root of results/_closing.html */
  constructor(root) {
    super();
    this.root = root;
    this.address = root.dataset.address ?? "";
    /** @type {Record<string, string>} */
    this.texts = JSON.parse(root.dataset.texts ?? "{}");
    /** @type {Now|null} */
    this.now = null;
    /** @type {string|null} the slide that this page alone looks at; "": the title; null: the one that is shown */
    this.browsing = null;
    /** @type {string|null} the slide that one has turned to, until the server has said so */
    this.turned = null;
    this.asking = false;
    this.fetching = 0;
    this.timer = 0;
    this.idle = 0;
    this.on = ""; // the slide that was drawn last
    this.light = new Light(this.part("light"), this.part("left"), this.texts, (text) => this.holds && this.say(text));
    this.fit = new Fit(this.part("frame"));
    this.wanted = () => true; // whether slides are worth fetching now
    root.classList.add("scripted");
    this.part("tools").hidden = false;
    this.part("full").hidden = !document.fullscreenEnabled;
    for (const [name, act] of Object.entries(this.acts())) this.part(name).addEventListener("click", act);
    root.addEventListener("keydown", (event) => this.key(event, true));
    root.addEventListener("fullscreenchange", () => this.wake());
    for (const kind of ["pointermove", "pointerdown", "keydown", "focusin"]) root.addEventListener(kind, () => this.wake());
    const stated = this.slides()?.dataset.state;
    if (stated) this.take(JSON.parse(stated));
  }

  acts() {
    return {
      back: () => this.step(-1),
      next: () => this.step(1),
      follow: () => this.follow(),
      begin: () => void this.do({ do: "begin" }),
      end: () => void this.do({ do: "end" }),
      "light-on": () => void this.do({ do: "light" }),
      "light-off": () => void this.do({ do: "dark" }),
      full: () => void this.full(),
    };
  }

  /** @param {string} name @returns {any} */
  part(name) {
    return this.root.querySelector(`[data-part="${name}"]`);
  }

  /** @returns {HTMLElement|null} what was fetched last */
  slides() {
    return this.root.querySelector(".closing-slides");
  }

  /** @returns {HTMLElement[]} */
  pages() {
    return /** @type {HTMLElement[]} */ ([...this.root.querySelectorAll("[data-slide]")]);
  }

  get leads() {
    return this.slides()?.dataset.leads === "yes";
  }

  /** Whether one's turning turns for all, now. */
  get holds() {
    if (!this.now?.running) return false;
    const presents = (this.slides()?.dataset.presents ?? "").split(" ");
    return this.leads || (this.now.shown !== null && presents.includes(this.now.shown));
  }

  /** The slug of the slide that this page shows; "": the title. */
  get at() {
    return this.turned ?? this.browsing ?? this.now?.shown ?? "";
  }

  /** What the server says of the slides. @param {Now} now */
  take(now) {
    if (this.now && Date.parse(now.now) < Date.parse(this.now.now)) return;
    const before = this.now;
    this.now = now;
    if (this.turned === (now.shown ?? "")) this.turned = null;
    if (before && before.running !== now.running) {
      this.browsing = this.turned = null;
      this.say(now.running ? this.texts.begins : this.texts.ends);
    }
    if (this.holds) this.browsing = null;
    this.light.take(now);
    this.draw();
    if (before?.running !== now.running) this.dispatchEvent(new CustomEvent("running", { detail: now.running }));
    if (this.wanted() && this.stale()) this.later(this.leads ? 0 : Math.random() * SPREAD);
  }

  /** Whether slides here are others than those of the server. */
  stale() {
    if (!this.slides()) return true;
    const here = this.pages().filter((page) => page.dataset.slide).map((page) => `${page.dataset.slide} ${page.dataset.digest}`);
    return here.join() !== (this.now?.slides ?? []).map((one) => one.join(" ")).join();
  }

  /** @param {number} pause ms */
  later(pause) {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.load(), pause);
  }

  /** Fetch the slides as they are now. What is new on the one that is shown is said. */
  async load() {
    const turn = ++this.fetching;
    try {
      const answer = await fetch(`${this.address}?part`, { headers: { accept: "text/html" } });
      if (turn !== this.fetching) return;
      if (answer.status === 403 || answer.status === 401) return; // not for this viewer, now
      if (!answer.ok) throw new Error(String(answer.status));
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".closing-slides");
      if (turn !== this.fetching || !fresh) return;
      const known = this.slides() ? new Set([...this.root.querySelectorAll("[data-entry]")].map((entry) => /** @type {HTMLElement} */ (entry).dataset.entry)) : null;
      this.part("slides").replaceChildren(document.importNode(fresh, true));
      this.take(JSON.parse(/** @type {HTMLElement} */ (fresh).dataset.state ?? "{}"));
      this.draw();
      if (known) this.sayFresh(known);
      this.dispatchEvent(new CustomEvent("loaded"));
    } catch {
      if (turn === this.fetching) this.later(AGAIN);
    }
  }

  /** @param {Set<string|undefined>} known entries that were here before */
  sayFresh(known) {
    for (const entry of /** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll("[data-slide]:not([hidden]) [data-entry]"))) {
      if (known.has(entry.dataset.entry)) continue;
      entry.classList.add("fresh");
      this.say(fill(this.texts.fresh, { text: entry.innerText.trim() }));
    }
  }

  draw() {
    const pages = this.pages();
    if (!pages.length || !this.now) return;
    const found = pages.findIndex((page) => page.dataset.slide === this.at);
    const index = Math.max(0, found);
    pages.forEach((page, each) => (page.hidden = each !== index));
    if (this.fit.slide !== pages[index]) this.fit.show(pages[index]);
    const name = pages[index].dataset.slide ?? "";
    if (name !== this.on) {
      this.part("frame").scrollTop = 0;
      const title = pages[index].querySelector("h2")?.textContent ?? "";
      if (this.now.running || this.browsing !== null) this.say(fill(this.texts.turned, { n: index + 1, all: pages.length, title }));
      this.on = name;
    }
    this.drawTools(index, pages.length);
  }

  /** @param {number} index @param {number} all */
  drawTools(index, all) {
    const { running = false, shown = null, light = null } = this.now ?? {};
    const away = running && !this.holds && this.at !== (shown ?? "");
    set(this.part("at"), fill(this.texts.at, { n: index + 1, all }));
    set(this.part("state"), !running ? this.texts.not_begun : away ? this.texts.only_here : this.texts.shown_to_all);
    this.root.dataset.running = running ? "yes" : "no";
    this.part("back").setAttribute("aria-disabled", String(index <= 0)); // not disabled: the focus stays there
    this.part("next").setAttribute("aria-disabled", String(index >= all - 1));
    this.hide("follow", !away);
    this.hide("begin", running || !this.leads || all < 2);
    this.hide("end", !running || !this.leads);
    this.hide("light-on", !this.holds || shown === null || light !== null);
    this.hide("light-off", !this.holds || light === null);
  }

  /** A tool that goes leaves the focus in the frame. @param {string} name @param {boolean} hidden */
  hide(name, hidden) {
    const tool = this.part(name);
    const held = hidden && tool === document.activeElement;
    tool.hidden = hidden;
    if (held) this.part("frame").focus({ preventScroll: true });
  }

  /** @param {number} by */
  step(by) {
    const pages = this.pages();
    const index = Math.max(0, pages.findIndex((page) => page.dataset.slide === this.at));
    this.go(pages[Math.min(Math.max(index + by, 0), pages.length - 1)]?.dataset.slide ?? "");
  }

  /** @param {string} slide */
  go(slide) {
    if (slide === this.at) return;
    if (this.holds) {
      this.turned = slide;
      void this.send();
    } else {
      this.browsing = slide;
    }
    this.draw();
  }

  /** One turn at a time; who turns fast is told to the others where they have come to. */
  async send() {
    if (this.asking) return;
    this.asking = true;
    while (this.turned !== null) {
      const slide = this.turned;
      const done = await this.do({ do: "turn", slide });
      if (!done || this.turned === slide) this.turned = null;
    }
    this.asking = false;
    this.draw();
  }

  follow() {
    this.browsing = null;
    this.draw();
    this.part("frame").focus({ preventScroll: true });
  }

  /** Ask the server to do something. @param {Record<string, string>} fields @returns {Promise<boolean>} whether it was done */
  async do(fields) {
    const problem = this.part("problem");
    problem.hidden = true;
    try {
      const answer = await fetch(this.address, { method: "POST", body: new URLSearchParams(fields), headers: { accept: "application/json" } });
      const said = await answer.json();
      if (answer.ok) this.take(said);
      else set(problem, said.text ?? this.texts.not_done);
      problem.hidden = answer.ok;
      return answer.ok;
    } catch {
      set(problem, this.texts.not_done);
      problem.hidden = false;
      return false;
    }
  }

  /** @param {KeyboardEvent} event @param {boolean} inside whether the deck has the focus: letters act there alone (WCAG 2.1, 2.1.4) */
  key(event, inside) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || target.matches("input, select, textarea")) return;
    const press = (/** @type {string} */ name) => () => !this.part(name).hidden && this.part(name).click();
    const last = () => this.go(this.pages().at(-1)?.dataset.slide ?? "");
    /** @type {Record<string, () => void>} */
    const turns = { ArrowRight: () => this.step(1), PageDown: () => this.step(1), ArrowLeft: () => this.step(-1), PageUp: () => this.step(-1), Home: () => this.go(""), End: last };
    /** @type {Record<string, () => void>} */
    const letters = { f: press("full"), t: () => (this.part("light-on").hidden ? press("light-off")() : press("light-on")()) };
    const act = turns[event.key] ?? (inside ? letters[event.key.toLowerCase()] : undefined);
    if (!act || !this.pages().length) return;
    event.preventDefault();
    act();
  }

  async full() {
    if (document.fullscreenElement === this.root) await document.exitFullscreen();
    else await this.root.requestFullscreen().catch(() => undefined);
    this.part("frame").focus({ preventScroll: true });
  }

  /** In a full screen the tools are there while somebody uses them. */
  wake() {
    window.clearTimeout(this.idle);
    this.root.classList.remove("idle");
    if (document.fullscreenElement !== this.root) return;
    this.idle = window.setTimeout(() => this.root.classList.add("idle"), IDLE);
  }

  /** @param {string} text */
  say(text) {
    set(this.part("said"), text);
    this.dispatchEvent(new CustomEvent("said", { detail: text }));
  }
}

/** @param {string} text @param {Record<string, string|number>} values */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** @param {Element} target @param {string} text */
function set(target, text) {
  if (target.textContent !== text) target.textContent = text;
}
