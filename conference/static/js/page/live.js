/**
 * An ordinary page's side of the one WebSocket (PROTOCOL.md): hello with the topics, then HTML that replaces an element.
 * `<body data-live="board:ID" data-live-conference="SLUG" data-live-last="41">` connects by itself. The room has its own socket.
 * @module
 */

const PAUSES = [1, 2, 4, 8, 15]; // seconds before the next try; the last one repeats

const SILENCE = 20; // seconds after which a page asks whether the server is there
const ANSWER = 10; // seconds that the answer may take

const NEWS = "meetingpoint.news"; // what a page that loads anew is to say once

/** @typedef {{text: string, label: string, close: string, href: string}} News */
/** @typedef {{type: string, id?: number, last?: number, within?: number, data?: {type?: string, target?: string, html?: string, within?: number, news?: News}}} Said */

/**
 * Put `html` where the element with the id `target` stands; the focus goes to the same place in the new one.
 * @param {string} target @param {string} html @returns {boolean} whether the element was there
 */
export function replace(target, html) {
  const old = document.getElementById(target);
  const fresh = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
  if (!old || !fresh) return false;
  const held = old.contains(document.activeElement) ? pathTo(old, document.activeElement) : null;
  old.replaceWith(document.importNode(fresh, true));
  if (held) focusAt(document.getElementById(target), held);
  return true;
}

/** How to find an element again in a newer version of its container: by id, by address, else by position. */
function pathTo(root, element) {
  const all = [...root.querySelectorAll("a, button, input, select, textarea, summary, [tabindex]")];
  return { id: element.id, href: element.getAttribute("href"), place: all.indexOf(element) };
}

function focusAt(root, { id, href, place }) {
  if (!root) return;
  const all = [...root.querySelectorAll("a, button, input, select, textarea, summary, [tabindex]")];
  const again = (id && all.find((one) => one.id === id))
    || (href && all.find((one) => one.getAttribute("href") === href))
    || all[Math.min(Math.max(place, 0), all.length - 1)];
  again?.focus({ preventScroll: true });
}

/** Keeps `/live` open for the topics that the page shows. */
class PageLine {
  /** @param {string} conference the slug @param {string[]} topics @param {number | null} last */
  constructor(conference, topics, last) {
    this.conference = conference;
    this.topics = topics;
    this.last = last;
    this.tries = 0;
    this.ended = false;
    this.timer = 0;
    this.watch = 0;
    /** @type {WebSocket | null} */
    this.socket = null;
  }

  open() {
    window.clearTimeout(this.timer);
    const address = new URL("/live", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    address.searchParams.set("c", this.conference);
    const socket = new WebSocket(address);
    this.socket = socket;
    socket.onopen = () => {
      socket.send(JSON.stringify({ type: "hello", topics: this.topics, last: this.last, lang: document.documentElement.lang }));
      this.#listen(socket);
    };
    socket.onmessage = ({ data }) => {
      this.tries = 0;
      this.#listen(socket);
      const said = parse(data);
      if (said) this.#take(said);
    };
    socket.onclose = () => this.#again();
  }

  /** Ask after a silence; without an answer the connection is dead, whatever the browser thinks of it. @param {WebSocket} socket */
  #listen(socket) {
    window.clearTimeout(this.watch);
    this.watch = window.setTimeout(() => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "ping" }));
      this.watch = window.setTimeout(() => socket.close(), ANSWER * 1000);
    }, SILENCE * 1000);
  }

  /** @param {Said} said */
  #take(said) {
    if (Number.isInteger(said.id)) this.last = said.id ?? this.last;
    if (said.type === "welcome") this.last = said.last ?? this.last;
    if (said.type === "reload") this.#reload(said.within ?? 0);
    else if (said.type === "closed") this.#reload(0);
    else if (said.type === "restart") this.tries = Math.max(this.tries, PAUSES.length - 1);
    else if (said.data?.target) {
      // A page that does not have the element shows the same facts in its own words.
      if (!replace(said.data.target, said.data.html ?? "")) this.#reload(2);
    } else if (said.data?.type === "conference.state") {
      this.#reload(said.data.within ?? 2, said.data.news);
    }
    document.dispatchEvent(new CustomEvent("live", { detail: said }));
  }

  /**
   * Load the page anew at a random moment of the next seconds, so that hundreds do not come at once.
   * @param {number} within
   * @param {News} [news] kept from one page to the next and no longer
   */
  #reload(within, news) {
    if (this.ended) return;
    this.ended = true;
    window.setTimeout(
      () => {
        if (news) keepNews(news);
        location.reload();
      },
      Math.random() * within * 1000,
    );
  }

  #again() {
    window.clearTimeout(this.watch);
    if (this.ended) return;
    const pause = PAUSES[Math.min(this.tries, PAUSES.length - 1)] * (0.5 + Math.random());
    this.tries += 1;
    this.timer = window.setTimeout(() => this.open(), pause * 1000);
  }

  /** A page that comes back from the browser's cache or from sleep asks at once instead of waiting for its turn. */
  wake() {
    if (!this.ended && this.socket?.readyState === WebSocket.CLOSED) this.open();
  }
}

/** @param {unknown} data @returns {Said | null} null for anything that is not a message */
function parse(data) {
  try {
    const said = JSON.parse(String(data));
    return said && typeof said.type === "string" ? said : null;
  } catch {
    return null;
  }
}

/** For the page as it will be after loading anew. @param {News} news */
function keepNews(news) {
  try {
    sessionStorage.setItem(NEWS, JSON.stringify(news));
  } catch {
    // a browser that keeps nothing shows the same in its lists
  }
}

/** Say at the top of the page what is new, once. */
function tellNews() {
  let news;
  try {
    news = /** @type {News | null} */ (JSON.parse(sessionStorage.getItem(NEWS) ?? "null"));
    sessionStorage.removeItem(NEWS);
  } catch {
    return;
  }
  const main = document.querySelector("main");
  if (!news?.href.startsWith("/") || !main || location.pathname === news.href) return;
  const box = document.createElement("div");
  const link = document.createElement("a");
  const close = document.createElement("button");
  box.className = "notice info news";
  box.setAttribute("role", "status");
  link.href = news.href;
  link.textContent = news.label;
  close.type = "button";
  close.className = "button quiet";
  close.textContent = news.close;
  close.addEventListener("click", () => box.remove());
  main.prepend(box);
  const said = document.createElement("p");
  said.append(`${news.text} `, link);
  window.setTimeout(() => box.append(said, close), 100); // what is filled after it stands there is spoken
}

tellNews();

const { live, liveConference, liveLast } = document.body.dataset;
if (live && liveConference) {
  const last = Number.parseInt(liveLast ?? "", 10);
  const line = new PageLine(liveConference, live.split(/\s+/).filter(Boolean), Number.isNaN(last) ? null : last);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) line.wake();
  });
  line.open();
}
