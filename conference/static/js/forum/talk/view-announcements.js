// What the conference's desk announces to all rooms: stands until it is withdrawn, or put away in this window.

import { byId, element, icon, keyed, say } from "../dom.js";

/** @typedef {{id: string, text: string, at: string}} Announcement */

export class AnnouncementsView {
  /** @param {import("../dom.js").Words} words */
  constructor(words) {
    this.words = words;
    this.list = byId("announcements");
    /** @type {Set<string>} */
    this.away = new Set();
    /** @type {Announcement[]} */
    this.standing = [];
  }

  /** @param {Announcement[]} announcements */
  take(announcements) {
    this.standing = announcements;
    this.draw();
  }

  draw() {
    const shown = new Map(this.standing.filter((one) => !this.away.has(one.id)).map((one) => [one.id, one]));
    keyed(this.list, [...shown.keys()], (id) => this.make(id), (item, id) => say(/** @type {Element} */ (item.querySelector(".what")), shown.get(id)?.text ?? ""));
    this.list.hidden = shown.size === 0;
  }

  /** @param {string} id */
  make(id) {
    const button = element("button", { type: "button", class: "button quiet" }, icon(this.words, "x", this.words.texts.put_away));
    button.addEventListener("click", () => {
      const inside = this.list.contains(document.activeElement);
      this.away.add(id);
      this.draw();
      if (inside) (this.list.querySelector("button") ?? byId("tool-talk")).focus();
    });
    return element("li", {}, icon(this.words, "bell"), element("p", { class: "what" }), button);
  }
}
