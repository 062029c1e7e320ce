// The few things that all views of the room need of the page.

/** @typedef {{texts: Record<string, string>, icons: string, roles: Record<string, string>}} Words */

/** @param {string} name @returns {any} the element with this id; the template has it */
export function byId(name) {
  const found = document.getElementById(name);
  if (!found) throw new Error(`no element ${name}`);
  return found;
}

/**
 * @param {string} tag @param {Record<string, string>} [attributes] @param {...(Node|string|null)} children
 * @returns {HTMLElement}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** A drawing from the sprite; decorative unless it has a name. @param {Words} words @param {string} drawing @param {string} [name] @param {string} [kind] */
export function icon(words, drawing, name, kind = "") {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("class", `icon ${kind}`.trim());
  if (name) {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", name);
  } else {
    svg.setAttribute("aria-hidden", "true");
  }
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `${words.icons}#${drawing}`);
  svg.append(use);
  return svg;
}

/** Three bars, as many of them full as the quality is good: a shape, for those who see no colours. @param {string|null} quality */
export function bars(quality) {
  const full = ["poor", "fair", "good"].indexOf(quality ?? "") + 1;
  return element("span", { class: "bars", "aria-hidden": "true" }, ...[1, 2, 3].map((bar) => element("i", bar <= full ? { class: "full" } : {})));
}

/** @param {string} text @param {Record<string, string|number>} values */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** Two letters for a face without a picture. @param {string|null} name */
export function initials(name) {
  const words = (name ?? "").split(/\s+/).filter((word) => /^\p{L}/u.test(word));
  const two = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return two.map((word) => word[0]).join("").toUpperCase() || "–";
}

/** The focus goes to a tool of the bar; while it stands in the sheet, to the one that opens that. @param {HTMLElement} tool */
export function toTool(tool) {
  const there = tool.getClientRects().length ? tool : byId("tool-view");
  there.focus({ preventScroll: true });
}

/** Set the text only when it differs, so that screen readers hear nothing twice. @param {Element} target @param {string} text */
export function say(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/**
 * What a switch or a choice asks for when it is changed; if that is refused, it goes back to how things are.
 * @param {HTMLElement} control @param {(work: Promise<any>) => void} doing reports a refusal @param {() => Promise<any>} ask
 * @param {() => void} draw
 */
export function onSwitch(control, doing, ask, draw) {
  const back = (/** @type {any} */ problem) => {
    draw();
    throw problem;
  };
  control.addEventListener("change", () => doing(ask().catch(back)));
}

/**
 * Draw something anew. If that takes away what had the focus, the next button in its place gets it, or else `home`.
 * @param {HTMLElement} group @param {HTMLElement} home @param {() => void} draw
 */
export function keepFocus(group, home, draw) {
  const buttons = () => /** @type {HTMLElement[]} */ ([...group.querySelectorAll("button, summary")].filter((each) => each.getClientRects().length > 0));
  const held = group.contains(document.activeElement) ? buttons().indexOf(/** @type {HTMLElement} */ (document.activeElement)) : -1;
  draw();
  if (held < 0 || (group.contains(document.activeElement) && document.activeElement?.getClientRects().length)) return;
  const rest = buttons();
  (rest[Math.min(held, rest.length - 1)] ?? home).focus({ preventScroll: true });
}

/**
 * Make `list` contain an item per key, in this order; items stay the same elements, and the focus stays where it is.
 * @param {Element} list @param {string[]} keys @param {(key: string) => HTMLElement} make @param {(item: HTMLElement, key: string) => void} draw
 */
export function keyed(list, keys, make, draw) {
  const known = new Map([...list.children].map((child) => [/** @type {HTMLElement} */ (child).dataset.key, /** @type {HTMLElement} */ (child)]));
  const focused = list.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement) : null;
  keys.forEach((key, index) => {
    let item = known.get(key);
    known.delete(key);
    if (!item) {
      item = make(key);
      item.dataset.key = key;
    }
    if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
    draw(item, key);
  });
  for (const rest of known.values()) rest.remove();
  if (focused?.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
}
