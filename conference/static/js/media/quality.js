// How well media get here and from here, out of the browser's own statistics. No DOM.

/** @typedef {"good"|"fair"|"poor"} Quality */
/** @typedef {{loss: number, round_trip: number}} Bound the worst that a quality bears: share of packets, seconds */
/** @typedef {{lost: number, received: number, loss: number, roundTrip: number}} Sample lost and received: packets so far; loss: of what was sent, 0-1 */

/** @param {(RTCStatsReport|null)[]} reports @returns {Sample} */
export function sample(reports) {
  const taken = { lost: 0, received: 0, loss: 0, roundTrip: 0 };
  for (const stat of reports.flatMap((report) => (report ? [...report.values()] : []))) {
    if (stat.type === "inbound-rtp") {
      taken.lost += stat.packetsLost ?? 0;
      taken.received += stat.packetsReceived ?? 0;
    } else if (stat.type === "remote-inbound-rtp") {
      taken.loss = Math.max(taken.loss, stat.fractionLost ?? 0);
    } else if (stat.type === "candidate-pair" && stat.nominated && stat.state === "succeeded") {
      taken.roundTrip = Math.max(taken.roundTrip, stat.currentRoundTripTime ?? 0);
    }
  }
  return taken;
}

const FEW = 20; // packets: one lost of three says nothing

/**
 * @param {Sample} before @param {Sample} now @param {{good: Bound, fair: Bound}} bounds
 * @param {boolean} paused a picture is held back, since it would not get through
 * @returns {Quality}
 */
export function judge(before, now, bounds, paused) {
  if (paused) return "poor";
  const lost = Math.max(0, now.lost - before.lost);
  const all = lost + Math.max(0, now.received - before.received);
  const loss = Math.max(all >= FEW ? lost / all : 0, now.loss);
  const bears = (/** @type {Bound} */ bound) => loss < bound.loss && now.roundTrip < bound.round_trip;
  return bears(bounds.good) ? "good" : bears(bounds.fair) ? "fair" : "poor";
}
