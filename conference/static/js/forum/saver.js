// The data saver: what this page wants to receive, in five steps. The interpreter's picture is words: it goes only when all pictures go.

/** @typedef {"nothing"|"sound"|"screen"|"low"|"all"} Step */
/** @typedef {import("./look.js").Tile} Tile */

export const STEPS = /** @type {Step[]} */ (["nothing", "sound", "screen", "low", "all"]);
export const LOW = { page: 6, height: 180 }; // tiles of a page; device pixels: a small face
export const SIGNING = { width: 320, height: 240 }; // CSS pixels: below it hands are no words (EN 301 549, 6.5.2)

/** @param {unknown} value @returns {Step} */
export function stepNamed(value) {
  return STEPS.find((step) => step === value) ?? "all";
}

/** Whether a picture comes at this step. @param {Step} step @param {{source: string, signing: boolean}} picture */
export function comes(step, { source, signing }) {
  if (step === "nothing" || step === "sound") return false;
  return step !== "screen" || signing || source === "screen";
}

/** How large a tile in sight is asked for. @param {Step} step @param {Tile} tile @param {boolean} signing @param {number} ratio device pixels of a CSS pixel @returns {Tile} */
export function spared(step, tile, signing, ratio) {
  if (!comes(step, { source: tile.source, signing })) return { ...tile, width: 0, height: 0 };
  if (signing && tile.source === "camera") {
    return { ...tile, width: Math.max(tile.width, Math.round(SIGNING.width * ratio)), height: Math.max(tile.height, Math.round(SIGNING.height * ratio)) };
  }
  if (step !== "low" || tile.source === "screen" || tile.height <= LOW.height) return tile;
  const scale = LOW.height / tile.height;
  return { ...tile, width: Math.max(1, Math.round(tile.width * scale)), height: LOW.height };
}

/** What helps a poor line next; null: nothing more. @param {Step} step @param {boolean} screens whether a screen is shown or somebody signs @returns {Step|null} */
export function lower(step, screens) {
  if (step === "all") return "low";
  if (step === "low") return screens ? "screen" : "sound";
  return step === "screen" ? "sound" : null;
}
