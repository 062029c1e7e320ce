// Why a camera or a microphone did not come, as exactly as the browser lets one know, and where one can change it.

/** @typedef {"dismissed"|"denied"|"system"|"policy"|"not_found"|"not_readable"|"overconstrained"|"insecure"|"unsupported"|"other"} Reason */
/** @typedef {"camera"|"microphone"} Device */

const REASONS = /** @type {Record<string, Reason>} */ ({
  SecurityError: "policy",
  NotFoundError: "not_found",
  NotReadableError: "not_readable",
  AbortError: "not_readable",
  OverconstrainedError: "overconstrained",
});

/** Before asking: why it cannot work at all. @param {Device} device @returns {Reason|null} */
export function impossible(device) {
  if (!window.isSecureContext) return "insecure";
  if (!navigator.mediaDevices?.getUserMedia) return "unsupported";
  return forbidden(device) ? "policy" : null;
}

/** @param {unknown} problem what getUserMedia rejected with @param {Device} device @returns {Promise<Reason>} */
export async function reasonOf(problem, device) {
  if (!(problem instanceof Error)) return "other";
  if (problem instanceof TypeError) return "unsupported";
  if (problem.name !== "NotAllowedError") return REASONS[problem.name] ?? "other";
  if (forbidden(device)) return "policy";
  if (/system/i.test(problem.message)) return "system"; // Chromium: "Permission denied by system"
  if (/dismissed/i.test(problem.message)) return "dismissed";
  // The page is allowed to, and yet: it is the system that says no. Neither yes nor no: nobody has answered.
  const state = await permission(device);
  return state === "granted" ? "system" : state === "prompt" ? "dismissed" : "denied";
}

/** Whether the organisation, or a page around this one, forbids it. @param {Device} device */
function forbidden(device) {
  const policy = /** @type {any} */ (document).permissionsPolicy ?? /** @type {any} */ (document).featurePolicy;
  return policy?.allowsFeature ? !policy.allowsFeature(device) : false;
}

/** @param {Device} device @returns {Promise<string>} granted, denied, prompt, or "" where the browser does not tell */
async function permission(device) {
  try {
    return (await navigator.permissions.query({ name: /** @type {PermissionName} */ (device) })).state;
  } catch {
    return "";
  }
}

/** @param {string} agent @returns {"ios"|"android"|"firefox"|"safari"|"chromium"|"other"} whose settings are to be explained */
export function browserOf(agent) {
  if (/iPhone|iPad|iPod/.test(agent)) return "ios";
  if (/Android/.test(agent)) return "android";
  if (/Firefox\//.test(agent)) return "firefox";
  if (/Chrom(e|ium)\/|Edg\//.test(agent)) return "chromium";
  return /Safari\//.test(agent) ? "safari" : "other";
}

/** @param {string} agent @returns {"windows"|"mac"|"phone"|"other"} */
export function systemOf(agent) {
  if (/iPhone|iPad|iPod|Android/.test(agent)) return "phone";
  if (/Windows/.test(agent)) return "windows";
  return /Mac OS X/.test(agent) ? "mac" : "other";
}

/**
 * Two sentences or three: what is the matter, and the way out.
 * @param {Reason} reason @param {Device} device @param {Record<string, string>} texts @param {string} [agent]
 */
export function explained(reason, device, texts, agent = navigator.userAgent) {
  const what = texts[`${device}_${reason}`];
  if (reason === "denied") return { what, way: `${texts[`way_denied_${browserOf(agent)}`]} ${texts.way_denied_else}` };
  if (reason === "system") return { what, way: texts[`way_system_${systemOf(agent)}`] };
  return { what, way: texts[`way_${reason}`] };
}
