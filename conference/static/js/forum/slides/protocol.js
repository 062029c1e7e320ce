// Speaks the part of /live on decks and clips (PROTOCOL.md, "Slides"), and brings files by POST. Knows no page.

/** @typedef {import("../protocol.js").RoomProtocol} RoomProtocol */

/** A refusal of a file, in words for people ("" when there are none). */
export class NotTaken extends Error {
  /** @param {string} text @param {number} status */
  constructor(text, status) {
    super(text);
    this.text = text;
    this.status = status;
  }
}

export class SlidesProtocol {
  /** @param {RoomProtocol} room whose line is used @param {string} address of the session's pieces */
  constructor(room, address) {
    this.socket = room.socket;
    this.address = address;
  }

  /** @returns {Promise<any>} */
  open() {
    return this.socket.ask({ type: "slides.open" });
  }
  /** @param {string|null} piece */
  show(piece) {
    return this.socket.ask({ type: "slides.show", piece });
  }
  /** @param {string} piece @param {number} page @returns {Promise<{page: number}>} */
  turn(piece, page) {
    return this.socket.ask({ type: "slides.turn", piece, page });
  }
  /** @param {string} piece @param {boolean} playing @param {number|null} at seconds; null: where it stands */
  play(piece, playing, at = null) {
    return this.socket.ask({ type: "slides.play", piece, playing, at });
  }
  /** @param {string} piece @param {boolean} up */
  move(piece, up) {
    return this.socket.ask({ type: "slides.move", piece, up });
  }
  /** @param {string} piece */
  remove(piece) {
    return this.socket.ask({ type: "slides.remove", piece });
  }

  /** @param {{piece: string, file: string}} piece @param {string} [name] another file of it */
  file(piece, name = piece.file) {
    return `${this.address}/${piece.piece}/${name}`;
  }

  /** What its pages show, by page number. @param {{piece: string, file: string}} piece @returns {Promise<Record<string, string>>} */
  async words(piece) {
    const answer = await fetch(this.file(piece, "words.json"), { headers: { accept: "application/json" } });
    return answer.ok ? answer.json() : {};
  }

  /** Bring a file; `progress` hears the share that is gone, 0 to 1. @param {FormData} form @param {(share: number) => void} progress @returns {Promise<any>} rejects with NotTaken */
  bring(form, progress) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest(); // fetch tells nothing of what is gone
      request.open("POST", this.address);
      request.setRequestHeader("accept", "application/json");
      request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
      request.onload = () => {
        const said = parsed(request.responseText);
        if (request.status === 201) resolve(said);
        else reject(new NotTaken(said?.text ?? "", request.status));
      };
      request.onerror = () => reject(new NotTaken("", 0));
      request.send(form);
    });
  }
}

/** @param {string} text @returns {any} */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
