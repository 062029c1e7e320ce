// @ts-check
/** Whether films are to save data: what one had remembered on this device, else what the browser says. */

const KEY = "films save data";

/** What was remembered; null when nothing was. @returns {boolean | null} */
export function remembered() {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === null ? null : kept === "yes";
  } catch {
    return null; // storage is switched off
  }
}

/** @param {boolean | null} saves null: nothing is remembered any more */
export function remember(saves) {
  try {
    if (saves === null) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, saves ? "yes" : "no");
  } catch {
    // storage is switched off: it holds for this page
  }
}

export function savesAtFirst() {
  const { connection } = /** @type {Navigator & {connection?: {saveData?: boolean}}} */ (navigator);
  return remembered() ?? (connection?.saveData === true || matchMedia("(prefers-reduced-data: reduce)").matches);
}
