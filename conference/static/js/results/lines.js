// The lines of what is being collected, as the page shows them: put where they belong, exchanged, taken away, whatever somebody is
// just doing in them.

/**
 * @typedef {{id: string, change: number, gone: boolean, fresh?: boolean, heading?: string, round?: number|null, place?: number, key?: boolean, html?: string}} Line
 */

const FOCUSABLE = "button, input, select, textarea, summary";
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
    const held = old?.contains(document.activeElement) ? [...old.querySelectorAll(FOCUSABLE)].indexOf(/** @type {Element} */ (document.activeElement)) : -2;
    if (old) keepTyping(old, made);
    const list = this.list(line);
    const before = [...list.children].find((other) => other !== old && isBehind(/** @type {HTMLElement} */ (other), line));
    old?.remove();
    list.insertBefore(made, before ?? null);
    if (held === -1) made.focus({ preventScroll: true });
    else if (held >= 0) /** @type {HTMLElement|undefined} */ ([...made.querySelectorAll(FOCUSABLE)][held])?.focus({ preventScroll: true });
    if (others) glow(made);
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

  /** The line's element, with what one may do with it. @param {Line} line @returns {HTMLElement} */
  made(line) {
    const parsed = new DOMParser().parseFromString(line.html ?? "", "text/html").body.firstElementChild;
    const made = /** @type {HTMLElement} */ (document.importNode(/** @type {Element} */ (parsed), true));
    const may = this.edits ? "edits" : this.own.has(line.id) && !line.key ? "own" : null;
    const template = may && document.getElementById(`findings-acts-${may}`);
    if (template instanceof HTMLTemplateElement) made.append(this.acts(template, line, made));
    return made;
  }

  /** @param {HTMLTemplateElement} template @param {Line} line @param {HTMLElement} made */
  acts(template, line, made) {
    const acts = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    const text = made.querySelector(".text");
    const set = (/** @type {string} */ selector, /** @type {(one: any) => void} */ change) => acts.querySelectorAll(selector).forEach(change);
    set('[name="finding"], [name="chosen"]', (one) => (one.value = line.id));
    set('[name="seen"]', (one) => (one.value = String(line.change)));
    set("[aria-describedby]", (one) => one.setAttribute("aria-describedby", `said-${line.id}`));
    set("textarea", (one) => {
      one.defaultValue = text?.textContent ?? "";
      if (text instanceof HTMLElement && text.lang) one.lang = text.lang;
    });
    set('select[name="heading"] option', (one) => (one.defaultSelected = one.selected = one.value === line.heading));
    set(".star", (one) => {
      one.value = line.key ? "unstar" : "star";
      one.setAttribute("aria-pressed", String(line.key === true));
    });
    return acts;
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

/** What somebody is writing into the old element goes on in the new one, with what they had seen. @param {HTMLElement} old @param {HTMLElement} made */
function keepTyping(old, made) {
  const [was, now] = [old, made].map((one) => one.querySelector("details"));
  const [typed, text] = [old, made].map((one) => one.querySelector("textarea"));
  const [chosen, choose] = [old, made].map((one) => /** @type {HTMLInputElement|null} */ (one.querySelector('[name="chosen"]')));
  if (chosen && choose) choose.checked = chosen.checked;
  if (!was || !now) return;
  now.open = was.open;
  if (!typed || !text || typed.value === typed.defaultValue) return;
  text.value = typed.value;
  const [seen, sees] = [old, made].map((one) => /** @type {HTMLInputElement|null} */ (one.querySelector('[name="seen"]')));
  if (seen && sees && said(old) !== said(made)) sees.value = seen.value;
}

/** @param {HTMLElement} line */
function said(line) {
  return line.querySelector(".text")?.textContent;
}

/** @param {HTMLElement} line */
function glow(line) {
  line.classList.add("is-new");
  window.setTimeout(() => line.classList.remove("is-new"), GLOW);
}
