// The lines of what is being collected, as the page shows them: put where they belong, exchanged, taken away, whatever somebody is
// just doing in them.

/**
 * @typedef {{id: string, change: number, gone: boolean, fresh?: boolean, heading?: string, round?: number|null, place?: number, key?: boolean, html?: string}} Line
 */

const FOCUSABLE = ".finding-acts :is(button, a, input)";
const GLOW = 4000; // ms that what others have added stands out

export class Lines {
  /** @param {HTMLElement} root the element with the id findings @param {Record<string, any>} texts */
  constructor(root, texts) {
    this.root = root;
    this.texts = texts;
    this.own = new Set((root.dataset.own ?? "").split(" ").filter(Boolean));
    this.edits = "edits" in root.dataset;
  }

  /** @returns {HTMLElement[]} in their order */
  get all() {
    return [...this.root.querySelectorAll(".finding")].map((one) => /** @type {HTMLElement} */ (one));
  }

  /** @param {string} id @returns {HTMLElement|null} */
  find(id) {
    return this.root.querySelector(`#finding-${CSS.escape(id)}`);
  }

  /** @param {Line} line @param {boolean} others somebody else's doing */
  put(line, others) {
    const old = this.find(line.id);
    if (old && Number(old.dataset.change) >= line.change) return;
    if (line.gone) return this.drop(old);
    const made = this.made(line);
    const active = /** @type {HTMLElement} */ (document.activeElement);
    const form = old?.querySelector(".finding-edit");
    const held = !old?.contains(active) ? -2 : form?.contains(active) ? -1 : focusable(old).indexOf(active);
    if (old) this.keep(old, made, line);
    const list = this.list(line);
    const before = [...list.children].find((other) => other !== old && isBehind(/** @type {HTMLElement} */ (other), line));
    old?.remove();
    list.insertBefore(made, before ?? null);
    if (held === -1) (form?.contains(active) ? active : made).focus({ preventScroll: true });
    else if (held >= 0) focusable(made)[held]?.focus({ preventScroll: true });
    if (others) glow(made);
  }

  /** What somebody has chosen or is writing in the old element goes on in the new one. @param {HTMLElement} old @param {HTMLElement} made @param {Line} line */
  keep(old, made, line) {
    const [chosen, choose] = [old, made].map((one) => /** @type {HTMLInputElement|null} */ (one.querySelector('[name="chosen"]')));
    if (chosen && choose) choose.checked = chosen.checked;
    const form = /** @type {HTMLFormElement|null} */ (old.querySelector(".finding-edit"));
    const text = form?.querySelector("textarea");
    if (!form || !text || !this.may(line)) return;
    const typed = text.value !== text.defaultValue;
    made.append(form);
    pressed(made, true);
    // Who is in the midst of another text has not seen this one: saving then tells.
    if (typed && said(old) !== said(made)) return;
    const value = text.value;
    fill(form, line, said(made));
    if (typed) text.value = value;
  }

  /** @param {HTMLElement|null} old */
  drop(old) {
    if (!old) return;
    const { all } = this;
    const at = all.indexOf(old);
    const next = old.contains(document.activeElement) ? (all[at + 1] ?? all[at - 1]) : null;
    old.remove();
    next?.focus({ preventScroll: true });
  }

  /** "edits", "own" or null. @param {{id: string, key?: boolean}} line */
  may(line) {
    return this.edits ? "edits" : this.own.has(line.id) && !line.key ? "own" : null;
  }

  /** The line's element, with what one may do with it. @param {Line} line @returns {HTMLElement} */
  made(line) {
    const parsed = new DOMParser().parseFromString(line.html ?? "", "text/html").body.firstElementChild;
    const made = /** @type {HTMLElement} */ (document.importNode(/** @type {Element} */ (parsed), true));
    const acts = copy(`findings-acts-${this.may(line)}`);
    if (!acts) return made;
    for (const one of acts.querySelectorAll("button, a, input")) one.setAttribute("aria-describedby", `said-${line.id}`);
    for (const one of acts.querySelectorAll('[name="chosen"]')) /** @type {HTMLInputElement} */ (one).value = line.id;
    for (const one of acts.querySelectorAll("a.edit")) one.setAttribute("href", `?edit=${line.id}#finding-${line.id}`);
    for (const one of acts.querySelectorAll(".star")) {
      /** @type {HTMLButtonElement} */ (one).value = `${line.key ? "unstar" : "star"} ${line.id}`;
      one.setAttribute("aria-pressed", String(line.key === true));
    }
    made.append(acts);
    return made;
  }

  /** Open the line's form, or close it. @param {HTMLElement} element */
  edit(element) {
    const open = element.querySelector(".finding-edit");
    if (open) return this.close(element);
    const heading = /** @type {HTMLElement|null} */ (element.closest(".findings-group"))?.dataset.heading;
    const line = { id: element.id.replace("finding-", ""), change: Number(element.dataset.change), heading, key: element.classList.contains("is-key") };
    const part = copy(`findings-edit-${this.may(line)}`);
    const form = /** @type {HTMLFormElement|null|undefined} */ (part?.querySelector(".finding-edit"));
    if (!form) return;
    fill(form, line, said(element));
    element.append(form);
    pressed(element, true);
    form.querySelector("textarea")?.focus();
  }

  /** Why a line's form was not saved; "": it was. @param {HTMLFormElement} form @param {string} text */
  wrong(form, text) {
    const said = /** @type {HTMLElement} */ (form.querySelector(".error"));
    said.textContent = text;
    const area = /** @type {HTMLElement} */ (form.querySelector("textarea"));
    if (!text) return area.removeAttribute("aria-invalid");
    area.setAttribute("aria-invalid", "true");
    area.focus({ preventScroll: true });
    said.scrollIntoView({ block: "nearest" });
  }

  /** The line's open form says that the line is another one now, and its buttons what they do about it.
   * @param {Line} line @param {Record<string, any>} texts @returns {HTMLFormElement|null} */
  clash(line, texts) {
    const form = /** @type {HTMLFormElement|null|undefined} */ (this.find(line.id)?.querySelector(".finding-edit"));
    if (!form) return null;
    /** @type {any} */ (form.elements).seen.value = String(line.change); // now they have seen it
    /** @type {HTMLElement} */ (form.querySelector('[value="change"]')).textContent = texts.mine;
    /** @type {HTMLElement} */ (form.querySelector("a.close span")).textContent = texts.theirs;
    this.wrong(form, texts.clash);
    return form;
  }

  /** What is open, with what is typed there and the change that had been seen: for a panel that comes anew. */
  typing() {
    return this.all.flatMap((element) => {
      const form = /** @type {any} */ (element.querySelector(".finding-edit"));
      return form ? [{ id: form.elements.finding.value, text: form.elements.text.value, seen: form.elements.seen.value }] : [];
    });
  }

  /** @param {{id: string, text: string, seen: string}[]} typing */
  typeOn(typing) {
    for (const { id, text, seen } of typing) {
      const element = this.find(id);
      if (element) this.edit(element);
      const form = /** @type {any} */ (element?.querySelector(".finding-edit"));
      if (!form) continue;
      form.elements.text.value = text;
      form.elements.seen.value = seen;
    }
  }

  /** @param {HTMLElement} element */
  close(element) {
    const form = element.querySelector(".finding-edit");
    if (!form) return;
    const inside = form.contains(document.activeElement);
    form.remove();
    pressed(element, false);
    if (inside) /** @type {HTMLElement|null} */ (element.querySelector("a.edit"))?.focus();
  }

  /** The list of a heading and round; a round that begins gets one. @param {Line} line @returns {HTMLElement} */
  list(line) {
    const group = this.root.querySelector(`.findings-group[data-heading="${CSS.escape(line.heading ?? "")}"]`) ?? this.root.querySelector(".findings-group");
    const rounds = [...(group?.querySelectorAll(".findings-round") ?? [])].map((one) => /** @type {HTMLElement} */ (one));
    const wanted = String(line.round ?? "");
    const there = rounds.find((one) => one.dataset.round === wanted);
    if (there) return /** @type {HTMLElement} */ (there.querySelector("ol"));
    const round = document.createElement("div");
    round.className = "findings-round";
    round.dataset.round = wanted;
    if (wanted) round.append(Object.assign(document.createElement("h3"), { textContent: this.texts.round.replace("{n}", wanted) }));
    const list = Object.assign(document.createElement("ol"), { className: "things" });
    round.append(list);
    const empty = rounds.find((one) => !one.dataset.round && !one.querySelector(".finding"));
    empty?.remove();
    const behind = rounds.find((one) => one !== empty && Number(one.dataset.round) > Number(wanted));
    group?.insertBefore(round, behind ?? null);
    return list;
  }
}

/** @param {HTMLElement} other @param {Line} line whether the other one comes after it */
function isBehind(other, line) {
  const place = Number(other.dataset.place);
  return place > (line.place ?? 0) || (place === line.place && other.id > `finding-${line.id}`);
}

/** @param {HTMLElement} root @returns {HTMLElement[]} */
function focusable(root) {
  return [...root.querySelectorAll(FOCUSABLE)].map((one) => /** @type {HTMLElement} */ (one));
}

/** @param {string} id @returns {DocumentFragment|null} what stands in a template of the page, for a line of its own */
function copy(id) {
  const template = document.getElementById(id);
  return template instanceof HTMLTemplateElement ? /** @type {DocumentFragment} */ (document.importNode(template.content, true)) : null;
}

/** @param {HTMLFormElement} form @param {{id: string, change: number, heading?: string}} line @param {string} text */
function fill(form, line, text) {
  const { finding, seen, text: area, heading } = /** @type {any} */ (form.elements);
  finding.value = line.id;
  seen.value = String(line.change);
  area.defaultValue = area.value = text;
  if (heading) heading.value = line.heading ?? heading.value;
}

/** @param {HTMLElement} element @param {boolean} open */
function pressed(element, open) {
  element.querySelector("a.edit")?.setAttribute("aria-expanded", String(open));
}

/** @param {HTMLElement} line @returns {string} */
function said(line) {
  return line.querySelector(".text")?.textContent ?? "";
}

/** @param {HTMLElement} line */
function glow(line) {
  line.classList.add("is-new");
  window.setTimeout(() => line.classList.remove("is-new"), GLOW);
}
