// One tile: a picture or a face, whose it is, why no picture comes, and the pin.

import { element, fill, icon, initials, say } from "./dom.js";

/** @typedef {import("./protocol.js").Person} Person */
/** @typedef {import("./dom.js").Words} Words */
/** @typedef {import("../media/session.js").SlotState} SlotState */

/** @param {Words} words @param {(() => void)|null} pin null: this tile has a place of its own */
export function makeTile(words, pin) {
  const { texts } = words;
  const tile = element(
    "figure",
    { class: "tile" },
    element("div", { class: "initials", "aria-hidden": "true" }, element("span")),
    element("p", { class: "why", hidden: "" }),
    element("figcaption", { class: "plate" }, icon(words, "mic-off", texts.muted, "mute"), icon(words, "volume-2", texts.speaks, "talk"), element("span", { class: "who" })),
  );
  if (pin) {
    const button = element("button", { type: "button", class: "pin", "aria-pressed": "false" }, icon(words, "pin"));
    button.addEventListener("click", pin);
    tile.append(button);
  }
  return tile;
}

/**
 * @param {HTMLElement} tile @param {Person} person @param {Words} words
 * @param {{screen: boolean, track: MediaStreamTrack|null, state: SlotState, pinned: boolean, front: boolean}} shown pinned: by oneself; front: that, or by the moderation
 */
export function drawTile(tile, person, words, { screen, track, state, pinned, front }) {
  const wanted = screen || person.camera;
  const seen = Boolean(track && wanted && state !== "paused" && state !== "codec");
  tile.dataset.seat = person.seat;
  tile.classList.toggle("screen", screen);
  tile.classList.toggle("seen", seen);
  tile.classList.toggle("open", screen || person.microphone);
  tile.classList.toggle("pinned", front);
  drawPicture(tile, seen ? track : null);
  drawWhy(tile, wanted ? state : "live", words);
  drawPlate(tile, person, words, screen);
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

/** @param {HTMLElement} tile @param {SlotState} state @param {Words} words */
function drawWhy(tile, state, words) {
  const { texts } = words;
  const why = /** @type {HTMLElement} */ (tile.querySelector(".why"));
  const told = state === "paused" || state === "codec" ? state : "";
  if ((why.dataset.state ?? "") === told) return;
  why.dataset.state = told;
  why.hidden = !told;
  tile.classList.toggle("without", Boolean(told));
  if (told === "paused") why.replaceChildren(element("span", {}, texts.paused), element("span", { class: "cause" }, ` ${texts.paused_more}`));
  else if (told === "codec") why.replaceChildren(element("span", {}, texts.codec), element("span", { class: "more" }, ` ${texts.codec_more}`));
  else why.replaceChildren();
}

/** @param {HTMLElement} tile @param {Person} person @param {Words} words @param {boolean} screen */
function drawPlate(tile, person, words, screen) {
  const name = person.name ?? words.texts.unnamed;
  say(/** @type {Element} */ (tile.querySelector(".initials span")), initials(person.name));
  const who = /** @type {Element} */ (tile.querySelector(".who"));
  const more = [person.signing ? words.texts.signing : "", person.initiative, person.land].filter(Boolean).join(" · ");
  const line = screen ? fill(words.texts.screen_of, { name }) : name;
  if (who.textContent !== line + (more && !screen ? ` ${more}` : "")) {
    who.replaceChildren(element("b", {}, line), ...(more && !screen ? [" ", element("small", {}, more)] : []));
  }
}

/** @param {HTMLVideoElement} video @param {MediaStreamTrack|null} track */
export function showTrack(video, track) {
  const before = /** @type {MediaStream|null} */ (video.srcObject);
  if (before?.getVideoTracks()[0] === (track ?? undefined)) return;
  video.srcObject = track ? new MediaStream([track]) : null;
}
