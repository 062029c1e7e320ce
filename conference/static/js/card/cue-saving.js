// Keeps what is written safe: a draft in this browser with each change, the server when asked, and never over somebody else's.

import { webvtt } from "./cues.js";

/** @typedef {import("./cues.js").Cue} Cue */
/** @typedef {{result: "saved"} | {result: "wrong", text: string, faults: {cue: number, text: string}[]} | {result: "changed", text: string, etag: string} | {result: "failed", text: string}} Answer */

const WAIT = 20_000; // milliseconds

export class Saving {
  /** @param {any} data the data island */
  constructor(data) {
    this.data = data;
    this.etag = data.etag;
    this.key = `captions ${data.film} ${data.language}`;
  }

  /** What this browser kept of an earlier visit. @returns {{etag: string, at: number, cues: Cue[]} | null} */
  draft() {
    try {
      return JSON.parse(localStorage.getItem(this.key) ?? "null");
    } catch {
      return null; // no storage here, or somebody else's words in it
    }
  }

  /** @param {Cue[]} cues */
  keep(cues) {
    try {
      localStorage.setItem(this.key, JSON.stringify({ etag: this.etag, at: Date.now(), cues }));
    } catch {
      // Full or forbidden: the page asks before it is left.
    }
  }

  forget() {
    try {
      localStorage.removeItem(this.key);
    } catch {
      // There is no storage, so nothing is in it.
    }
  }

  /** Captions without a text stay with the page. @param {Cue[]} cues with a text, in order @returns {Promise<Answer>} */
  async save(cues) {
    const form = new FormData();
    for (const [name, value] of Object.entries({ do: "save", film: this.data.film, language: this.data.language, etag: this.etag })) form.set(name, value);
    form.set("captions", webvtt(cues));
    try {
      const answer = await fetch(this.data.action, { method: "POST", body: form, headers: { Accept: "application/json" }, signal: AbortSignal.timeout(WAIT) });
      return await this.understood(answer);
    } catch {
      return { result: "failed", text: "" };
    }
  }

  /** @param {Response} answer @returns {Promise<Answer>} */
  async understood(answer) {
    const told = await answer.json().catch(() => ({}));
    if (answer.ok && told.etag) {
      this.etag = told.etag;
      return { result: "saved" };
    }
    if (answer.status === 422 && told.faults) return { result: "wrong", text: told.text, faults: told.faults };
    if (answer.status === 409 && told.code === "captions_changed") return { result: "changed", text: told.text, etag: told.etag };
    return { result: "failed", text: told.text ?? "" };
  }
}
