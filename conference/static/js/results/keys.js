// The lines by keyboard: arrows go from one to the next, and while a line has the focus single letters act on it. They do nothing
// anywhere else (WCAG 2.1, 2.1.4), and all that they do has a button as well.

/** @typedef {import("./findings.js").Findings} Findings */

export class Keys {
  /** @param {Findings} findings */
  constructor(findings) {
    this.findings = findings;
    findings.host.addEventListener("keydown", (event) => this.key(event));
  }

  /** One of the lines can be reached by Tab. */
  rove() {
    const { all } = this.findings.lines;
    const stop = all.find((line) => line.contains(document.activeElement)) ?? all.find((line) => line.tabIndex === 0) ?? all[0];
    for (const line of all) line.tabIndex = line === stop ? 0 : -1;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (target.id === "findings-text" && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      return this.findings.form.requestSubmit();
    }
    if (event.key === "Escape" && target.closest(".finding-edit")) return this.close(event, target);
    if (!target.matches(".finding")) return;
    if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey) {
      event.preventDefault();
      return this.findings.takeBack();
    }
    if (event.ctrlKey || event.metaKey) return;
    const act = event.altKey ? this.moving(event.key, target) : this.acting(event.key, target);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  /** @param {string} key @param {HTMLElement} line @returns {(() => void)|undefined} */
  moving(key, line) {
    const name = { ArrowUp: "up", ArrowDown: "down" }[key];
    return name && this.findings.lines.edits ? () => this.findings.actOn(line, name) : undefined;
  }

  /** @param {string} key @param {HTMLElement} line @returns {(() => void)|undefined} */
  acting(key, line) {
    const { all } = this.findings.lines;
    const at = all.indexOf(line);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[key];
    if (to !== undefined) return () => this.go(all[Math.min(Math.max(to, 0), all.length - 1)]);
    if (!line.querySelector(".finding-acts")) return undefined;
    if (key === "e") return () => this.findings.lines.edit(line);
    if (key === "Delete") return () => this.findings.actOn(line, "take_out");
    const press = { s: ".star", x: '[name="chosen"]' }[key];
    return press && line.querySelector(press) ? () => this.press(line, press) : undefined;
  }

  /** @param {HTMLElement} line */
  go(line) {
    for (const each of this.findings.lines.all) each.tabIndex = each === line ? 0 : -1;
    line.focus();
  }

  /** @param {HTMLElement} line @param {string} selector */
  press(line, selector) {
    /** @type {HTMLElement|null} */ (line.querySelector(selector))?.click();
  }

  /** @param {KeyboardEvent} event @param {HTMLElement} target */
  close(event, target) {
    event.stopPropagation();
    this.findings.lines.close(/** @type {HTMLElement} */ (target.closest(".finding")));
  }
}
