// Speaks the plenary's part of /live (PROTOCOL.md, "Plenary"). Knows neither the page nor the media.

/** @typedef {import("../protocol.js").RoomProtocol} RoomProtocol */
/** @typedef {{name: string, function: string, organisation: string, minutes: number|null, seat: string|null}} Entry */

export class PlenaryProtocol {
  /** @param {RoomProtocol} room */
  constructor(room) {
    this.socket = room.socket;
  }

  /** @param {boolean} closed @param {string} text @param {number|null} minutes */
  curtain(closed, text, minutes) {
    return this.socket.ask({ type: "plenary.curtain", closed, text, minutes });
  }
  /** @param {string|null} seat null: all who are behind the stage @param {boolean} behind */
  place(seat, behind) {
    return this.socket.ask({ type: "plenary.place", seat, behind });
  }
  /** @param {string} seat */
  hear(seat) {
    return this.socket.ask({ type: "plenary.hear", seat });
  }
  /** @param {boolean} auto @param {string|null} seat */
  thirds(auto, seat) {
    return this.socket.ask({ type: "plenary.thirds", auto, seat });
  }
  /** @param {string|null} seat */
  deputy(seat) {
    return this.socket.ask({ type: "plenary.deputy", seat });
  }
  takeOver() {
    return this.socket.ask({ type: "plenary.take_over" });
  }
  /** @param {"stage"|"deputy"} feed */
  feed(feed) {
    return this.socket.ask({ type: "plenary.feed", feed });
  }
  /** @param {Entry} entry */
  add(entry) {
    return this.socket.ask({ type: "plenary.add", ...entry });
  }
  /** @param {string} greeting @param {Entry} entry */
  edit(greeting, entry) {
    return this.socket.ask({ type: "plenary.edit", greeting, ...entry });
  }
  /** @param {string} greeting @param {string|null} before */
  move(greeting, before) {
    return this.socket.ask({ type: "plenary.move", greeting, before });
  }
  /** @param {string} greeting */
  drop(greeting) {
    return this.socket.ask({ type: "plenary.drop", greeting });
  }
  /** @param {string} greeting that was taken out */
  restore(greeting) {
    return this.socket.ask({ type: "plenary.restore", greeting });
  }
  /** @param {string|null} greeting null: nobody's turn */
  turn(greeting) {
    return this.socket.ask({ type: "plenary.turn", greeting });
  }
  /** @param {boolean} on */
  showNow(on) {
    return this.socket.ask({ type: "plenary.show_now", on });
  }
}
