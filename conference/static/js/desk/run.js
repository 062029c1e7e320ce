// @ts-check
/**
 * The console between two pushes of its lists: numbers as they are told, the conference's clock, and the part of a page that
 * shows people, fetched anew when its room has changed. Without it everything works, and is as old as the page.
 * @module
 */

const SOON = 3000; // ms until the people of a room are fetched anew; they come in crowds

/** @typedef {Record<string, Record<string, number>>} Rooms session -> key -> number */

/** Put numbers where they stand. @param {ParentNode} board @param {Rooms} rooms */
export function count(board, rooms) {
  for (const [session, numbers] of Object.entries(rooms)) {
    const line = board.querySelector(`.run-room[data-session="${CSS.escape(session)}"]`);
    for (const [key, number] of line ? Object.entries(numbers) : []) {
      const link = /** @type {HTMLElement | null} */ (line?.querySelector(`[data-number="${CSS.escape(key)}"]`));
      const shown = link?.querySelector(".count");
      if (!link || !shown) continue;
      shown.textContent = String(number);
      link.classList.toggle("some", number > 0);
      if (link.dataset.tone) link.classList.toggle(link.dataset.tone, number > 0);
    }
  }
}

const base = { server: 0, here: 0 };

function read() {
  const stated = Date.parse(document.querySelector(/** @type {"time"} */ ("[data-now]"))?.dataset.now ?? "");
  const pushed = Date.parse(document.getElementById("run-board")?.dataset.now ?? "");
  const server = Math.max(stated || 0, pushed || 0);
  if (server > base.server) Object.assign(base, { server, here: performance.now() });
}

function tick() {
  if (!base.server) return;
  const now = base.server + performance.now() - base.here;
  const clock = /** @type {HTMLElement | null} */ (document.querySelector(".run-clock"));
  const offset = /([+-])(\d\d):(\d\d)$/.exec(clock?.dataset.now ?? "");
  const time = clock?.querySelector("time");
  if (time && offset) {
    const shift = (Number(offset[2]) * 60 + Number(offset[3])) * (offset[1] === "-" ? -60000 : 60000);
    time.textContent = new Date(now + shift).toISOString().slice(11, 16);
  }
  for (const each of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".run-left"))) {
    const minutes = Math.ceil((Date.parse(each.dataset.ends ?? "") - now) / 60000); // up to one full minute counts as one
    each.textContent = ((minutes > 0 ? each.dataset.left : each.dataset.over) ?? "").replace("{n}", String(Math.abs(minutes)));
  }
}

let due = 0;

/** Fetch the list of people anew, unless somebody is choosing in it. */
function refresh() {
  due ||= window.setTimeout(async () => {
    due = 0;
    const part = document.getElementById("run-part");
    if (!part || part.querySelector("input:checked") || part.contains(document.activeElement)) return;
    const answer = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => null);
    if (!answer?.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("run-part");
    if (fresh && !part.querySelector("input:checked") && !part.contains(document.activeElement)) part.replaceWith(document.importNode(fresh, true));
  }, SOON);
}

const open = new Set();
for (const more of document.querySelectorAll("details.run-more")) watch(/** @type {HTMLDetailsElement} */ (more));

/** What somebody has opened stays open when the lists are drawn anew. @param {HTMLDetailsElement} more */
function watch(more) {
  if (open.has(more.id)) more.open = true;
  more.addEventListener("toggle", () => (more.open ? open.add(more.id) : open.delete(more.id)));
}

document.addEventListener("live", (event) => {
  const { data } = /** @type {CustomEvent} */ (event).detail;
  if (data?.rooms) {
    count(document, data.rooms);
    const part = document.getElementById("run-part");
    if (part && (!part.dataset.session || data.rooms[part.dataset.session])) refresh();
  }
  if (data?.target === "run-board") {
    for (const more of document.querySelectorAll("details.run-more")) watch(/** @type {HTMLDetailsElement} */ (more));
    read();
    tick();
  }
});

read();
tick();
setInterval(tick, 1000);
