// What is sent and how: sections, layers, limits. No DOM.

/** @typedef {import("./session.js").Source} Source */

/** A quarter, half and all of the camera's size, in the order in which the node expects them. */
const LAYERS = /** @type {RTCRtpEncodingParameters[]} */ ([
  { rid: "q", scaleResolutionDownBy: 4, maxBitrate: 150_000, maxFramerate: 30 },
  { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 500_000, maxFramerate: 30 },
  { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 1_500_000, maxFramerate: 30 },
]);
const SMALLEST = 130; // pixels of a layer's shorter side: below it a face is no face

const READ = "maintain-resolution"; // what is read must stay sharp
const RATES = { read: 15, watched: 30 }; // pictures of a screen in a second

/** The order of sections says what they carry: first audio microphone, first video camera, then the screen's two. */
export const SECTIONS = /** @type {{source: Source, kind: "audio"|"video", encodings: RTCRtpEncodingParameters[], degradation?: string}[]} */ ([
  { source: "microphone", kind: "audio", encodings: [{ maxBitrate: 48_000, priority: "high", networkPriority: "high" }] },
  { source: "camera", kind: "video", encodings: LAYERS, degradation: "balanced" },
  { source: "screen", kind: "video", encodings: [{ maxBitrate: 2_500_000, maxFramerate: RATES.read }], degradation: READ },
  { source: "screen_sound", kind: "audio", encodings: [{ maxBitrate: 96_000 }] },
]);

/** What a picture is, when nobody has said: a screen is read. @param {Source} source @param {MediaStreamTrack} track */
export function hint(source, track) {
  if (source === "screen" && !track.contentHint) track.contentHint = "detail";
}

/**
 * Keep offers small: a full Chromium offer with twenty sections is larger than the node accepts.
 * @param {RTCRtpTransceiver} transceiver @param {RTCRtpCapabilities|null} capabilities
 */
export function prefer(transceiver, capabilities) {
  const wanted = (capabilities?.codecs ?? []).filter(({ mimeType, sdpFmtpLine = "" }) => {
    const name = mimeType.toLowerCase();
    if (name === "video/h264") return /42e01f/i.test(sdpFmtpLine) && /packetization-mode=1/.test(sdpFmtpLine);
    return name === "audio/opus" || name === "video/vp8" || name === "video/rtx";
  });
  const order = ["audio/opus", "video/vp8", "video/h264", "video/rtx"];
  wanted.sort((a, b) => order.indexOf(a.mimeType.toLowerCase()) - order.indexOf(b.mimeType.toLowerCase()));
  if (wanted.length && "setCodecPreferences" in transceiver) transceiver.setCodecPreferences(wanted);
}

/**
 * Send this track, or nothing, in as many layers as its size allows.
 * @param {RTCRtpSender} sender @param {MediaStreamTrack|null} track @param {string} [degradation] what is kept when not all gets through
 * @param {string[]|null} [wanted] rids that anybody looks at; null: not known
 */
export async function feed(sender, track, degradation, wanted = null) {
  // Without a track Firefox goes on repeating the last picture once a second, unless the encoding is off.
  if (!track) await activate(sender, null);
  await sender.replaceTrack(track);
  if (!track) return;
  await activate(sender, track, wanted);
  if (degradation === READ) await pace(sender, track.contentHint === "motion");
  if (degradation) await degrade(sender, track.contentHint === "motion" ? "maintain-framerate" : degradation);
}

/** How many of three layers a picture of this size is worth. @param {MediaTrackSettings} settings */
export function layersFor({ width = 1280, height = 720 }) {
  const short = Math.min(width, height); // a phone held upright has the same picture as one on its side
  return LAYERS.filter(({ scaleResolutionDownBy = 1 }) => scaleResolutionDownBy === 1 || short / scaleResolutionDownBy >= SMALLEST).length;
}

/** @param {RTCRtpSender} sender @param {MediaStreamTrack|null} track null: nothing is sent @param {string[]|null} [wanted] */
async function activate(sender, track, wanted = null) {
  const parameters = sender.getParameters();
  const { encodings } = parameters;
  const layered = encodings.length > 1;
  const count = !track ? 0 : layered ? layersFor(track.getSettings()) : 1;
  const worth = encodings.slice(encodings.length - count); // the smallest are left out first
  const looked = layered && wanted ? worth.filter(({ rid }) => wanted.includes(rid ?? "")) : worth;
  // One layer stays awake, or the node would take a picture at which nobody looks for one that is over.
  const awake = looked.length ? looked : worth.slice(0, 1);
  let changed = false;
  encodings.forEach((encoding) => {
    const active = awake.includes(encoding);
    changed ||= (encoding.active ?? true) !== active;
    encoding.active = active;
    if (layered || encoding.rid !== "q" || encoding.scaleResolutionDownBy === 1) return;
    // The other side takes one layer only: browsers then keep the first, which shall be the whole picture.
    Object.assign(encoding, { scaleResolutionDownBy: 1, maxBitrate: LAYERS[2].maxBitrate });
    changed = true;
  });
  if (changed) await wish(sender, parameters);
}

/** A film on a screen needs more pictures than a page. @param {RTCRtpSender} sender @param {boolean} watched */
async function pace(sender, watched) {
  const parameters = sender.getParameters();
  const rate = watched ? RATES.watched : RATES.read;
  const slow = parameters.encodings.filter(({ maxFramerate }) => maxFramerate !== rate);
  for (const encoding of slow) encoding.maxFramerate = rate;
  if (slow.length) await wish(sender, parameters);
}

/** @param {RTCRtpSender} sender @param {string} preference */
async function degrade(sender, preference) {
  const parameters = /** @type {any} */ (sender.getParameters());
  if (parameters.degradationPreference === preference) return;
  parameters.degradationPreference = preference;
  await wish(sender, parameters);
}

/** @param {RTCRtpSender} sender @param {RTCRtpSendParameters} parameters */
async function wish(sender, parameters) {
  try {
    await sender.setParameters(parameters);
  } catch {
    // Not every browser knows every parameter, and none of them is a condition.
  }
}
