// How many pictures fit into a space, and where each of them stands. Numbers in, numbers out: CSS pixels, no DOM.

/** @typedef {{x: number, y: number, width: number, height: number}} Rect */
/** @typedef {{width: number, height: number}} Box */

export const GAP = 8;
const WIDEST = 16 / 9; // what cameras send
const NARROWEST = 4 / 3; // narrower, and people are cut down to a slice
const READ = 1.6; // of screens, between 16:10 and 16:9
const SQUARE = 1; // but one or two in a tall space may come nearer
const SMALLEST = 144; // px: a narrower tile shows no face in a grid

/** @param {number} count @param {Box} box @param {number} columns @returns {Box & {columns: number}} */
function cell(count, box, columns) {
  const rows = Math.ceil(count / columns);
  const width = (box.width - (columns - 1) * GAP) / columns;
  const height = (box.height - (rows - 1) * GAP) / rows;
  const narrowest = count <= 2 ? SQUARE : NARROWEST;
  if (width / height > WIDEST) return { columns, width: height * WIDEST, height };
  return { columns, width, height: Math.min(height, width / narrowest) };
}

/** The largest tiles of one size that fill a space. @param {number} count at least 1 @param {Box} box @returns {Box & {columns: number}} */
export function largest(count, box) {
  const all = Array.from({ length: count }, (_, index) => cell(count, box, index + 1));
  return all.reduce((best, one) => (one.width * one.height > best.width * best.height + 1 ? one : best));
}

/** Rows of equal tiles in the middle of a space, the last row in its own middle. @param {number} count @param {Box} box @returns {Rect[]} */
export function grid(count, box) {
  if (count === 0) return [];
  const { columns, width, height } = largest(count, box);
  const rows = Math.ceil(count / columns);
  const top = (box.height - rows * height - (rows - 1) * GAP) / 2;
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = row < rows - 1 ? columns : count - row * columns;
    const left = (box.width - inRow * width - (inRow - 1) * GAP) / 2;
    return rounded({ x: left + (index % columns) * (width + GAP), y: top + row * (height + GAP), width, height });
  });
}

/** How many tiles a page of a grid holds, so that faces can still be told apart. @param {Box} box @param {number} most */
export function pageOf(box, most) {
  for (let count = most; count > 1; count--) {
    const { width } = largest(count, box);
    if (width >= SMALLEST) return count;
  }
  return 1;
}

/** @typedef {{main: Rect, room: number, place: (count: number) => Rect[]}} Parted room: small tiles that there is space for; place: where so many stand */

/**
 * A space parted into a large one and small tiles: in rows below on a space that stands upright, else in a strip beside it
 * or below, whichever leaves the large one more.
 * @param {Box} box @param {number} most small tiles @param {boolean} screen the large one is read @returns {Parted}
 */
export function parted(box, most, screen) {
  if (box.height > box.width) return upright(box, most, screen);
  const ratio = box.width < 600 ? NARROWEST : WIDEST;
  const side = clamp(box.width * 0.2, 132, 264);
  const foot = clamp(box.height * 0.22, 84, 168);
  const beside = picture({ width: box.width - side - GAP, height: box.height });
  const above = picture({ width: box.width, height: box.height - foot - GAP });
  return above > beside ? strip(box, { width: foot * ratio, height: foot }, true, most) : strip(box, { width: side, height: side / ratio }, false, most);
}

/** @param {Box} box @param {number} most @param {boolean} screen @returns {Parted} */
function upright(box, most, screen) {
  const height = Math.min(box.height * 0.6, box.width / (screen ? READ : NARROWEST));
  const rest = { x: 0, y: height + GAP, width: box.width, height: box.height - height - GAP };
  return {
    main: rounded({ x: 0, y: 0, width: box.width, height }),
    room: pageOf(rest, most),
    place: (count) => grid(count, rest).map((rect) => moved(rect, rest)),
  };
}

/** @param {Box} box @param {Box} tile @param {boolean} across below the large one, else beside it @param {number} most @returns {Parted} */
function strip(box, tile, across, most) {
  const [long, size] = across ? [box.width, tile.width] : [box.height, tile.height];
  const main = across ? { width: box.width, height: box.height - tile.height - GAP } : { width: box.width - tile.width - GAP, height: box.height };
  const at = across ? box.height - tile.height : box.width - tile.width;
  return {
    main: rounded({ x: 0, y: 0, ...main }),
    room: clamp(Math.floor((long + GAP) / (size + GAP)), 1, most),
    place: (count) => {
      const each = Math.min(size, (long - GAP * (count - 1)) / count); // one's own may be one more than there is space for
      const start = (long - each * count - GAP * (count - 1)) / 2;
      return Array.from({ length: count }, (_, index) => {
        const along = start + index * (each + GAP);
        return rounded(across ? { x: along, y: at, width: each, height: tile.height } : { x: at, y: along, width: tile.width, height: each });
      });
    },
  };
}

/** A grid in which some are kept large: they get the larger share, the others the rest. @param {Box} box @returns {{main: Rect, rest: Rect}} */
export function halved(box) {
  const share = 0.64;
  if (box.width >= box.height) {
    const width = (box.width - GAP) * share;
    return { main: { x: 0, y: 0, width, height: box.height }, rest: { x: width + GAP, y: 0, width: box.width - width - GAP, height: box.height } };
  }
  const height = (box.height - GAP) * (share - 0.08);
  return { main: { x: 0, y: 0, width: box.width, height }, rest: { x: 0, y: height + GAP, width: box.width, height: box.height - height - GAP } };
}

/** @param {Rect} rect @param {{x: number, y: number}} by @returns {Rect} */
export function moved(rect, by) {
  return { ...rect, x: rect.x + by.x, y: rect.y + by.y };
}

/** How large a picture gets in a space. @param {Box} box */
function picture({ width, height }) {
  return Math.min(width, height * WIDEST) * Math.min(height, width / WIDEST);
}

/** @param {number} value @param {number} least @param {number} most */
function clamp(value, least, most) {
  return Math.min(Math.max(value, least), most);
}

/** @param {Rect} rect @returns {Rect} */
function rounded({ x, y, width, height }) {
  return { x: Math.round(x), y: Math.round(y), width: Math.max(1, Math.floor(width)), height: Math.max(1, Math.floor(height)) };
}
