// The ways to the media node, each tried alone with a real connection (ICE and DTLS) that carries nothing.

import { describe } from "../media/sdp.js";
import { prefer } from "../media/sending.js";

/**
 * @typedef {object} WayResult
 * @property {"passed"|"failed"|"untested"} state
 * @property {string} [why] of "untested": "not_offered", "refused" or "busy"
 * @property {number|null} [roundTrip] seconds
 * @property {number|null} [loss] share of the checks without an answer, 0 to 1
 * @property {number} [checks] how many that is measured by
 * @property {string[]} addresses what the node named for this way: "udp 192.0.2.1 8443"
 */

const CONNECT = 7000; // ms; a relay is two connections
const CONNECT_RELAY = 9000;
const MEASURE = 5000; // ms in which the browser's own checks are counted

/**
 * Never rejects; takes at most 15 s, or 21 s where the server takes its time.
 * @param {string} way "udp", "tcp" or "relay-N" @param {string} whep @param {RTCIceServer|null} server of a relay
 * @returns {Promise<WayResult>}
 */
export async function tryWay(way, whep, server) {
  /** @type {WayResult} */
  const untested = { state: "untested", why: "refused", addresses: [] };
  const pc = new RTCPeerConnection({
    iceServers: server ? [server] : [],
    iceTransportPolicy: server ? "relay" : "all",
    bundlePolicy: "max-bundle",
  });
  /** @type {string|null} */
  let place = null;
  try {
    prefer(pc.addTransceiver("audio", { direction: "recvonly" }), RTCRtpReceiver.getCapabilities("audio"));
    const reply = await post(`${whep}?way=${way}`, await describe(pc));
    if (reply.status !== 201) return { ...untested, why: reply.status === 429 || reply.status === 503 ? "busy" : "refused" };
    place = reply.headers.get("Location");
    const answer = await reply.text();
    const { sdp, addresses } = onlyBy(way, answer);
    if (!addresses.length) return { ...untested, why: "not_offered", addresses };
    await pc.setRemoteDescription({ type: "answer", sdp });
    if (!(await connected(pc, server ? CONNECT_RELAY : CONNECT))) return { state: "failed", addresses };
    return { state: "passed", addresses, ...(await measured(pc)) };
  } catch (problem) {
    console.info("way not tested", way, problem);
    return untested;
  } finally {
    void end(pc, place);
  }
}

/** The node first: closing tells it as well, and then there would be nothing to delete. @param {RTCPeerConnection} pc @param {string|null} place */
async function end(pc, place) {
  try {
    if (place) await fetch(place, { method: "DELETE", credentials: "same-origin", keepalive: true });
  } catch {
    // It ends within a minute by itself.
  }
  pc.close();
}

/** @param {string} address @param {string} offer */
function post(address, offer) {
  return fetch(address, {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/sdp" },
    body: offer,
    signal: AbortSignal.timeout(CONNECT),
  });
}

/**
 * The answer with the node's candidates of one transport alone. What is relayed comes to the node by UDP.
 * @param {string} way @param {string} answer @returns {{sdp: string, addresses: string[]}}
 */
function onlyBy(way, answer) {
  const wanted = way === "tcp" ? "tcp" : "udp";
  /** @type {string[]} */
  const addresses = [];
  const lines = answer.split("\r\n").filter((line) => {
    if (!line.startsWith("a=candidate:")) return true;
    const [, , transport, , address, port] = line.split(" ");
    if (transport.toLowerCase() !== wanted) return false;
    addresses.push(`${wanted} ${address} ${port}`);
    return true;
  });
  return { sdp: lines.join("\r\n"), addresses };
}

/** @param {RTCPeerConnection} pc @param {number} within @returns {Promise<boolean>} whether ICE and DTLS are through */
function connected(pc, within) {
  return new Promise((resolve) => {
    const timer = window.setTimeout(() => resolve(false), within);
    const look = () => {
      if (pc.connectionState !== "connected" && pc.connectionState !== "failed") return;
      window.clearTimeout(timer);
      resolve(pc.connectionState === "connected");
    };
    pc.addEventListener("connectionstatechange", look);
    look();
  });
}

/** What the browser's own checks say of the way in use. @param {RTCPeerConnection} pc */
async function measured(pc) {
  await new Promise((done) => window.setTimeout(done, MEASURE));
  return figures([...(await pc.getStats()).values()]);
}

/**
 * @param {any[]} stats
 * @returns {{roundTrip: number|null, loss: number|null, checks: number}} nulls where the browser does not tell
 */
export function figures(stats) {
  const chosen = stats.find((each) => each.type === "transport")?.selectedCandidatePairId;
  const pairs = stats.filter((each) => each.type === "candidate-pair");
  const pair = pairs.find((each) => each.id === chosen) ?? pairs.find((each) => each.selected || (each.nominated && each.state === "succeeded"));
  if (!pair) return { roundTrip: null, loss: null, checks: 0 };
  const { requestsSent: sent = 0, responsesReceived: came = 0, totalRoundTripTime: total } = pair;
  // The mean counts the first ones, too, for which this side had hardly time; the newest is one alone.
  const known = [came && total !== undefined ? total / came : null, pair.currentRoundTripTime].filter((each) => typeof each === "number");
  const roundTrip = known.length ? Math.min(...known) : null;
  if (!sent) return { roundTrip, loss: null, checks: 0 };
  const settled = Math.max(sent - 1, 1); // the last one may still be on its way
  return { roundTrip, loss: Math.max(0, Math.min(1, (settled - came) / settled)), checks: settled };
}
