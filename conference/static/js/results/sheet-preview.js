// Beside the form: the sheet as its readers get it, as a page and as the pages of its PDF, anew after each change.

import { element, fill } from "../forum/dom.js";

/** @typedef {{texts: Record<string, string>, address: string}} Data */

export class Preview {
  /** @param {Data} data */
  constructor(data) {
    this.data = data;
    this.kind = "html";
    this.drawing = false;
    this.due = false;
  }

  start() {
    const choice = /** @type {HTMLElement} */ (document.getElementById("preview-choice"));
    choice.hidden = false;
    for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (choice.querySelectorAll("[data-show]"))) {
      button.addEventListener("click", () => {
        this.kind = button.dataset.show ?? "html";
        for (const one of choice.querySelectorAll("[data-show]")) one.setAttribute("aria-pressed", String(one === button));
        void this.draw();
      });
    }
  }

  /** Draw what is shown anew; what comes while that is under way is drawn after it, once. */
  async draw() {
    if (this.drawing) {
      this.due = true;
      return;
    }
    this.drawing = true;
    try {
      await (this.kind === "pdf" ? this.drawPdf() : this.drawPage());
    } catch {
      if (this.kind === "pdf") this.show([element("p", { class: "quiet" }, this.data.texts.no_pdf)]);
    }
    this.drawing = false;
    if (this.due) {
      this.due = false;
      await this.draw();
    }
  }

  async drawPage() {
    const answer = await fetch(`${this.data.address}/preview?part`);
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("preview-html");
    const pdf = /** @type {HTMLElement} */ (document.getElementById("preview-pdf"));
    if (fresh) document.getElementById("preview-html")?.replaceWith(document.importNode(fresh, true));
    pdf.hidden = true;
  }

  async drawPdf() {
    const answer = await fetch(`${this.data.address}/preview.json`, { headers: { Accept: "application/json" } });
    const told = await answer.json();
    if (!answer.ok) {
      this.show([element("p", { class: "quiet" }, told.text ?? this.data.texts.no_pdf)]);
      return;
    }
    const alt = (/** @type {number} */ index) => fill(this.data.texts.page_of, { n: index + 1, m: told.pages.length });
    const pictures = told.pages.map((/** @type {string} */ src, /** @type {number} */ index) => element("img", { src, alt: alt(index) }));
    await Promise.all(pictures.map((/** @type {any} */ picture) => picture.decode()));
    this.show(pictures);
  }

  /** @param {HTMLElement[]} parts */
  show(parts) {
    const pdf = /** @type {HTMLElement} */ (document.getElementById("preview-pdf"));
    pdf.replaceChildren(...parts);
    pdf.hidden = false;
    const page = document.getElementById("preview-html");
    if (page) page.hidden = true;
  }
}
