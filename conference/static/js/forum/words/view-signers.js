// Draws the interpreters' places: one tile each, in which one picture follows the other without a gap.

import { awaitPicture, placed } from "./signers.js";

/** @typedef {import("../protocol.js").Person} Person */
/**
 * @typedef {object} Stage what tiles are made of
 * @property {() => Person[]} people @property {(seat: string) => MediaStreamTrack|null} track
 * @property {(key: string) => HTMLElement} make @property {(tile: HTMLElement, key: string) => void} draw
 * @property {(seat: string) => void} seen the picture of an interpreter is there
 */
/** @typedef {{tile: HTMLElement, seat: string, next: string, end: () => void}} Place seat: whose picture; next: who is about to come, or "" */

export class SignersView {
  /** @param {HTMLElement} list @param {Stage} stage */
  constructor(list, stage) {
    this.list = list;
    this.stage = stage;
    /** @type {Place[]} */
    this.places = [];
  }

  /** @returns {number} how many there are */
  draw() {
    const interpreters = this.stage.people().filter((person) => person.role === "interpreter");
    const signers = interpreters.map(({ seat, here, rests, camera }) => ({ seat, here, rests, ready: Boolean(this.stage.track(seat)) || camera }));
    const wanted = placed(this.places.map(({ seat, next }) => next || seat), signers);
    for (const rest of this.places.splice(wanted.length)) {
      rest.end();
      rest.tile.remove();
    }
    wanted.forEach((seat, index) => this.fill(index, seat));
    return this.places.length;
  }

  /** @param {number} index @param {string} seat */
  fill(index, seat) {
    const place = this.places[index];
    if (!place) {
      const tile = this.stage.make(`person/${seat}`);
      this.list.append(tile);
      this.places[index] = { tile, seat: "", next: "", end: () => undefined };
      return this.come(this.places[index], seat);
    }
    if (place.seat === seat && !place.next) return this.show(place, seat);
    if (place.seat === seat) {
      place.end(); // handed back before the other one was there
      place.next = "";
      return this.show(place, seat);
    }
    const before = /** @type {HTMLVideoElement|null} */ (place.tile.querySelector("video"));
    const carries = /** @type {MediaStream|undefined} */ (before?.srcObject ?? undefined)?.getVideoTracks()[0];
    if (before && carries !== this.stage.track(place.seat)) before.pause(); // its last picture stays, and nobody else's comes
    if (place.next === seat) return;
    const track = this.stage.track(seat);
    if (!track) return;
    place.end();
    place.next = seat;
    place.end = awaitPicture(track, (video) => {
      place.tile.querySelector("video")?.remove();
      place.tile.prepend(video);
      this.come(place, seat);
    });
  }

  /** @param {Place} place @param {string} seat */
  come(place, seat) {
    place.seat = seat;
    place.next = "";
    this.show(place, seat);
    this.stage.seen(seat);
  }

  /** @param {Place} place @param {string} seat */
  show(place, seat) {
    place.tile.dataset.key = `person/${seat}`;
    this.stage.draw(place.tile, `person/${seat}`);
  }
}
