// Who stands where on the stage, for each layout. Keys in, places out; no DOM.
//
// A key names a tile: "screen/SEAT", "person/SEAT", "show/NAME" (something of the room that all look at: a deck, a film), "own".

import { GAP, grid, halved, moved, pageOf, parted } from "./tiling.js";

/** @typedef {import("./tiling.js").Rect} Rect */
/** @typedef {import("./tiling.js").Box} Box */
/** @typedef {"speaker"|"grid"|"screen"} Layout */
/** @typedef {"auto"|Layout} LayoutChoice */
/**
 * @typedef {object} Scene
 * @property {Layout} layout @property {string[]} keys in their lasting order @property {string[]} front kept in front, the first first
 * @property {string|null} active who speaks, or spoke last @property {boolean} own whether one's own picture is shown
 * @property {number} page from 0 @property {number} most tiles of a page @property {Box} box
 */
/** @typedef {{places: Map<string, Rect>, main: string[], page: number, pages: number}} Arrangement places: of all tiles that are seen */

export const CHOICES = /** @type {LayoutChoice[]} */ (["auto", "speaker", "grid", "screen"]);
export const MOST = 12; // live tiles of a page

/** What is meant by a choice now. @param {LayoutChoice} choice @param {{floor: string, screens: number}} room @returns {Layout} */
export function layoutFor(choice, { floor, screens }) {
  if (choice === "screen") return screens > 0 ? "screen" : "speaker";
  if (choice !== "auto") return choice;
  return screens > 0 ? "screen" : floor === "open_round" ? "grid" : "speaker";
}

/** @param {string} key */
export function isScreen(key) {
  return key.startsWith("screen/") || key.startsWith("show/");
}

/** @param {Scene} scene @returns {Arrangement} */
export function arrange(scene) {
  const { layout, keys, box, own } = scene;
  if (keys.length === 0 || box.width < 1 || box.height < 1) return { places: own ? new Map([["own", corner(box)]]) : new Map(), main: [], page: 0, pages: 1 };
  const main = foremost(scene);
  const rest = keys.filter((key) => !main.includes(key));
  if (keys.length === 1 && own && !isScreen(keys[0])) {
    const places = new Map([[keys[0], grid(1, box)[0]]]);
    return { places: places.set("own", corner(box)), main, page: 0, pages: 1 };
  }
  if (rest.length + Number(own) === 0) return { places: whole(main, box), main, page: 0, pages: 1 };
  return layout === "grid" ? inGrid(scene, main, rest) : inStrip(scene, main, rest);
}

/** Who is large. @param {Scene} scene @returns {string[]} */
function foremost({ layout, keys, front, active }) {
  const kept = front.filter((key) => keys.includes(key));
  const screens = keys.filter(isScreen);
  if (layout === "grid") return kept;
  if (layout === "screen" && screens.length) return screens.slice(0, 2);
  if (kept.length) return kept;
  return [active && keys.includes(active) ? active : keys.find((key) => !isScreen(key)) ?? keys[0]];
}

/** @param {Scene} scene @param {string[]} main @param {string[]} rest @returns {Arrangement} */
function inGrid({ box, most, page, own }, main, rest) {
  const space = main.length ? halved(box) : { main: null, rest: { x: 0, y: 0, ...box } };
  const room = Math.max(1, pageOf(space.rest, Math.max(2, most - main.length)) - Number(own));
  const turned = turn(rest, room, page);
  const shown = own ? [...turned.shown, "own"] : turned.shown;
  const places = new Map(space.main ? whole(main, space.main) : []);
  grid(shown.length, space.rest).forEach((rect, index) => places.set(shown[index], moved(rect, space.rest)));
  return { places, main, page: turned.page, pages: turned.pages };
}

/** @param {Scene} scene @param {string[]} main @param {string[]} rest @returns {Arrangement} */
function inStrip({ layout, box, most, page, own, front, active }, main, rest) {
  const space = parted(box, Math.max(2, most - main.length), main.some(isScreen));
  const room = Math.max(1, space.room - Number(own));
  const kept = layout === "screen" ? front.filter((key) => rest.includes(key)) : [];
  const turned = turn([...kept, ...rest.filter((key) => !kept.includes(key))], room, page);
  const shown = [...turned.shown];
  // Beside a screen whoever speaks can always be seen; nobody else moves for that.
  if (layout === "screen" && active && rest.includes(active) && !shown.includes(active)) shown[shown.length - 1] = active;
  if (own) shown.push("own");
  const places = whole(main, space.main);
  space.place(shown.length).forEach((rect, index) => places.set(shown[index], rect));
  return { places, main, page: turned.page, pages: turned.pages };
}

/** @param {string[]} keys @param {number} room @param {number} page @returns {{shown: string[], page: number, pages: number}} */
export function turn(keys, room, page) {
  const pages = Math.max(1, Math.ceil(keys.length / room));
  const at = Math.min(Math.max(0, page), pages - 1);
  return { shown: keys.slice(at * room, (at + 1) * room), page: at, pages };
}

/** Some share a space alone. Screens take all of it: what is on them is read. @param {string[]} keys @param {Box & {x?: number, y?: number}} box @returns {Map<string, Rect>} */
function whole(keys, box) {
  const by = { x: box.x ?? 0, y: box.y ?? 0 };
  if (!keys.some(isScreen)) return new Map(grid(keys.length, box).map((rect, index) => [keys[index], moved(rect, by)]));
  const wide = box.width >= box.height;
  const length = ((wide ? box.width : box.height) - GAP * (keys.length - 1)) / keys.length;
  return new Map(keys.map((key, index) => {
    const at = Math.round(index * (length + GAP));
    return [key, moved({ x: wide ? at : 0, y: wide ? 0 : at, width: Math.floor(wide ? length : box.width), height: Math.floor(wide ? box.height : length) }, by)];
  }));
}

/** One's own picture beside nobody, or on top of one other. @param {Box} box @returns {Rect} */
function corner(box) {
  const width = Math.round(Math.min(Math.max(box.width * 0.22, 88), 224));
  const height = Math.round((width * 3) / 4);
  return { x: Math.round(box.width - width - GAP), y: Math.round(box.height - height - GAP), width, height };
}
