// What somebody has added and the server has not acknowledged yet: kept in the tab's own storage, sent one after the other, as often
// as it takes. Each has a name of its own, so that what arrives twice is stored once. No DOM.

/** @typedef {{client: string, text: string, heading: string, named: string, round: string, why?: string, refused?: string}} Item why: it waits although there is a connection */
/** @typedef {{ok: boolean, status: number, answer: any}} Reply */

const PAUSES = [1, 2, 4, 8, 15]; // seconds before the next try; the last one repeats
const FOR_GOOD = new Set([400, 401, 403, 404, 409, 410, 413, 422]); // no later try would be answered in another way

/** Events: `change` (the list), `kept` (detail: the server's answer), `refused` (detail: the item, with the sentence in `refused`). */
export class Waiting extends EventTarget {
  /** @param {string} name of what belongs to this session and person @param {(fields: Record<string, string>) => Promise<Reply>} send rejects when there is no connection */
  constructor(name, send) {
    super();
    this.key = `meetingpoint.findings.${name}`;
    this.send = send;
    /** @type {Item[]} */
    this.items = recall(this.key);
    this.tries = 0;
    this.timer = 0;
    this.busy = false;
    window.addEventListener("online", () => void this.flush());
  }

  /** Those that the server has not refused. */
  get due() {
    return this.items.filter((item) => !item.refused);
  }

  /** @param {Item} item */
  add(item) {
    this.items.push(item);
    this.tries = 0;
    this.changed();
    void this.flush();
  }

  /** @param {string} client */
  discard(client) {
    this.items = this.items.filter((item) => item.client !== client);
    this.changed();
  }

  /** Send what was refused once more: whoever wrote it is signed in again, or there is room now. @param {string} client */
  again(client) {
    for (const item of this.items) if (item.client === client) delete item.refused;
    this.changed();
    void this.flush();
  }

  /** Send what is due, in its order; what fails waits for the next try. */
  async flush() {
    window.clearTimeout(this.timer);
    if (this.busy) return;
    this.busy = true;
    try {
      for (let item = this.due[0]; item; item = this.due[0]) await this.one(item);
      this.tries = 0;
    } catch {
      const pause = PAUSES[Math.min(this.tries, PAUSES.length - 1)];
      this.tries += 1;
      this.timer = window.setTimeout(() => void this.flush(), pause * 1000 * (0.75 + Math.random() / 2));
    } finally {
      this.busy = false;
    }
    this.changed();
  }

  /** @param {Item} item */
  async one(item) {
    const { client, text, heading, named, round } = item;
    delete item.why;
    const { ok, status, answer } = await this.send({ do: "add", client, text, heading, named, round });
    if (ok) {
      this.discard(client);
      this.dispatchEvent(new CustomEvent("kept", { detail: answer }));
    } else if (FOR_GOOD.has(status)) {
      item.refused = answer?.text || String(status);
      this.dispatchEvent(new CustomEvent("refused", { detail: item }));
    } else {
      item.why = answer?.text;
      throw new Error(String(status));
    }
  }

  changed() {
    keep(this.key, this.items);
    this.dispatchEvent(new Event("change"));
  }
}

/** A name that nobody else has. */
export function fresh() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} key @returns {any[]} */
function recall(key) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key) ?? "[]");
    return Array.isArray(kept) ? kept : [];
  } catch {
    return []; // no storage here: what waits is lost with the page
  }
}

/** @param {string} key @param {Item[]} items */
function keep(key, items) {
  try {
    if (items.length) sessionStorage.setItem(key, JSON.stringify(items));
    else sessionStorage.removeItem(key);
  } catch {
    // As above.
  }
}
