// What the single results mean, each and all together. Values in, names of texts out.

/** @typedef {"passed"|"limits"|"failed"|"untested"} State */
/** @typedef {{name: string, state: State, text: string, roundTrip?: number|null, loss?: number|null, checks?: number, why?: string, url?: string}} Finding */
/** @typedef {Record<string, {loss: number, round_trip: number}>} Bounds */

/** What this browser lacks. @returns {Finding} */
export function browserFinding() {
  const able = typeof RTCPeerConnection === "function" && typeof WebSocket === "function";
  const codecs = able ? RTCRtpReceiver.getCapabilities?.("video")?.codecs ?? [] : [];
  const shows = (/** @type {string} */ name) => codecs.some(({ mimeType }) => mimeType.toLowerCase() === name);
  if (!able || !(shows("video/vp8") || shows("video/h264"))) return { name: "browser", state: "failed", text: "browser_failed" };
  if (!shows("video/h264") || !shows("video/vp8")) return { name: "browser", state: "limits", text: "browser_codecs" };
  if (typeof navigator.mediaDevices?.getUserMedia !== "function") return { name: "browser", state: "limits", text: "browser_listens" };
  return { name: "browser", state: "passed", text: "browser_passed" };
}

/** @param {import("./line.js").LineResult} result @param {Bounds} bounds @returns {Finding} */
export function lineFinding({ state, roundTrip }, bounds) {
  if (state === "failed") return { name: "line", state, text: "line_failed" };
  const slow = roundTrip !== null && roundTrip >= bounds.fair.round_trip;
  return { name: "line", state: slow ? "limits" : "passed", text: slow ? "line_slow" : "line_passed", roundTrip };
}

/** @param {string} way @param {import("./ways.js").WayResult} result @param {Bounds} bounds @returns {Finding} */
export function wayFinding(way, result, bounds) {
  const name = way.startsWith("relay") ? "relay" : way;
  if (result.state === "untested") return { name, state: "untested", text: `untested_${result.why}` };
  if (result.state === "failed") return { name, state: "failed", text: `${name}_failed` };
  const { roundTrip = null, loss = null, checks = 0 } = result;
  const poor = (roundTrip ?? 0) >= bounds.fair.round_trip || (loss ?? 0) >= bounds.fair.loss;
  // One answer that got lost is no figure.
  const poorIndeed = poor && ((roundTrip ?? 0) >= bounds.fair.round_trip || Math.round((loss ?? 0) * checks) > 1);
  return { name, state: poorIndeed ? "limits" : "passed", text: poorIndeed ? `${name}_poor` : `${name}_passed`, roundTrip, loss, checks };
}

/** All together. @param {Finding[]} findings @returns {{state: State, text: string}} */
export function verdict(findings) {
  const of = (/** @type {string} */ name) => findings.filter((each) => each.name === name);
  const works = (/** @type {string} */ name) => of(name).some(({ state }) => state === "passed" || state === "limits");
  if (of("browser")[0]?.state === "failed") return { state: "failed", text: "all_browser" };
  if (!works("line")) return { state: "failed", text: "all_line" };
  const tested = findings.filter(({ name, state }) => ["udp", "tcp", "relay"].includes(name) && state !== "untested");
  if (!tested.length) return { state: "untested", text: "all_untested" };
  if (works("udp")) {
    const limited = findings.some(({ name, state }) => ["udp", "line", "browser"].includes(name) && state === "limits");
    return limited ? { state: "limits", text: "all_slow" } : { state: "passed", text: "all_passed" };
  }
  if (works("tcp")) return { state: "limits", text: "all_tcp" };
  if (works("relay")) return { state: "limits", text: "all_relay" };
  return { state: "failed", text: "all_blocked" };
}
