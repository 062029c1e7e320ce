// Speaks the part of /live on words (PROTOCOL.md, "Words"). Knows no page.

/** @typedef {import("../protocol.js").RoomProtocol} RoomProtocol */

export class WordsProtocol {
  /** @param {RoomProtocol} room whose line is used */
  constructor(room) {
    this.socket = room.socket;
  }

  /** @param {import("./typing.js").Told} told @returns {Promise<any>} */
  write({ line, text, whole, end }) {
    return this.socket.ask({ type: "text.write", line, text, whole, end });
  }
  /** For moderators. @param {boolean} on whether all may write */
  setText(on) {
    return this.socket.ask({ type: "text.set", on });
  }
  /** @param {string} line @param {string} text @param {boolean} final */
  caption(line, text, final) {
    return this.socket.ask({ type: "caption", line, text, final });
  }
  /** @param {string} seat @param {string} line @param {string} text */
  correct(seat, line, text) {
    return this.socket.ask({ type: "caption.correct", seat, line, text });
  }
  /** Let somebody write the captions; null: whoever begins. @param {string|null} seat */
  handCaptions(seat) {
    return this.socket.ask({ type: "caption.hand", seat });
  }
  /** @param {boolean} on */
  sign(on) {
    return this.socket.ask({ type: "signing.set", on });
  }
  /** For moderators. @param {string} seat who has said to be signing */
  endSigning(seat) {
    return this.socket.ask({ type: "signing.set", on: false, seat });
  }
  /** @param {string} seat the interpreter who goes on */
  handInterpreting(seat) {
    return this.socket.ask({ type: "signing.hand", seat });
  }
}
