// What a tab remembers of a room through a reload: its own name, which devices were on a moment ago, and what was in sight.

const WITHIN = 60_000; // ms: later it is a new visit
const NAME = "room window";
const CHOICES = "room choices";
const RELEASED = 1000; // ms in which a page that is being loaded anew has let go of the name

/** @typedef {{devices: string[], text: boolean, tab: string|null}} Kept devices: that were on; text: without sound and picture; tab: in the panel, if it was open */

export class Memory {
  /** @param {string} session */
  constructor(session) {
    this.key = `room ${session}`;
  }

  /**
   * The name of this tab, held as long as the page is open. A duplicated tab brings along the name of the one that it was
   * made from, which still holds it, and gets one of its own. @returns {Promise<string>}
   */
  async window() {
    const known = sessionStorage.getItem(NAME);
    if (known && (await held(known))) return known;
    const name = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    sessionStorage.setItem(NAME, name);
    await held(name);
    return name;
  }

  /** @param {Kept} kept */
  keep(kept) {
    sessionStorage.setItem(this.key, JSON.stringify({ ...kept, at: Date.now() }));
  }

  /** What one has chosen for the eye, for this tab and as long as it is open. @returns {Record<string, string>} */
  choices() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(CHOICES) ?? "{}");
      return kept && typeof kept === "object" ? kept : {};
    } catch {
      return {}; // not by us
    }
  }

  /** @param {string} name @param {string} value */
  choose(name, value) {
    sessionStorage.setItem(CHOICES, JSON.stringify({ ...this.choices(), [name]: value }));
  }

  forget() {
    sessionStorage.removeItem(this.key);
  }

  /** How it was when this tab was loaded anew; null when it was not in the room. @returns {Kept|null} */
  before() {
    const [loaded] = performance.getEntriesByType("navigation");
    if (/** @type {any} */ (loaded)?.type !== "reload") return null;
    try {
      const { at, ...kept } = JSON.parse(sessionStorage.getItem(this.key) ?? "");
      return Date.now() - at < WITHIN ? kept : null;
    } catch {
      return null; // nothing kept, or not by us
    }
  }
}

/** Hold this name until the page is gone. @param {string} name @returns {Promise<boolean>} whether no other page does */
function held(name) {
  if (!navigator.locks) return Promise.resolve(true); // without TLS, where there are neither cameras
  const all = new Promise(() => undefined);
  return new Promise((resolve) => {
    const take = () => (resolve(true), all);
    navigator.locks.request(`${NAME} ${name}`, { signal: AbortSignal.timeout(RELEASED) }, take).catch(() => resolve(false));
  });
}
