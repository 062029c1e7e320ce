// The lines of a sheet: what the buttons do, and the form drawn anew when somebody changed something, without touching what one writes.

const REST = 400; // milliseconds between two looks
const BUSY = 8; // a look that took long is followed by a rest that many times as long
const LONGEST_REST = 5000;

/** @typedef {import("./sheet-saving.js").Saving} Saving */
/** @typedef {import("./sheet-saving.js").Field} Field */
/** @typedef {{texts: Record<string, string>, address: string}} Data */
/** @typedef {{say: (text: string) => void, problem: (text: string) => void, changed: () => void, looked: () => void}} Page */

export class Lines {
  /** @param {HTMLFormElement} form @param {Data} data @param {Saving} saving @param {Page} page */
  constructor(form, data, saving, page) {
    this.form = form;
    this.data = data;
    this.saving = saving;
    this.page = page;
    this.fetching = false;
    this.again = false;
    this.timer = 0;
    this.rest = 0;
  }

  start() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const button = /** @type {HTMLButtonElement|null} */ (/** @type {SubmitEvent} */ (event).submitter);
      void this.act(button?.value ?? "save");
    });
    this.form.addEventListener("keydown", (event) => this.key(event));
  }

  /** Enter adds a new line; Alt and an arrow move the line that one writes in. @param {KeyboardEvent} event */
  key(event) {
    const target = event.target;
    if (!(target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) || event.isComposing) return;
    if (event.key === "Enter" && target.name.startsWith("new.")) {
      event.preventDefault();
      void this.act(`add:${target.name.slice(4)}`);
    } else if (event.key === "Enter" && target.name.startsWith("line.")) {
      event.preventDefault(); // a finding is one paragraph: on to the field for the next one
      /** @type {HTMLElement|null} */ (target.closest(".edit-group")?.querySelector(".edit-add input") ?? null)?.focus();
    } else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      const line = /** @type {HTMLElement|null} */ (target.closest("[data-line]"));
      if (!line) return;
      event.preventDefault();
      void this.act(`${event.key === "ArrowUp" ? "up" : "down"}:${line.dataset.line}`);
    }
  }

  /** First what is written goes out, then the act. @param {string} what the value of a button */
  async act(what) {
    if (!(await this.saving.flush())) return;
    if (what === "save") return;
    const body = new FormData();
    body.set("do", what);
    const [word, about] = what.split(":");
    const fresh = word === "add" ? /** @type {HTMLInputElement|null} */ (this.form.elements.namedItem(`new.${about}`)) : null;
    if (fresh && !fresh.value.trim()) return fresh.focus();
    if (fresh) {
      body.set(fresh.name, fresh.value);
      body.set("client", (fresh.dataset.client ||= crypto.getRandomValues(new Uint32Array(3)).join("-")));
    }
    if (word === "merge") for (const box of this.form.querySelectorAll("[name=chosen]:checked")) body.append("chosen", /** @type {HTMLInputElement} */ (box).value);
    const answer = await this.post(body);
    if (!answer) return;
    if (fresh) {
      fresh.value = "";
      delete fresh.dataset.client;
    }
    await this.refresh();
    this.offer(word, answer.change);
    this.page.say(word === "add" ? this.data.texts.added : this.data.texts.done);
    if (fresh) document.getElementById(fresh.id)?.focus();
  }

  /** What can be taken back is offered until the next act. @param {string} word @param {number} change */
  offer(word, change) {
    const undo = /** @type {HTMLButtonElement} */ (document.getElementById("sheet-undo"));
    undo.hidden = !change || ["add", "up", "down"].includes(word);
    undo.value = `undo:${change}`;
  }

  /** @param {FormData} body @returns {Promise<{change: number, line: string}|null>} */
  async post(body) {
    try {
      const answer = await fetch(this.data.address, { method: "POST", body, headers: { Accept: "application/json" } });
      const told = await answer.json().catch(() => ({}));
      if (answer.ok) {
        this.page.problem("");
        return told;
      }
      this.page.problem(told.text ?? this.data.texts.away);
    } catch {
      this.page.problem(this.data.texts.away);
    }
    return null;
  }

  /** The same in a moment: where sixty people add findings at once, one look sees many of them. */
  refreshSoon() {
    this.timer ||= window.setTimeout(async () => {
      const begun = performance.now();
      const seen = await this.refresh();
      const rest = seen ? BUSY * (performance.now() - begun) : 2 * this.rest;
      this.rest = Math.min(LONGEST_REST, Math.max(REST, rest));
      this.timer = 0;
      this.page.looked();
    }, this.rest);
  }

  /** The fields as they stand on the server now. One look at a time; what happens meanwhile is looked at after it. @returns {Promise<boolean>} */
  async refresh() {
    if (this.fetching) {
      this.again = true;
      return true;
    }
    this.fetching = true;
    let seen = false;
    try {
      const english = new URLSearchParams(location.search).has("english") ? "&english" : "";
      const answer = await fetch(`${this.data.address}?part${english}`);
      if (answer.ok) this.draw(new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("sheet-fields"));
      seen = answer.ok;
    } catch {
      // Away: the next look sees it all.
    }
    this.fetching = false;
    if (this.again) {
      this.again = false;
      return this.refresh();
    }
    return seen;
  }

  /** @param {HTMLElement|null} parsed */
  draw(parsed) {
    const old = document.getElementById("sheet-fields");
    if (!parsed || !old) return;
    const fresh = document.importNode(parsed, true);
    const focus = this.focused(old);
    this.keepWritten(old, fresh);
    for (const box of old.querySelectorAll("[name=chosen]:checked")) /** @type {HTMLInputElement|null} */ (fresh.querySelector(`#${CSS.escape(box.id)}`))?.setAttribute("checked", "");
    for (const more of old.querySelectorAll("details[open]")) fresh.querySelector(`#${CSS.escape(more.id)}`)?.setAttribute("open", "");
    old.replaceWith(fresh);
    this.saving.forgetGone();
    this.saving.changes = Math.max(this.saving.changes, Number(fresh.dataset.changes));
    if (focus) this.focus(fresh, focus);
    this.page.changed();
  }

  /** Fields that one has written in, or writes in, stay the very same elements; what waits in one whose line is gone is said. @param {Element} old @param {Element} fresh */
  keepWritten(old, fresh) {
    for (const field of /** @type {NodeListOf<Field>} */ (old.querySelectorAll("[data-field], [name^='new.']"))) {
      const place = /** @type {Field|null} */ (fresh.querySelector(`[name="${CSS.escape(field.name)}"]`));
      const isNew = field.name.startsWith("new.");
      const written = isNew ? field.value !== "" : this.saving.dirty(field);
      if (!place) {
        if (written) this.page.problem(this.data.texts.gone.replace("{text}", field.value));
      } else if (written || field === document.activeElement) {
        if (!written && !isNew) this.overtake(field, place.value);
        place.replaceWith(field);
        const notes = old.querySelector(`[data-notes="${CSS.escape(field.name)}"]`);
        if (notes) fresh.querySelector(`[data-notes="${CSS.escape(field.name)}"]`)?.replaceWith(notes);
      } else if (!isNew) this.saving.base.set(field.name, place.value);
    }
    for (const field of /** @type {NodeListOf<Field>} */ (fresh.querySelectorAll("[data-field]"))) {
      if (!this.saving.base.has(field.name)) this.saving.base.set(field.name, field.value);
    }
  }

  /** Somebody else's text in a field in which one stands and has written nothing yet. @param {Field} field @param {string} text */
  overtake(field, text) {
    if (field.value === text) return;
    const at = field instanceof HTMLTextAreaElement ? field.selectionStart : null;
    this.saving.put(field, text);
    if (at !== null) field.setSelectionRange(at, at);
  }

  /** @param {Element} old */
  focused(old) {
    const active = /** @type {any} */ (document.activeElement);
    if (!active || !old.contains(active)) return null;
    const selection = active.matches("textarea, input:not([type])") ? [active.selectionStart, active.selectionEnd] : null;
    return { id: active.id || active.parentElement?.id, line: active.closest("[data-line]")?.id ?? "", value: active.value, selection, active };
  }

  /** @param {HTMLElement} fresh @param {{id: string, line: string, value: string, selection: number[]|null, active: any}} was */
  focus(fresh, { id, line, selection, active }) {
    const summary = id ? fresh.querySelector(`details#${CSS.escape(id)} > summary`) : null;
    const target = active.isConnected ? active : summary ?? (id && fresh.querySelector(`#${CSS.escape(id)}`)) ?? (line && fresh.querySelector(`#${CSS.escape(line)} textarea`)) ?? document.getElementById("sheet-undo");
    if (!target || target.hidden) return fresh.querySelector("textarea")?.focus({ preventScroll: true });
    target.focus({ preventScroll: false });
    if (selection && target.setSelectionRange) target.setSelectionRange(selection[0], selection[1]);
  }
}
