// @ts-check
/**
 * Sends one file in parts to addresses that the server signs: some at a time, again after failures, on after a pause, a lost
 * network, a reload or another day. The server knows what has arrived; nothing is kept in the browser.
 * @module
 */

const AT_ONCE = 3;
const SIGNED = 9; // addresses that are asked for together
const SILENCE = 30; // seconds without a byte after which a part is sent anew
const PAUSES = [1, 2, 4, 8, 15]; // seconds before the next try; the last one repeats
const PACE = 12; // seconds over which the pace is measured

/** @typedef {{film: string, href: string, state: string, size: number, part_size: number, there: number[]}} Begun */
/** @typedef {{sent: number, size: number, pace: number, state: "sending" | "paused" | "offline" | "slow" | "joining"}} Told */

/** What the server refuses; `code` and the facts are those of its answer. */
export class Refused extends Error {
  /** @param {{code?: string, text?: string} & Record<string, any>} said */
  constructor(said) {
    super(said.text ?? "");
    this.code = said.code ?? "";
    this.facts = said;
  }
}

/** The browser has lost the file, or it is another one by now. */
export class Unreadable extends Error {}

/** Somebody ended the upload on this page. */
export class Stopped extends Error {}

/**
 * Ask the server; without an answer, or one that promises better, again and again.
 * @param {string} address @param {object} body @param {AbortSignal} signal @returns {Promise<any>}
 */
async function ask(address, body, signal) {
  for (let tries = 0; ; tries += 1) {
    const answer = await answered(address, body, signal);
    if (answer?.ok) return answer.json();
    if (answer && answer.status < 500 && answer.status !== 429) throw new Refused(await said(answer));
    await pause(tries, signal);
  }
}

/** @param {string} address @param {object} body @param {AbortSignal} signal @returns {Promise<Response | null>} */
async function answered(address, body, signal) {
  try {
    return await fetch(address, {
      method: "POST", body: JSON.stringify(body), signal, headers: { "Content-Type": "application/json", Accept: "application/json" },
    });
  } catch (error) {
    if (signal.aborted) throw new Stopped();
    return null;
  }
}

/** @param {Response} answer */
async function said(answer) {
  try {
    return await answer.json();
  } catch {
    return { code: `http_${answer.status}` };
  }
}

/** Wait a little; less when the network comes back meanwhile. @param {number} tries @param {AbortSignal} signal */
function pause(tries, signal) {
  return new Promise((resolve, reject) => {
    const over = () => {
      clearTimeout(timer);
      removeEventListener("online", over);
      signal.removeEventListener("abort", over);
      if (signal.aborted) reject(new Stopped());
      else resolve(undefined);
    };
    const timer = setTimeout(over, PAUSES[Math.min(tries, PAUSES.length - 1)] * 1000);
    addEventListener("online", over);
    signal.addEventListener("abort", over);
  });
}

/** One film on its way. */
export class Upload {
  /** @param {File} file @param {string} address @param {(told: Told) => void} told */
  constructor(file, address, told) {
    this.file = file;
    this.address = address;
    this.told = told;
    this.end = new AbortController();
    /** @type {Begun | null} */
    this.begun = null;
    /** @type {number[]} */
    this.open = [];
    /** Bytes of each part that has arrived or is on its way. @type {Map<number, number>} */
    this.sent = new Map();
    /** @type {Map<number, {address: string, until: number}>} */
    this.addresses = new Map();
    /** @type {Set<XMLHttpRequest>} */
    this.requests = new Set();
    /** When how many bytes had been sent. @type {[number, number][]} */
    this.marks = [];
    this.paused = false;
    this.slow = false;
    this.signing = Promise.resolve();
    /** Called when sending may go on. @type {(() => void)[]} */
    this.sleepers = [];
    this.wake = () => this.goOn();
  }

  /** Begin, or go on where this file was left. Raises Refused. @param {boolean} replace */
  async begin(replace) {
    const { name, size, type, lastModified } = this.file;
    this.begun = /** @type {Begun} */ (await ask(this.address, { name, size, type, modified: lastModified, replace }, this.end.signal));
  }

  /** Send what is missing and have it joined. Raises Refused, Unreadable, Stopped. @returns {Promise<Begun>} */
  async run() {
    const begun = /** @type {Begun} */ (this.begun);
    addEventListener("online", this.wake);
    addEventListener("offline", this.wake);
    try {
      for (const number of begun.there) this.sent.set(number, this.length(number));
      let missing = this.numbers().filter((number) => !begun.there.includes(number));
      for (;;) {
        this.open = missing;
        await Promise.all(Array.from({ length: AT_ONCE }, () => this.line()));
        this.tell("joining");
        const joined = await this.join();
        if (!Array.isArray(joined)) return joined;
        missing = joined;
        for (const number of missing) this.sent.delete(number);
      }
    } finally {
      removeEventListener("online", this.wake);
      removeEventListener("offline", this.wake);
      this.abort();
    }
  }

  /** @returns {Promise<Begun | number[]>} the film, or the parts that are missing after all */
  async join() {
    try {
      return await ask(this.begun?.href ?? "", { do: "complete" }, this.end.signal);
    } catch (error) {
      if (error instanceof Refused && error.code === "parts_missing") return error.facts.parts;
      throw error;
    }
  }

  numbers() {
    const { size, part_size } = /** @type {Begun} */ (this.begun);
    return Array.from({ length: Math.ceil(size / part_size) }, (_, place) => place + 1);
  }

  /** @param {number} number */
  length(number) {
    const { size, part_size } = /** @type {Begun} */ (this.begun);
    return Math.min(part_size, size - (number - 1) * part_size);
  }

  /** One of the lines that take parts until none is left. */
  async line() {
    for (let number = this.open.shift(); number !== undefined; number = this.open.shift()) {
      for (let tries = 0; ; tries += 1) {
        await this.ready();
        if (await this.put(number)) break;
        this.sent.delete(number);
        if (this.paused || !navigator.onLine) continue;
        this.slow = true;
        this.tell("slow");
        await pause(tries, this.end.signal);
      }
      this.slow = false;
    }
  }

  /** Wait while sending is paused or there is no network. */
  async ready() {
    while (!this.end.signal.aborted && (this.paused || !navigator.onLine)) {
      this.tell(this.paused ? "paused" : "offline");
      await new Promise((resolve) => { this.sleepers.push(() => resolve(undefined)); });
    }
    if (this.end.signal.aborted) throw new Stopped();
  }

  /** Send one part. @param {number} number @returns {Promise<boolean>} whether it has arrived */
  async put(number) {
    const { part_size } = /** @type {Begun} */ (this.begun);
    const address = await this.signed(number);
    const start = (number - 1) * part_size;
    const piece = this.file.slice(start, start + this.length(number));
    const status = await this.send(address, piece, (bytes) => {
      this.sent.set(number, bytes);
      this.tell("sending");
    });
    if (status >= 200 && status < 300) {
      this.sent.set(number, this.length(number));
      this.tell("sending");
      return true;
    }
    this.addresses.delete(number);
    if (status === 0) await readable(piece);
    return false;
  }

  /** An address that takes this part. @param {number} number @returns {Promise<string>} */
  async signed(number) {
    const known = this.addresses.get(number);
    if (known && known.until > performance.now()) return known.address;
    this.signing = this.signing.then(() => this.sign(number));
    await this.signing;
    return this.addresses.get(number)?.address ?? "";
  }

  /** @param {number} number */
  async sign(number) {
    if ((this.addresses.get(number)?.until ?? 0) > performance.now()) return; // another line has asked for it as well
    const parts = [number, ...this.open.filter((other) => !this.addresses.has(other)).slice(0, SIGNED - 1)];
    const answer = await ask(this.begun?.href ?? "", { do: "sign", parts }, this.end.signal);
    const until = performance.now() + answer.seconds * 500; // half of their life: a part takes its time as well
    for (const [part, address] of Object.entries(answer.addresses)) this.addresses.set(Number(part), { address, until });
  }

  /** @param {string} address @param {Blob} piece @param {(bytes: number) => void} went @returns {Promise<number>} status, 0 without an answer */
  send(address, piece, went) {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest(); // fetch does not tell how much has gone
      let silence = 0;
      const listen = () => {
        clearTimeout(silence);
        silence = window.setTimeout(() => request.abort(), SILENCE * 1000);
      };
      request.open("PUT", address);
      request.upload.addEventListener("progress", (event) => { listen(); went(event.loaded); });
      request.addEventListener("loadend", () => {
        clearTimeout(silence);
        this.requests.delete(request);
        resolve(request.status);
      });
      this.requests.add(request);
      listen();
      request.send(piece);
    });
  }

  pause() {
    this.paused = true;
    this.abort();
    this.tell("paused");
  }

  resume() {
    this.paused = false;
    this.goOn();
    this.tell("sending");
  }

  /** End it; what has arrived stays at the server until the upload is discarded there. */
  stop() {
    this.end.abort();
    this.abort();
    this.goOn();
  }

  abort() {
    for (const request of this.requests) request.abort();
  }

  goOn() {
    if (!navigator.onLine) {
      this.abort();
      this.tell("offline");
    }
    for (const sleeper of this.sleepers.splice(0)) sleeper();
  }

  /** @param {Told["state"]} state */
  tell(state) {
    const size = this.begun?.size ?? this.file.size;
    const sent = Math.min(size, [...this.sent.values()].reduce((sum, bytes) => sum + bytes, 0));
    const now = performance.now() / 1000;
    this.marks.push([now, sent]);
    this.marks = this.marks.filter(([at], place) => now - at < PACE || place === this.marks.length - 1);
    const [at, before] = this.marks[0];
    const pace = now - at > 0.5 && sent > before ? (sent - before) / (now - at) : 0;
    if (state === "sending" && this.paused) state = "paused";
    else if (state === "sending" && !navigator.onLine) state = "offline";
    this.told({ sent, size, pace, state });
  }
}

/** Raises Unreadable for a piece of a file that has changed or gone. @param {Blob} piece */
async function readable(piece) {
  try {
    await piece.slice(0, 1).arrayBuffer();
  } catch {
    throw new Unreadable();
  }
}
