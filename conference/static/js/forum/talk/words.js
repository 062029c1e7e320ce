// How the talk's moments are written.

/** @param {string} iso @returns {string} hours and minutes of the reader's clock */
export function time(iso) {
  return new Date(iso).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
}
