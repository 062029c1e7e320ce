// The second step: tries everything that lies between this browser and the room, and says what it means.

import { byId, element, icon, say, fill } from "../forum/dom.js";
import { tryLine } from "./line.js";
import { figuresOf, reportOf } from "./report.js";
import { browserFinding, lineFinding, verdict, wayFinding } from "./verdict.js";
import { tryWay } from "./ways.js";

/** @typedef {import("./verdict.js").Finding} Finding */

const DRAWINGS = { passed: "circle-check", limits: "triangle-alert", failed: "circle-x", untested: "message-circle-question-mark" };
const NOTICES = { passed: "ok", limits: "warn", failed: "bad", untested: "info" };

export class ConnectionView {
  /**
   * @param {any} data the data island @param {() => Map<string, string>} devices what came of asking for them
   * @param {(outcome: import("./verdict.js").State) => void} tested told at the end
   */
  constructor(data, devices, tested) {
    this.data = data;
    this.texts = data.texts;
    this.devices = devices;
    this.tested = tested;
    this.running = false;
    this.all = 0;
    /** @type {Finding[]} */
    this.findings = [];
    /** @type {Set<string>} */
    this.addresses = new Set();
  }

  begin() {
    byId("test").addEventListener("click", () => void this.run());
    byId("copy").addEventListener("click", () => void this.copy());
  }

  async run() {
    if (this.running) return;
    this.running = true;
    this.findings = [];
    this.addresses.clear();
    byId("outcome").hidden = true;
    byId("findings").replaceChildren();
    byId("progress").hidden = false;
    const { ways, servers } = await this.ways();
    const names = ways.length ? ways : ["udp", "tcp"];
    this.all = 2 + names.length;
    this.progress();
    const slots = Array.from({ length: this.all }, () => byId("findings").appendChild(element("li")));
    this.found(slots[0], browserFinding());
    await Promise.all([
      tryLine(this.data.live, document.documentElement.lang).then((result) => this.found(slots[1], lineFinding(result, this.data.bounds))),
      ...names.map(async (way, index) => this.found(slots[index + 2], await this.tried(way, ways, servers))),
    ]);
    this.finish();
  }

  /** @returns {Promise<{ways: string[], servers: RTCIceServer[]}>} none when nobody may: then only the page's own line is tried */
  async ways() {
    if (!this.data.ways || typeof RTCPeerConnection !== "function") return { ways: [], servers: [] };
    try {
      const reply = await fetch(this.data.ways, { credentials: "same-origin", headers: { Accept: "application/json" }, signal: AbortSignal.timeout(5000) });
      if (!reply.ok) return { ways: [], servers: [] };
      const { ways, ice_servers } = await reply.json();
      // One address each, so that one knows which of them works.
      const servers = ice_servers.flatMap((/** @type {any} */ server) => server.urls.map((/** @type {string} */ url) => ({ ...server, urls: url })));
      return { ways, servers };
    } catch {
      return { ways: [], servers: [] };
    }
  }

  /** @param {string} way @param {string[]} ways @param {RTCIceServer[]} servers @returns {Promise<Finding>} */
  async tried(way, ways, servers) {
    if (!ways.length) return { name: way, state: "untested", text: this.data.ways ? "untested_refused" : "untested_sign_in" };
    const server = way.startsWith("relay-") ? servers[Number(way.slice(6))] : null;
    const result = await tryWay(way, this.data.whep, server);
    for (const address of result.addresses) this.addresses.add(address);
    return { ...wayFinding(way, result, this.data.bounds), ...(server ? { url: String(server.urls) } : {}) };
  }

  /** @param {HTMLElement} item @param {Finding} finding */
  found(item, finding) {
    this.findings.push(finding);
    const { texts } = this;
    const word = element("span", { class: "state" }, icon(this.data, DRAWINGS[finding.state]), texts[`state_${finding.state}`]);
    const name = element("span", { class: "name" }, texts[`name_${finding.name}`]);
    const figures = figuresOf(finding, texts);
    item.className = finding.state;
    item.dataset.name = finding.name;
    item.replaceChildren(
      element("p", {}, name, " ", word),
      element("p", {}, texts[finding.text]),
      ...(finding.url ? [element("p", { class: "quiet small" }, finding.url)] : []),
      ...(figures ? [element("p", { class: "quiet small" }, figures)] : []),
    );
    this.progress();
  }

  progress() {
    const bar = byId("progress-bar");
    bar.max = this.all;
    bar.value = this.findings.length;
    say(byId("progress-word"), fill(this.texts.progress, { n: this.findings.length, all: this.all }));
  }

  finish() {
    this.running = false;
    const order = ["browser", "line", "udp", "tcp", "relay"];
    this.findings.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
    const all = verdict(this.findings);
    byId("progress").hidden = true;
    say(byId("test").querySelector("span"), this.texts.again);
    const box = byId("verdict");
    box.className = `notice ${NOTICES[all.state]}`;
    box.dataset.state = all.state;
    box.querySelector("use").setAttribute("href", `${this.data.icons}#${DRAWINGS[all.state]}`);
    byId("outcome").hidden = false;
    say(box.querySelector(".what"), this.texts[all.text]); // after it is shown, or it would not be spoken
    byId("report").value = reportOf({
      data: this.data,
      texts: this.texts,
      findings: this.findings,
      verdict: all,
      devices: this.devices(),
      addresses: [...this.addresses],
      now: new Date(),
      lang: document.documentElement.lang,
      agent: navigator.userAgent,
    });
    this.tested(all.state);
  }

  async copy() {
    const report = /** @type {HTMLTextAreaElement} */ (byId("report"));
    try {
      await navigator.clipboard.writeText(report.value);
      say(byId("copied"), this.texts.copied);
    } catch {
      report.focus();
      report.select();
      say(byId("copied"), this.texts.copy_by_hand);
    }
  }
}
