// Saves a sheet field by field while it is filled in. What cannot be sent now waits, also in this browser's storage; a text that
// somebody else has changed meanwhile is never overwritten: both stand there until one is chosen.

const PAUSE = 350; // milliseconds without a key before something is sent
const AT_MOST = 900; // milliseconds that something waits while one goes on typing
const AGAIN = [1000, 2000, 4000, 8000]; // milliseconds until the next try when the server cannot be reached
const WAIT = 15_000; // milliseconds that an answer may take
const ON_LEAVING = 60_000; // bytes that a browser sends for a page that is gone

/** @typedef {HTMLTextAreaElement|HTMLInputElement} Field */
/** @typedef {{field: string, result: string, text: string, by: string, error: string}} Saved */
/** @typedef {{text: string, base: string, changes: number}} Kept changes: the sheet's number that the page showed */
/** @typedef {"saved"|"saving"|"unsaved"|"away"|"out"} State */
/** @typedef {{state: (state: State) => void, result: (saved: Saved, field: Field|null) => void, saved: (changes: number) => void}} Told */

export class Saving {
  /** @param {HTMLFormElement} form @param {{address: string, changes: number}} data @param {Told} told */
  constructor(form, data, told) {
    this.form = form;
    this.address = data.address;
    this.changes = data.changes; // the sheet's number that this page shows
    this.told = told;
    /** What stands on the server as far as this page knows. @type {Map<string, string>} */
    this.base = new Map();
    /** What was refused, or stands against another text: it waits until something is done about it. @type {Map<string, string>} */
    this.held = new Map();
    this.sending = false;
    this.tries = 0;
    this.timer = 0;
    this.since = 0;
    /** What this browser kept of a sheet that somebody has changed since: whoever wrote it says whether it is to stand. @type {Map<string, Kept>} */
    this.offered = new Map();
    this.key = `sheet ${data.address} ${form.dataset.who}`; // a browser may become somebody else's
  }

  /** Know the fields that are in the form now, and what stands on the server. */
  learn() {
    for (const field of this.fields()) this.base.set(field.name, this.was(field));
  }

  /** @returns {Field[]} */
  fields() {
    return /** @type {Field[]} */ ([...this.form.querySelectorAll("[data-field]")]);
  }

  /** @param {string} name @returns {Field|null} */
  field(name) {
    return this.fields().find((one) => one.name === name) ?? null;
  }

  /** Fields that are not in the form any more wait for nothing. */
  forgetGone() {
    const there = new Set(this.fields().map((field) => field.name));
    for (const known of [this.base, this.held, this.offered]) for (const name of [...known.keys()]) if (!there.has(name)) known.delete(name);
  }

  /** @param {Field} field */
  was(field) {
    return /** @type {Field|null} */ (this.form.elements.namedItem(`was.${field.name}`))?.value ?? "";
  }

  /** @param {Field} field */
  dirty(field) {
    return field.value !== this.base.get(field.name);
  }

  /** Everything that waits to be sent. */
  waiting() {
    return this.fields().filter((field) => this.dirty(field) && this.held.get(field.name) !== field.value);
  }

  /** Somebody typed. @param {Field} field */
  typed(field) {
    if (this.held.get(field.name) !== field.value) this.held.delete(field.name);
    this.keep();
    if (!this.waiting().length) return;
    this.told.state("unsaved");
    const now = performance.now();
    this.since ||= now;
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.send(), Math.max(0, Math.min(PAUSE, this.since + AT_MOST - now)));
  }

  /** Send what waits, and wait until it is there. @returns {Promise<boolean>} whether everything is */
  async flush() {
    while (this.waiting().length) {
      if (this.sending) await new Promise((done) => window.setTimeout(done, 20));
      else if (!(await this.send())) return false;
    }
    return true;
  }

  /** @returns {Promise<boolean>} whether the server has answered */
  async send() {
    window.clearTimeout(this.timer);
    const fields = this.waiting();
    if (this.sending || !fields.length) return true;
    this.sending = true;
    this.since = 0;
    this.told.state("saving");
    const changes = fields.map((field) => ({ field: field.name, text: field.value, base: this.base.get(field.name) ?? "" }));
    const answer = await this.post({ changes });
    this.sending = false;
    if (!answer) return false;
    this.tries = 0;
    const sent = new Map(changes.map(({ field, text }) => [field, text]));
    for (const saved of answer.saved) this.took(saved, sent.get(saved.field) ?? "");
    const own = answer.saved.filter(({ result }) => result === "saved").length;
    if (answer.changes === this.changes + own) this.changes = answer.changes; // else somebody's came between
    this.keep();
    this.told.saved(answer.changes);
    if (this.waiting().length) this.typed(this.waiting()[0]);
    else this.told.state(this.held.size ? "unsaved" : "saved");
    return true;
  }

  /** @param {Saved} saved @param {string} sent */
  took(saved, sent) {
    const field = this.field(saved.field);
    if (saved.result === "saved" || saved.result === "same") {
      this.held.delete(saved.field);
      // What was typed stands in the field; what is stored may lack a space at its end, and that is no difference.
      this.base.set(saved.field, field && field.value === sent ? sent : saved.text);
      this.stored(saved.field, saved.text);
      if (field && field.value === sent && field !== document.activeElement) this.put(field, saved.text);
    } else if (field) this.held.set(saved.field, sent);
    this.told.result(saved, field);
  }

  /** What stands on the server is this now. @param {string} name @param {string} text */
  stored(name, text) {
    const was = /** @type {Field|null} */ (this.form.elements.namedItem(`was.${name}`));
    if (was) was.value = text;
  }

  /** @param {Field} field @param {string} text */
  put(field, text) {
    if (field.value !== text) field.value = text;
    this.base.set(field.name, text);
  }

  /** Of two texts one's own is to stand there. @param {string} name @param {string} theirs */
  keepMine(name, theirs) {
    this.base.set(name, theirs);
    this.stored(name, theirs);
    this.held.delete(name);
    void this.send();
  }

  /** Of two texts the other one. @param {string} name @param {string} theirs */
  takeTheirs(name, theirs) {
    this.held.delete(name);
    this.stored(name, theirs);
    const field = this.field(name);
    if (field) this.put(field, theirs);
    this.keep();
    if (!this.waiting().length) this.told.state(this.held.size ? "unsaved" : "saved");
  }

  /** @param {object} body @returns {Promise<{changes: number, saved: Saved[]}|null>} null: not now */
  async post(body) {
    try {
      const headers = { "Content-Type": "application/json", Accept: "application/json" };
      const answer = await fetch(`${this.address}/save`, { method: "POST", headers, body: JSON.stringify(body), signal: AbortSignal.timeout(WAIT) });
      if (answer.ok) return await answer.json();
      if ([401, 403, 404, 410].includes(answer.status)) {
        this.told.state("out");
        return null;
      }
    } catch {
      // Away: the same again in a while.
    }
    this.told.state("away");
    const pause = AGAIN[Math.min(this.tries, AGAIN.length - 1)];
    this.tries += 1;
    this.timer = window.setTimeout(() => void this.send(), pause);
    return null;
  }

  /** The page goes: what waits is sent all the same, and kept here in case that it does not arrive. */
  leave() {
    window.clearTimeout(this.timer);
    this.keep();
    const changes = this.waiting().map((field) => ({ field: field.name, text: field.value, base: this.base.get(field.name) ?? "" }));
    const body = JSON.stringify({ changes });
    if (!changes.length || body.length > ON_LEAVING) return;
    const headers = { "Content-Type": "application/json", Accept: "application/json" };
    fetch(`${this.address}/save`, { method: "POST", headers, body, keepalive: true }).catch(() => undefined);
  }

  /** Remember in this browser what is not on the server. */
  keep() {
    /** @type {Map<string, Kept>} */
    const open = new Map(this.offered);
    for (const field of this.fields().filter((one) => this.dirty(one))) {
      open.set(field.name, { text: field.value, base: this.base.get(field.name) ?? "", changes: this.changes });
    }
    try {
      if (open.size) localStorage.setItem(this.key, JSON.stringify(Object.fromEntries(open)));
      else localStorage.removeItem(this.key);
    } catch {
      // Storage is switched off: then it is the page alone that knows.
    }
  }

  /** Put back what this browser kept and the server never got; what is older than the page is only offered. @returns {boolean} whether anything was put back */
  restore() {
    /** @type {Record<string, Kept>} */
    let kept = {};
    try {
      kept = JSON.parse(localStorage.getItem(this.key) ?? "{}");
    } catch {
      return false;
    }
    const open = this.fields().filter((field) => kept[field.name] && kept[field.name].text !== field.value);
    for (const field of open) if (kept[field.name].changes !== this.changes) this.offered.set(field.name, kept[field.name]);
    const back = open.filter((field) => !this.offered.has(field.name));
    for (const field of back) {
      field.value = kept[field.name].text;
      this.base.set(field.name, kept[field.name].base); // should somebody else have written there, both texts are shown
      this.typed(field);
    }
    return back.length > 0;
  }

  /** What was offered is to stand there, or not. @param {string} name @param {boolean} put */
  settle(name, put) {
    const text = this.offered.get(name)?.text ?? "";
    const field = this.field(name);
    this.offered.delete(name);
    if (!field || !put) return this.keep();
    field.value = text;
    this.typed(field);
  }
}
