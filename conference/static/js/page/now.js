/**
 * Moves the now line down the program between two pushes. The server says what time it is (`data-now`), so that a wrong
 * clock on the reader's device changes nothing; without this module the line stays where the page was made.
 * @module
 */

/** @type {{server: number, here: number} | null} */
let base = null;

function read() {
  const stated = Date.parse(document.getElementById("timeline")?.dataset.now ?? "");
  base = Number.isNaN(stated) ? null : { server: stated, here: performance.now() };
}

function move() {
  const timeline = document.getElementById("timeline");
  if (!base || !timeline) return;
  const now = base.server + performance.now() - base.here;
  const offset = /([+-]\d\d):(\d\d)$/.exec(timeline.dataset.now ?? "");
  for (const line of timeline.querySelectorAll(".now-line")) {
    const time = line.querySelector("time");
    if (time && offset) time.textContent = clock(now, offset);
    const slot = line.closest(".slot");
    if (!(slot instanceof HTMLElement) || !(line instanceof HTMLElement)) continue;
    const starts = Date.parse(slot.dataset.starts ?? "");
    const ends = Date.parse(slot.dataset.ends ?? "");
    const share = Math.min(1, Math.max(0, (now - starts) / (ends - starts)));
    line.style.setProperty("--at", share.toFixed(3));
  }
}

/**
 * The time of day in the zone of the conference, as the server wrote it.
 * @param {number} now @param {string[]} offset the match of the zone's hours and minutes
 */
function clock(now, [, hours, minutes]) {
  const shift = (Number(hours) * 60 + Math.sign(Number(hours) || 1) * Number(minutes)) * 60000;
  return new Date(now + shift).toISOString().slice(11, 16);
}

read();
move();
setInterval(move, 10000);
document.addEventListener("live", () => {
  const pushed = document.getElementById("timeline")?.dataset.now;
  if (pushed && base && Date.parse(pushed) !== base.server) read();
  move();
});
