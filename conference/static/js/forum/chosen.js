// Which camera, microphone and loudspeaker somebody has chosen. Kept in this browser, and only after a tick.

const KEY = "meetingpoint.devices";
const KINDS = ["camera", "microphone", "speaker"];

/** @typedef {{camera?: string, microphone?: string, speaker?: string}} Choice ids as `enumerateDevices` tells them */

/** @returns {Choice|null} null: nothing is kept */
export function chosen() {
  try {
    const told = JSON.parse(localStorage.getItem(KEY) ?? "null");
    if (typeof told !== "object" || told === null) return null;
    return Object.fromEntries(KINDS.filter((kind) => typeof told[kind] === "string").map((kind) => [kind, told[kind]]));
  } catch {
    return null; // no storage here, or not ours
  }
}

/** @param {Choice} choice @returns {boolean} whether this browser keeps it */
export function remember(choice) {
  try {
    localStorage.setItem(KEY, JSON.stringify(choice));
    return true;
  } catch {
    return false;
  }
}

export function forget() {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // without storage nothing was kept
  }
}

/**
 * Open the chosen device or, when it is unplugged by now, any other. Only "exact" is heeded by all browsers.
 * @param {"audio"|"video"} kind @param {MediaTrackConstraints} wishes @param {string} [id] @returns {Promise<MediaStream>}
 */
export async function openChosen(kind, wishes, id) {
  const { mediaDevices } = navigator;
  if (!id) return mediaDevices.getUserMedia({ [kind]: wishes });
  try {
    return await mediaDevices.getUserMedia({ [kind]: { ...wishes, deviceId: { exact: id } } });
  } catch (problem) {
    if (/** @type {Error} */ (problem).name !== "OverconstrainedError") throw problem;
    return mediaDevices.getUserMedia({ [kind]: wishes });
  }
}

/** Let this sound come out of the chosen loudspeaker, where the browser can do that. @param {HTMLMediaElement} sound @param {string} [id] */
export async function playThrough(sound, id = chosen()?.speaker) {
  if (!id || !("setSinkId" in sound)) return;
  try {
    await sound.setSinkId(id);
  } catch {
    // Unplugged, or not permitted any more: the system's own one it is.
  }
}
