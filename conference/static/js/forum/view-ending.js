// Ending a session before its time, and the way from there to its results: nothing that was collected goes with the room.

import { byId, say } from "./dom.js";

/** @typedef {import("./room.js").Room} Room */
/** @typedef {import("./protocol.js").RoomProtocol} RoomProtocol */

export class EndingView {
  /** @param {Room} room @param {RoomProtocol} protocol @param {{texts: Record<string, string>, sheet: string|null}} data @param {(work: Promise<any>) => void} doing */
  constructor(room, protocol, data, doing) {
    this.room = room;
    this.data = data;
    this.button = byId("end-session");
    this.dialog = byId("ending");
    byId("ending-sheet").hidden = !data.sheet;
    this.button.addEventListener("click", () => this.press());
    this.dialog.addEventListener("close", () => {
      const chosen = this.dialog.returnValue;
      if (chosen) doing(protocol.end().then(() => chosen === "sheet" && this.go()));
    });
    room.addEventListener("change", (event) => /** @type {CustomEvent} */ (event).detail.what === "clock" && this.draw());
    window.setInterval(() => this.room.ends && this.draw(), 1000);
  }

  get over() {
    return this.room.now() >= this.room.ends;
  }

  draw() {
    this.button.hidden = this.room.now() <= this.room.starts || (this.over && !this.data.sheet);
    say(this.button, this.over ? this.data.texts.to_sheet : this.dialog.dataset.label ?? "");
  }

  press() {
    if (this.over) this.go();
    else {
      this.dialog.returnValue = "";
      this.dialog.showModal();
    }
  }

  go() {
    if (this.data.sheet) location.assign(this.data.sheet);
  }
}
