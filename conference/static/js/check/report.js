// The report for the IT desk: plain text without names of people.

import { fill } from "../forum/dom.js";

/** @typedef {import("./verdict.js").Finding} Finding */

/** Lost probes and round trip in milliseconds, as far as they are known. @param {Finding} finding @param {Record<string, string>} texts */
export function figuresOf({ roundTrip, loss, checks }, texts) {
  const parts = [];
  if (typeof roundTrip === "number") parts.push(fill(texts.round_trip, { n: Math.max(1, Math.round(roundTrip * 1000)) }));
  if (typeof loss === "number" && checks) parts.push(fill(texts.loss, { n: Math.round(loss * checks), checks }));
  return parts.join(", ");
}

/**
 * What has to be let out, one line each: [protocol and port, host, what for].
 * @param {any} data the page's data @param {string[]} addresses that the node named: "udp 192.0.2.1 8443"
 * @returns {[string, string, string][]}
 */
export function toOpen(data, addresses) {
  const page = new URL(data.origin);
  const port = page.port || (page.protocol === "https:" ? "443" : "80");
  /** @type {[string, string, string][]} */
  const lines = [[`TCP ${port}`, page.hostname, "open_page"]];
  for (const transport of ["udp", "tcp"]) {
    const told = addresses.map((each) => each.split(" ")).filter(([kind]) => kind === transport);
    const hosts = new Set([...data.media.hosts, ...told.map(([, host]) => host)]);
    const ports = new Set([...data.media.ports.map(String), ...told.map(([, , each]) => each)]);
    for (const host of hosts) for (const each of ports) lines.push([`${transport.toUpperCase()} ${each}`, host, `open_${transport}`]);
  }
  for (const url of data.turn) {
    const { host, port, transport } = turnParts(url);
    lines.push([`${transport} ${port}`, host, url.startsWith("turns:") ? "open_turns" : "open_turn"]);
  }
  return lines;
}

/** @param {string} url as RFC 7065 writes it */
function turnParts(url) {
  const found = /^(turns?):(\[[^\]]+\]|[^:?]+)(?::(\d+))?(?:\?transport=(\w+))?$/.exec(url);
  if (!found) return { host: url, port: "", transport: "" };
  const [, scheme, host, port, transport] = found;
  return { host, port: port ?? (scheme === "turns" ? "5349" : "3478"), transport: (transport ?? (scheme === "turns" ? "tcp" : "udp")).toUpperCase() };
}

/**
 * @param {{data: any, texts: Record<string, string>, findings: Finding[], verdict: {text: string}, devices: Map<string, string>,
 *   addresses: string[], now: Date, lang: string, agent: string}} what
 */
export function reportOf({ data, texts, findings, verdict, devices, addresses, now, lang, agent }) {
  const when = `${now.toLocaleString(lang, { dateStyle: "long", timeStyle: "long" })} (${now.toISOString()})`;
  const rows = findings.map((each) => {
    const name = each.url ? `${texts.name_relay} ${each.url}` : texts[`name_${each.name}`];
    const figures = figuresOf(each, texts);
    return `- ${name}: ${texts[`state_${each.state}`]}${figures ? ` (${figures})` : ""}. ${texts[each.text]}`;
  });
  const seen = [...devices].map(([device, found]) => `- ${texts[`name_${device}`]}: ${found === "works" ? texts.device_works : texts[`${device}_${found}`]}`);
  return [
    texts.report_title,
    `${data.conference}, ${data.origin}`,
    when,
    agent,
    "",
    texts[verdict.text],
    ...rows,
    ...seen,
    "",
    texts.report_open,
    ...toOpen(data, addresses).map(([port, host, purpose]) => `- ${port}  ${host}  ${texts[purpose]}`),
    "",
    texts.report_protocols,
  ].join("\n");
}
