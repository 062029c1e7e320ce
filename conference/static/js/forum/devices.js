// Microphone, camera and screen of this computer, and why one of them did not come.

import { chosen, openChosen } from "./chosen.js";

/** Why a device did not come: not_allowed, not_found, not_readable, overconstrained, insecure, cancelled or other. */
export class DeviceProblem extends Error {
  /** @param {string} reason @param {"microphone"|"camera"|"screen"} device */
  constructor(reason, device) {
    super(`${device}: ${reason}`);
    this.reason = reason;
    this.device = device;
  }
}

const REASONS = /** @type {Record<string, string>} */ ({
  NotAllowedError: "not_allowed",
  SecurityError: "not_allowed",
  NotFoundError: "not_found",
  NotReadableError: "not_readable",
  AbortError: "not_readable",
  OverconstrainedError: "overconstrained",
});

/** @returns {Promise<MediaStreamTrack>} rejects with DeviceProblem */
export async function openMicrophone() {
  const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  return (await open("microphone", "audio", audio)).getAudioTracks()[0];
}

/** @returns {Promise<MediaStreamTrack>} rejects with DeviceProblem */
export async function openCamera() {
  const video = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } };
  return (await open("camera", "video", video)).getVideoTracks()[0];
}

export function canShareScreen() {
  return typeof navigator.mediaDevices?.getDisplayMedia === "function";
}

/** Whether this browser can share the sound of a tab or of the whole computer at all: those that can also know how to keep it quiet here. */
export function canShareSound() {
  return "suppressLocalAudioPlayback" in (navigator.mediaDevices?.getSupportedConstraints() ?? {});
}

/** @returns {Promise<{picture: MediaStreamTrack, sound: MediaStreamTrack|null}>} rejects with DeviceProblem */
export async function openScreen() {
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 15 } }, audio: true });
    return { picture: stream.getVideoTracks()[0], sound: stream.getAudioTracks()[0] ?? null };
  } catch (problem) {
    const reason = reasonOf(problem);
    // Refusing is how one closes the browser's own chooser.
    throw new DeviceProblem(reason === "not_allowed" ? "cancelled" : reason, "screen");
  }
}

/** @param {"microphone"|"camera"} device @param {"audio"|"video"} kind @param {MediaTrackConstraints} wishes */
async function open(device, kind, wishes) {
  if (!navigator.mediaDevices) throw new DeviceProblem("insecure", device);
  try {
    return await openChosen(kind, wishes, chosen()?.[device]);
  } catch (problem) {
    throw new DeviceProblem(reasonOf(problem), device);
  }
}

/** @param {unknown} problem */
function reasonOf(problem) {
  return (problem instanceof Error && REASONS[problem.name]) || "other"; // OverconstrainedError is not always a DOMException
}
