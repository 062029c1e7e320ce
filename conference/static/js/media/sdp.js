// The little that the page does to session descriptions: one wish for sound, and new ways in after an ICE restart.

/**
 * Lost sound is asked for again (RFC 4585 generic NACK), which browsers do for Opus only when the description says so.
 * @param {string} sdp
 */
export function withAudioNack(sdp) {
  return sdp.replace(/a=rtpmap:(\d+) opus\/48000\/2\r\n(?!a=rtcp-fb:\1 nack\r\n)/gi, (line, type) => `${line}a=rtcp-fb:${type} nack\r\n`);
}

/** Make an offer and set it. @param {RTCPeerConnection} pc @param {RTCOfferOptions} [options] @returns {Promise<string>} what was set */
export async function describe(pc, options) {
  const offer = await pc.createOffer(options);
  try {
    await pc.setLocalDescription({ type: "offer", sdp: withAudioNack(offer.sdp ?? "") });
  } catch {
    await pc.setLocalDescription(offer); // a browser that takes its own words alone
  }
  return pc.localDescription?.sdp ?? "";
}

/** New ICE credentials as RFC 8840 section 9 writes them; the node needs no candidates. @param {string} sdp of the restarting offer */
export function fragmentOf(sdp) {
  const lines = sdp.split("\r\n");
  const first = (/** @type {string} */ start) => lines.find((line) => line.startsWith(start));
  const wanted = ["a=group:BUNDLE", "m=", "a=mid:", "a=ice-ufrag:", "a=ice-pwd:"].map(first).filter((line) => line !== undefined);
  return wanted.join("\r\n") + "\r\n";
}

/**
 * The answer to a restarting offer: the one before, with the credentials and candidates of the node's fragment.
 * @param {string} before @param {string} fragment @returns {string|null} null: the fragment has no credentials
 */
export function restarted(before, fragment) {
  const news = fragment.split(/\r?\n/);
  const ufrag = news.find((line) => line.startsWith("a=ice-ufrag:"));
  const password = news.find((line) => line.startsWith("a=ice-pwd:"));
  if (!ufrag || !password) return null;
  const fresh = news.filter((line) => line.startsWith("a=candidate:"));
  const lines = before.split("\r\n");
  const candidates = fresh.length ? fresh : lines.filter((line) => line.startsWith("a=candidate:"));
  const rest = lines.filter((line) => !line.startsWith("a=candidate:") && line !== "a=end-of-candidates");
  let placed = false;
  return rest
    .flatMap((line) => {
      if (line.startsWith("a=ice-ufrag:")) return [ufrag];
      if (!line.startsWith("a=ice-pwd:")) return [line];
      if (placed) return [password];
      placed = true; // in a bundle only the first section's count (RFC 8843 section 10)
      return [password, ...candidates, "a=end-of-candidates"];
    })
    .join("\r\n");
}
