// Speaks the talk's part of /live (PROTOCOL.md, "Talk"). Knows no page.

/** @typedef {import("../protocol.js").RoomProtocol} RoomProtocol */

export class TalkProtocol {
  /** @param {RoomProtocol} room whose line is used */
  constructor(room) {
    this.socket = room.socket;
  }

  /** @param {number|null} last @returns {Promise<any>} */
  open(last) {
    return this.socket.ask({ type: "talk.open", last });
  }
  /** @param {{approval?: boolean, keeps_chat?: boolean}} settings */
  set(settings) {
    return this.socket.ask({ type: "talk.set", ...settings });
  }
  /** @param {string} reaction */
  react(reaction) {
    return this.socket.ask({ type: "talk.react", reaction });
  }
  /** @param {string} text @param {boolean} unnamed @param {string} client */
  ask(text, unnamed, client) {
    return this.socket.ask({ type: "question.ask", text, unnamed, client });
  }
  /** @param {string} question @param {boolean} up */
  vote(question, up) {
    return this.socket.ask({ type: "question.vote", question, up });
  }
  /** @param {string} question @param {string} state @param {string} [reason] */
  judge(question, state, reason = "") {
    return this.socket.ask({ type: "question.judge", question, state, reason });
  }
  /** @param {string|null} question */
  project(question) {
    return this.socket.ask({ type: "question.project", question });
  }
  /** @param {string} text @param {string|null} replyTo @param {string} client */
  say(text, replyTo, client) {
    return this.socket.ask({ type: "chat.say", text, reply_to: replyTo, client });
  }
  /** @param {string} line */
  delete(line) {
    return this.socket.ask({ type: "chat.delete", line });
  }
  /** @param {number|null} before @returns {Promise<{lines: import("./talk.js").Line[], older: boolean}>} */
  older(before) {
    return this.socket.ask({ type: "chat.older", before });
  }
  /** @param {string} question @param {string[]} options @param {boolean} multiple @param {string} client */
  draft(question, options, multiple, client) {
    return this.socket.ask({ type: "poll.draft", question, options, multiple, client });
  }
  /** @param {string} poll @param {"open"|"closed"|"discarded"} state */
  setPoll(poll, state) {
    return this.socket.ask({ type: "poll.set", poll, state });
  }
  /** @param {string} poll @param {number[]} choices */
  cast(poll, choices) {
    return this.socket.ask({ type: "poll.vote", poll, choices });
  }
}
