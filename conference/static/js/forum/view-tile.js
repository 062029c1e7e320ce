// One tile: a picture or a face, whose it is and how they are doing, why no picture comes, and the pin.

import { bars, element, fill, icon, initials, say } from "./dom.js";

/** @typedef {import("./protocol.js").Person} Person */
/** @typedef {import("./dom.js").Words} Words */
/** @typedef {import("../media/session.js").SlotState} SlotState */
/** @typedef {SlotState|"saved"} TileState saved: the data saver leaves this picture out */

const WHY = new Set(["paused", "codec", "saved"]);

/** @param {Words} words @param {(() => void)|null} pin null: this tile has a place of its own */
export function makeTile(words, pin) {
  const tile = element(
    "figure",
    { class: "tile" },
    element("div", { class: "initials", "aria-hidden": "true" }, element("span")),
    element("p", { class: "why", hidden: "" }),
    makePlate(words),
    element("p", { class: "chip", hidden: "" }),
  );
  if (pin) {
    const button = element("button", { type: "button", class: "pin", "aria-pressed": "false" }, icon(words, "pin"));
    button.addEventListener("click", pin);
    tile.append(button);
  }
  return tile;
}

/** @param {Words} words */
export function makePlate(words) {
  const { texts } = words;
  const line = element("span", { class: "how" });
  return element("figcaption", { class: "plate" }, icon(words, "mic-off", texts.muted, "mute"), icon(words, "volume-2", texts.speaks, "talk"), element("span", { class: "who" }), line);
}

/**
 * @param {HTMLElement} tile @param {Person} person @param {Words} words
 * @param {{screen: boolean, track: MediaStreamTrack|null, state: TileState, pinned: boolean, front: boolean}} shown pinned: by oneself; front: that, or by the moderation
 */
export function drawTile(tile, person, words, { screen, track, state, pinned, front }) {
  const wanted = screen || person.camera;
  const seen = Boolean(track && wanted && !WHY.has(state));
  tile.dataset.seat = person.seat;
  tile.classList.toggle("screen", screen);
  tile.classList.toggle("seen", seen);
  tile.classList.toggle("open", screen || person.microphone);
  tile.classList.toggle("pinned", front);
  tile.classList.toggle("whole", person.signing || person.way === "signing"); // hands at the edge are words, too
  drawPicture(tile, seen ? track : null);
  drawWhy(tile, wanted ? state : "live", words);
  drawPlate(tile, person, words, screen);
  drawChip(tile, screen ? null : person.hand, words);
  const button = tile.querySelector(".pin");
  button?.setAttribute("aria-pressed", String(pinned));
  button?.setAttribute("aria-label", fill(words.texts.pin, { name: person.name ?? words.texts.unnamed }));
}

/** @param {HTMLElement} tile @param {MediaStreamTrack|null} track */
function drawPicture(tile, track) {
  let video = tile.querySelector("video");
  if (track && !video) {
    video = /** @type {HTMLVideoElement} */ (element("video", { playsinline: "", autoplay: "" }));
    video.muted = true; // sound comes from the microphone's own element
    tile.prepend(video);
  }
  if (!video) return;
  showTrack(video, track);
  video.hidden = !track;
}

/** @param {HTMLElement} tile @param {TileState} state @param {Words} words */
function drawWhy(tile, state, words) {
  const { texts } = words;
  const why = /** @type {HTMLElement} */ (tile.querySelector(".why"));
  const told = WHY.has(state) ? state : "";
  if ((why.dataset.state ?? "") === told) return;
  why.dataset.state = told;
  why.hidden = !told;
  tile.classList.toggle("without", Boolean(told));
  if (told === "paused") why.replaceChildren(element("span", {}, texts.paused), element("span", { class: "cause" }, ` ${texts.paused_more}`));
  else if (told === "codec") why.replaceChildren(element("span", {}, texts.codec), element("span", { class: "more" }, ` ${texts.codec_more}`));
  else if (told === "saved") why.replaceChildren(element("span", {}, texts.saved), element("span", { class: "more" }, ` ${texts.saved_more}`));
  else why.replaceChildren();
}

/** @param {HTMLElement} tile @param {Person} person @param {Words} words @param {boolean} screen */
export function drawPlate(tile, person, words, screen) {
  const name = person.name ?? words.texts.unnamed;
  const face = tile.querySelector(".initials span");
  if (face) say(face, initials(person.name));
  const who = /** @type {Element} */ (tile.querySelector(".who"));
  const role = person.role === "attendee" || person.signing ? "" : words.roles[person.role] ?? "";
  const more = screen ? "" : [person.signing ? words.texts.signing : "", role, person.initiative, person.land].filter(Boolean).join(" · ");
  const line = screen ? fill(words.texts.screen_of, { name }) : name;
  if (who.textContent !== line + (more ? ` ${more}` : "")) who.replaceChildren(element("b", {}, line), ...(more ? [" ", element("small", {}, more)] : []));
  drawLine(tile, screen ? null : person.line, words);
}

/** How somebody's connection is doing, as they told: bars, and a word for the ear. @param {HTMLElement} tile @param {string|null} quality @param {Words} words */
function drawLine(tile, quality, words) {
  const how = /** @type {HTMLElement} */ (tile.querySelector(".how"));
  if ((how.dataset.quality ?? "") === (quality ?? "")) return;
  how.dataset.quality = quality ?? "";
  const word = quality ? words.texts[`line_${quality}`] : "";
  how.title = word;
  how.replaceChildren(...(quality ? [bars(quality), element("span", { class: "for-ear" }, word)] : []));
}

/** A raised hand, with its place in the queue. @param {HTMLElement} tile @param {number|null} place @param {Words} words */
function drawChip(tile, place, words) {
  const chip = /** @type {HTMLElement|null} */ (tile.querySelector(".chip"));
  const told = place === null ? "" : String(place);
  if (!chip || (chip.dataset.place ?? "") === told) return;
  chip.dataset.place = told;
  chip.hidden = place === null;
  chip.replaceChildren();
  if (place !== null) chip.append(icon(words, "hand"), element("span", { class: "for-ear" }, fill(words.texts.hand_up, { n: place })), element("span", { "aria-hidden": "true" }, told));
}

/** @param {HTMLVideoElement} video @param {MediaStreamTrack|null} track */
export function showTrack(video, track) {
  const before = /** @type {MediaStream|null} */ (video.srcObject);
  if (before?.getVideoTracks()[0] === (track ?? undefined)) return;
  video.srcObject = track ? new MediaStream([track]) : null;
}
