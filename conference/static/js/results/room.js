// The room's panel of findings: the same part as on their page, fetched when it is first looked at. The room's own line tells what
// is new, so that the tab can say so before anybody has looked.

import { byId } from "../forum/dom.js";
import { Findings } from "./findings.js";

export class FindingsPanel {
  /**
   * @param {import("../forum/protocol.js").RoomProtocol} protocol @param {{session: string, back: string}} data
   * @param {import("../forum/talk/tabs.js").Tabs} tabs
   */
  constructor(protocol, { session, back }, tabs) {
    this.protocol = protocol;
    this.tabs = tabs;
    this.topic = `findings:${session}`;
    this.address = `${back}/findings`;
    this.panel = byId("findings-host");
    /** @type {Findings|null} */
    this.findings = null;
    this.loading = false;
    protocol.addEventListener("entered", () => this.entered());
    protocol.socket.addEventListener("message", (event) => this.heard(/** @type {CustomEvent} */ (event).detail));
    tabs.addEventListener("show", (event) => /** @type {CustomEvent} */ (event).detail === "findings" && void this.load());
  }

  /** At first and after each return: hear of what comes, ask for what came meanwhile. */
  entered() {
    this.protocol.socket.send({ type: "subscribe", topics: [this.topic], last: null });
    void this.findings?.catchUp();
  }

  /** @param {any} message */
  heard(message) {
    if (message.type === "reload" && (!message.topics || message.topics.includes(this.topic))) return void this.findings?.catchUp();
    if (message.type !== "event" || message.topic !== this.topic) return;
    if (this.findings) return this.findings.take(message.data);
    const added = message.data.lines.filter((/** @type {{fresh: boolean}} */ line) => line.fresh).length;
    this.tabs.add("findings", added);
  }

  async load() {
    if (this.findings || this.loading) return;
    this.loading = true;
    try {
      const response = await fetch(`${this.address}?part=panel`, { headers: { Accept: "text/html" } });
      const part = response.ok && new DOMParser().parseFromString(await response.text(), "text/html").getElementById("findings");
      if (!part) throw new Error(String(response.status));
      this.panel.replaceChildren(document.importNode(part, true));
      this.findings = new Findings(this.panel);
      this.findings.addEventListener("fresh", (event) => this.tabs.add("findings", /** @type {CustomEvent} */ (event).detail));
      void this.findings.catchUp(); // what came between the two
    } catch {
      byId("findings-away").hidden = false;
    } finally {
      this.loading = false;
      if (this.findings) byId("findings-away").hidden = true;
    }
  }
}
