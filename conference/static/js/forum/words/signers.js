// The places of the interpreters. Whoever takes over comes into the same place, and the picture before stays until the first of
// the new ones is there. Knows pictures, not how tiles are drawn.

/** @typedef {{seat: string, ready: boolean, rests: boolean, here: boolean}} Signer ready: there is a picture of theirs to show */

const PATIENCE = 20_000; // ms that the picture before is kept for one that does not come

/**
 * Who stands in which place. @param {string[]} places seats, as they stood @param {Signer[]} signers who interprets, and who did
 * @returns {string[]}
 */
export function placed(places, signers) {
  const known = new Map(signers.map((signer) => [signer.seat, signer]));
  const shows = (/** @type {string} */ seat) => {
    const signer = known.get(seat);
    return Boolean(signer?.here && signer.ready && !signer.rests);
  };
  const fresh = signers.map((signer) => signer.seat).filter((seat) => shows(seat) && !places.includes(seat));
  const coming = signers.some((signer) => signer.here && !signer.rests && !places.includes(signer.seat) && !signer.ready);
  const next = places.map((seat) => {
    if (shows(seat)) return seat;
    return fresh.shift() ?? (coming && known.get(seat)?.ready ? seat : "");
  });
  return [...next.filter(Boolean), ...fresh];
}

/**
 * Wait for the first picture of a track. @param {MediaStreamTrack} track @param {(video: HTMLVideoElement) => void} there
 * @returns {() => void} ends the waiting
 */
export function awaitPicture(track, there) {
  const video = document.createElement("video");
  video.playsInline = true;
  video.autoplay = true;
  video.muted = true;
  let over = false;
  const end = () => {
    over = true;
    window.clearTimeout(timer);
  };
  const come = () => {
    if (over) return;
    end();
    there(video);
  };
  const timer = window.setTimeout(come, PATIENCE);
  video.addEventListener("loadeddata", come);
  video.srcObject = new MediaStream([track]);
  void video.play().catch(() => undefined); // not in the page yet: it plays there
  return end;
}
