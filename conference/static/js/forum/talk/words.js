// How the talk's moments and addresses are written.

import { element } from "../dom.js";

/** @param {string} iso @returns {string} hours and minutes of the reader's clock */
export function time(iso) {
  return new Date(iso).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
}

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`]+/giu;
const TAIL = /[.,;:!?)\]}»“”…]+$/u; // of the sentence around an address

/**
 * Plain text with its addresses as links, and nothing else: no markup, only http and https, and the whole address to be read.
 * @param {string} text @returns {(Node|string)[]}
 */
export function linked(text) {
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const written = found[0].replace(TAIL, "");
    const address = safe(written);
    if (!address) continue;
    parts.push(text.slice(at, found.index), element("a", { href: address, rel: "noopener noreferrer nofollow", target: "_blank" }, written));
    at = found.index + written.length;
  }
  return [...parts, text.slice(at)];
}

/** @param {string} written @returns {string|null} the address; null for none, or one that carries a name or password */
function safe(written) {
  try {
    const url = new URL(written);
    return (url.protocol === "http:" || url.protocol === "https:") && !url.username && !url.password ? url.href : null;
  } catch {
    return null;
  }
}
