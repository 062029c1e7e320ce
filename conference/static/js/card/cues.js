// Captions as a list: times, order, splitting and joining. Nothing here knows the page.

/** @typedef {{id: number, start: number, end: number, text: string}} Cue times in milliseconds, whole numbers */

export const LONGEST_TEXT = 500;
const SHORTEST = 200; // milliseconds
const USUAL = 2500;

/** 65250 -> 1:05.250 @param {number} ms @param {string} [point] what stands before the fraction */
export function timeText(ms, point = ".") {
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  const seconds = Math.floor(ms / 1000);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const fraction = String(ms % 1000).padStart(3, "0");
  return `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}${point}${fraction}`;
}

/** 1:05,25 -> 65250; also 65.25 (seconds). @param {string} text @returns {number|null} null: cannot be read */
export function readTime(text) {
  const found = /^\s*(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,5})(?:[.,](\d{1,3}))?\s*$/.exec(text);
  if (!found) return null;
  const [hours, minutes, seconds] = [found[1], found[2], found[3]].map((part) => Number(part ?? 0));
  if ((found[2] !== undefined && seconds > 59) || (found[1] !== undefined && minutes > 59)) return null;
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + Number((found[4] ?? "0").padEnd(3, "0"));
}

/** @param {Cue[]} cues */
export function ordered(cues) {
  return [...cues].sort((one, other) => one.start - other.start || one.end - other.end);
}

/** A text as it is kept: no blanks around lines, no empty lines. @param {string} text */
export function cleanText(text) {
  return text.replace(/\r\n?/g, "\n").split("\n").map((line) => line.replace(/[ \t]+/g, " ").trim()).filter(Boolean).join("\n");
}

/** WebVTT of what has a text, in order. @param {Cue[]} cues */
export function webvtt(cues) {
  const time = (/** @type {number} */ ms) => timeText(ms + 36_000_000).replace(/^1/, "0"); // always with hours, two digits
  const blocks = cues.map((cue) => `${time(cue.start)} --> ${time(cue.end)}\n${escaped(cleanText(cue.text))}\n`);
  return ["WEBVTT\n", ...blocks].join("\n");
}

/** A cue's text as players read it. @param {string} text */
export function escaped(text) {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

/**
 * The list with a new caption at a moment. One that is still running there ends: who writes along presses the same key again.
 * @param {Cue[]} cues @param {number} at @param {number} film its length @param {number} id of the new one
 * @returns {Cue[]}
 */
export function added(cues, at, film, id) {
  const start = Math.max(0, Math.min(at, film - SHORTEST));
  const before = cues.map((cue) => (cue.start + SHORTEST <= start && cue.end > start ? { ...cue, end: start } : cue));
  const next = Math.min(...before.filter((cue) => cue.start > start).map((cue) => cue.start), film);
  const end = Math.max(Math.min(start + USUAL, next), start + SHORTEST);
  return ordered([...before, { id, start, end, text: "" }]);
}

/**
 * One caption as two, at a place in its text and, where the film stands inside of it, at that moment.
 * @param {Cue[]} cues @param {number} id @param {number} place @param {number} at @param {number} other id of the second one
 */
export function split(cues, id, place, at, other) {
  return ordered(cues.flatMap((cue) => {
    if (cue.id !== id) return [cue];
    const cut = place > 0 && place < cue.text.length ? place : middle(cue.text);
    const share = cue.text.length ? cut / cue.text.length : 0.5;
    const inside = at > cue.start + SHORTEST && at < cue.end - SHORTEST;
    const moment = inside ? at : Math.round(cue.start + (cue.end - cue.start) * Math.min(Math.max(share, 0.1), 0.9));
    return [
      { ...cue, end: moment, text: cleanText(cue.text.slice(0, cut)) },
      { id: other, start: moment, end: cue.end, text: cleanText(cue.text.slice(cut)) },
    ];
  }));
}

/** The place between two words that is nearest to the middle. @param {string} text */
function middle(text) {
  const half = text.length / 2;
  const places = [...text.matchAll(/\s+/g)].map((found) => found.index);
  return places.length ? places.reduce((best, place) => (Math.abs(place - half) < Math.abs(best - half) ? place : best)) : text.length;
}

/** A caption and the one after it as one. @param {Cue[]} cues @param {number} id */
export function joined(cues, id) {
  const index = cues.findIndex((cue) => cue.id === id);
  const [one, next] = [cues[index], cues[index + 1]];
  if (!one || !next) return cues;
  const both = { ...one, end: Math.max(one.end, next.end), text: cleanText(`${one.text}\n${next.text}`) };
  return [...cues.slice(0, index), both, ...cues.slice(index + 2)];
}

/**
 * What is wrong with a caption: "order", "late" or "long"; null when nothing is.
 * @param {Cue} cue @param {number} film its length in milliseconds
 */
export function faultOf(cue, film) {
  if (cue.end <= cue.start) return "order";
  if (cue.start >= film) return "late";
  return cleanText(cue.text).length > LONGEST_TEXT ? "long" : null;
}
