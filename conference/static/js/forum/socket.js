// The room's line to /live: says hello, asks and gets answers, notices a dead line, comes back by itself. No DOM.

const PAUSES = [1, 2, 4, 8, 15]; // seconds before the next try; the last one repeats
const ASK = 8000; // ms to wait for an answer
const WELCOME = 10000; // ms for a line that neither opens nor fails: some networks swallow it
const PING = 20000; // ms of silence after which the line is tried
const LOOK = 2000; // ms between two looks at the time
const SLEPT = 10000; // ms that a look must be late: the computer slept, or the page was frozen
const SOON = 3000; // ms to wait for an answer after that: the line is probably dead
const SPREAD = 20; // s in which all come back to a server that restarts, if it could not say so

/** A refusal of the server, in words for people. */
export class Refused extends Error {
  /** @param {string} code @param {string} text */
  constructor(code, text) {
    super(text || code);
    this.code = code;
    this.text = text;
  }
}

/**
 * Events: `open` (welcome; detail: {now}), `lost` (detail: {seconds}), `message` (detail: any other message),
 * `end` (detail: {type}: closed, replaced or a refusal: there will be no further try), `woke`: after a sleep, whatever
 * was open may be gone.
 */
export class Socket extends EventTarget {
  /** @param {string} path @param {string} lang */
  constructor(path, lang) {
    super();
    const address = new URL(path, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    this.address = address;
    this.lang = lang;
    /** @type {WebSocket|null} */
    this.socket = null;
    /** @type {Map<number, {resolve: (answer: any) => void, reject: (problem: Error) => void, timer: number}>} */
    this.asked = new Map();
    this.refs = 0;
    this.tries = 0;
    this.within = 0;
    this.ended = false;
    this.timer = 0;
    this.late = 0;
    this.heard = 0;
    this.probing = false;
    this.begun = false;
    /** @type {{code: string, text: string}|null} */
    this.problem = null;
    window.addEventListener("pageshow", (event) => event.persisted && this.now());
    window.addEventListener("online", () => this.now());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.look());
    document.addEventListener("resume", () => this.look());
    this.looked = Date.now();
    window.setInterval(() => this.look(), LOOK);
  }

  open() {
    this.begun = true;
    this.ended = false;
    const socket = new WebSocket(this.address);
    this.socket = socket;
    socket.onopen = () => {
      this.heard = Date.now();
      socket.send(JSON.stringify({ type: "hello", topics: [], last: null, lang: this.lang }));
    };
    socket.onmessage = ({ data }) => this.take(data);
    socket.onclose = ({ code }) => {
      if (socket === this.socket) this.closed(code);
    };
    window.clearTimeout(this.late);
    this.late = window.setTimeout(() => this.giveUp(socket), WELCOME);
  }

  /** @param {WebSocket} socket that nobody has welcomed */
  giveUp(socket) {
    if (socket !== this.socket || this.ended) return;
    this.drop();
    this.closed(0);
  }

  /** For good. */
  close() {
    this.ended = true;
    this.stop();
    this.socket?.close();
  }

  /** Send without waiting for an answer. @param {object} message @returns {boolean} whether there is a line */
  send(message) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /** @param {object} message @returns {Promise<any>} the answer; rejects with Refused */
  ask(message) {
    const ref = ++this.refs;
    return new Promise((resolve, reject) => {
      const timer = window.setTimeout(() => this.answer(ref, new Refused("no_answer", "")), ASK);
      this.asked.set(ref, { resolve, reject, timer });
      if (!this.send({ ...message, ref })) this.answer(ref, new Refused("lost", ""));
    });
  }

  /** @param {number} ref @param {any} answer */
  answer(ref, answer) {
    const asked = this.asked.get(ref);
    if (!asked) return;
    this.asked.delete(ref);
    window.clearTimeout(asked.timer);
    if (answer instanceof Error) asked.reject(answer);
    else asked.resolve(answer);
  }

  /** @param {unknown} data */
  take(data) {
    this.heard = Date.now();
    const message = parse(data);
    if (!message) return;
    if (message.type === "welcome") {
      this.tries = 0;
      window.clearTimeout(this.late);
      this.tell("open", message);
    } else if (message.type === "ok" && typeof message.ref === "number") {
      this.answer(message.ref, message);
    } else if (message.type === "error" && typeof message.ref === "number") {
      this.answer(message.ref, new Refused(message.code, message.text));
    } else if (message.type === "restart") {
      this.within = Number(message.within) || 1;
      this.tell("message", message);
    } else if (message.type === "closed" && !("door" in message)) {
      this.finish(message);
    } else if (message.type === "replaced") {
      this.finish(message);
    } else if (message.type === "error") {
      this.problem = message; // the close code that follows says whether it is the end
    } else if (message.type !== "pong") {
      this.tell("message", message);
    }
  }

  /** @param {object} message */
  finish(message) {
    this.ended = true;
    this.stop();
    this.tell("end", message);
  }

  /** Timers stand still while a computer sleeps: one that comes late says so, long before the network does. */
  look() {
    const late = Date.now() - this.looked > SLEPT;
    this.looked = Date.now();
    if (!late) return this.check();
    this.tell("woke", null);
    if (this.socket?.readyState === WebSocket.OPEN) return this.probe(SOON);
    if (this.socket?.readyState === WebSocket.CONNECTING) this.drop(); // on its way into nowhere
    this.now();
  }

  drop() {
    if (this.socket) this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
    this.socket?.close();
    this.socket = null;
  }

  /** @param {number} code */
  closed(code) {
    window.clearTimeout(this.late);
    for (const ref of [...this.asked.keys()]) this.answer(ref, new Refused("lost", ""));
    if (this.ended) return;
    if (FINAL.has(code)) return this.finish({ type: "refused", code: this.problem?.code, text: this.problem?.text });
    if (code === 1012) this.within ||= SPREAD;
    const step = Math.max(PAUSES[Math.min(this.tries, PAUSES.length - 1)], code === 4429 ? 5 : 0);
    const seconds = this.within ? Math.random() * this.within : step * (0.75 + Math.random() / 2);
    this.within = 0;
    this.tries += 1;
    this.tell("lost", { seconds });
    this.timer = window.setTimeout(() => this.open(), seconds * 1000);
  }

  /** A line that has been silent for long is asked; one that does not answer is given up. */
  check() {
    if (this.socket?.readyState === WebSocket.OPEN && Date.now() - this.heard >= PING) this.probe(ASK);
  }

  /** Ask, and give the line up when there is no answer. @param {number} patience ms */
  probe(patience) {
    if (this.probing) return;
    this.probing = true;
    const { heard: before, socket: dead } = this;
    this.send({ type: "ping" });
    window.setTimeout(() => {
      this.probing = false;
      if (this.heard !== before || this.socket !== dead) return;
      this.drop();
      this.closed(0);
    }, patience);
  }

  /** Try at once instead of waiting for one's turn. */
  now() {
    if (!this.begun || this.ended || (this.socket && this.socket.readyState <= WebSocket.OPEN)) return;
    this.stop();
    this.open();
  }

  stop() {
    window.clearTimeout(this.timer);
  }

  /** @param {string} name @param {any} detail */
  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** Endings after which a page does not come back by itself (PROTOCOL.md, "Endings"). */
const FINAL = new Set([1003, 1009, 4400, 4401, 4403, 4404, 4408]);

/** @param {unknown} data @returns {any} null for what is no message */
function parse(data) {
  try {
    const message = JSON.parse(String(data));
    return message && typeof message.type === "string" ? message : null;
  } catch {
    return null;
  }
}
