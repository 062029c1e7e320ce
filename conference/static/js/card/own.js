// @ts-check
/**
 * The owner's page of a card: choosing, dropping or recording a film, its way to the server, and how its preparation stands.
 * Without this module the page's forms do the same, but for going on after an interruption.
 * @module
 */

import { replace } from "../page/live.js";
import { Recorder, canRecord } from "./recorder.js";
import { Refused, Stopped, Unreadable, Upload } from "./upload.js";

const LOOK = 3; // seconds between two looks at a film that is being prepared
const LOOK_LONG = 15;
const ANNOUNCED = 25; // percent
const PROBE_SECONDS = 4;

/** @param {string} id @returns {any} */
function island(id) {
  return JSON.parse(document.getElementById(id)?.textContent ?? "{}");
}

/** @param {string} text @param {Record<string, string | number>} facts */
function filled(text, facts) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(facts[name] ?? whole));
}

/** @param {number} bytes */
function megabytes(bytes) {
  const value = bytes / 1e6;
  return (value < 10 ? value.toFixed(1) : String(Math.ceil(value))).replace(".", document.documentElement.lang === "de" ? "," : ".");
}

/** @param {number} seconds */
function clock(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Length and height of a film as far as this browser can tell. @param {File} file @returns {Promise<{seconds: number, height: number} | null>} */
function looked(file) {
  const video = document.createElement("video");
  const address = URL.createObjectURL(file);
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer);
      const known = video.readyState > 0 && Number.isFinite(video.duration);
      resolve(known ? { seconds: video.duration, height: Math.min(video.videoWidth, video.videoHeight) } : null);
      video.removeAttribute("src");
      URL.revokeObjectURL(address);
    };
    const timer = setTimeout(over, PROBE_SECONDS * 1000);
    video.preload = "metadata";
    video.addEventListener("loadedmetadata", over, { once: true });
    video.addEventListener("error", over, { once: true });
    video.src = address;
  });
}

class OwnPage {
  constructor() {
    this.data = island("own-data");
    this.texts = island("own-texts");
    /** @type {Upload | null} */
    this.upload = null;
    this.looking = false; // at a file that was chosen, of which nothing is sent yet
    /** @type {Recorder | null} */
    this.recorder = null;
    this.step = 0;
    this.state = "";
    this.timer = 0;
  }

  start() {
    this.wire();
    if (this.data.working) this.look(LOOK);
  }

  /** @param {string} selector @returns {any} */
  find(selector) {
    return document.querySelector(selector);
  }

  /** Everything on the page that is drawn anew with the film. */
  wire() {
    for (const part of document.querySelectorAll(".only-script")) /** @type {HTMLElement} */ (part).hidden = false;
    for (const part of document.querySelectorAll(".without-script")) /** @type {HTMLElement} */ (part).hidden = true;
    for (const input of document.querySelectorAll("#film, #film-camera")) {
      input.addEventListener("change", () => this.chosen(/** @type {HTMLInputElement} */ (input).files));
    }
    this.find("[data-bring]")?.addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
    this.wireDrop(this.find("[data-drop]"));
    for (const button of document.querySelectorAll("[data-send]")) {
      button.addEventListener("click", () => this.press(/** @type {HTMLElement} */ (button).dataset.send ?? ""));
    }
    const record = this.find("#record");
    this.recorder = record && canRecord() ? new Recorder(record, this.texts, (file) => this.bring(file, false)) : null;
    if (record && !this.recorder) record.hidden = true;
    this.wirePoster();
  }

  /** @param {HTMLElement | null} zone */
  wireDrop(zone) {
    if (!zone) return;
    const over = (/** @type {boolean} */ on) => zone.classList.toggle("over", on);
    zone.addEventListener("dragover", (event) => { event.preventDefault(); over(true); });
    zone.addEventListener("dragleave", () => over(false));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      over(false);
      this.chosen(event.dataTransfer?.files ?? null);
    });
  }

  /** Moving the slider shows the picture in the preview. */
  wirePoster() {
    const slider = this.find("#poster-at");
    const preview = this.find("#preview");
    slider?.addEventListener("input", () => {
      this.find("[data-moment]").textContent = clock(Number(slider.value));
      preview.pause();
      preview.currentTime = Number(slider.value);
    });
  }

  /** @param {FileList | null} files */
  chosen(files) {
    if (!files || files.length === 0 || this.upload || this.looking) return;
    if (files.length > 1) this.fault(this.texts.one);
    else this.bring(files[0], false);
  }

  /** @param {File} file @param {boolean} replace that an unfinished upload of another file shall go */
  async bring(file, replace) {
    if (this.upload || this.looking) return;
    this.fault("");
    const fault = this.refusal(file) || await this.lookAt(file);
    if (fault) {
      this.fault(fault);
      return;
    }
    const upload = this.upload = new Upload(file, this.data.upload, (told) => this.draw(told));
    this.step = 0;
    try {
      await upload.begin(replace);
      this.sending(file);
      await upload.run();
      this.upload = null;
      await this.there();
    } catch (error) {
      this.upload = null;
      this.ended(error, file);
    }
  }

  /** All of it has arrived, from here or from another window. */
  async there() {
    this.say(this.texts.arrived);
    await this.redraw(true);
  }

  /** What is wrong with a file before a byte of it is sent. @param {File} file */
  refusal(file) {
    const { most_bytes, endings } = this.data;
    const known = endings.includes(file.name.split(".").pop()?.toLowerCase() ?? "");
    if (file.type ? !file.type.startsWith("video/") && !(known && file.type === "application/octet-stream") : !known) return this.texts.type;
    if (file.size === 0) return this.texts.empty;
    if (file.size > most_bytes) return filled(this.texts.large, { size: Math.ceil(file.size / 1e6), limit: Math.floor(most_bytes / 1e6) });
    return "";
  }

  /** What is wrong with its picture; that takes a moment, which the page shows. @param {File} file */
  async lookAt(file) {
    this.showLook(file.name);
    try {
      return await this.refusalOfPicture(file);
    } finally {
      this.showLook("");
    }
  }

  /** @param {string} name of the file that is looked at, "" for none */
  showLook(name) {
    this.looking = Boolean(name);
    const shown = this.find("#looking");
    if (!shown) return;
    shown.hidden = !name;
    shown.querySelector("span").textContent = name;
    if (name) this.say(shown.querySelector("p").textContent.trim());
  }

  /** @param {File} file */
  async refusalOfPicture(file) {
    const found = await looked(file);
    const { most_seconds, least_height } = this.data;
    if (!found) return ""; // not every browser plays what every phone films; the server can tell
    if (found.seconds > most_seconds + 1) return filled(this.texts.long, { length: clock(found.seconds), limit: clock(most_seconds) });
    if (found.height > 0 && found.height < least_height) return filled(this.texts.small, { height: found.height, limit: least_height });
    return "";
  }

  /** @param {unknown} error @param {File} file */
  ended(error, file) {
    this.quiet();
    if (error instanceof Stopped) return;
    if (error instanceof Refused && error.code === "film_under_way") this.askFirst(error.message, file);
    else if (error instanceof Unreadable) this.fault(this.texts.changed);
    else if (error instanceof Refused && error.code === "film_arrived") this.there();
    else if (error instanceof Refused && ["film_gone", "film"].includes(error.code)) this.anew(this.texts.elsewhere);
    else if (error instanceof Refused && error.message) this.anew(error.message);
    else this.fault(this.texts.failed);
  }

  /** The question before an unfinished upload goes. @param {string} text @param {File} file */
  askFirst(text, file) {
    const ask = this.find("#ask");
    this.find("#ask-text").textContent = text;
    ask.hidden = false;
    for (const button of ask.querySelectorAll("[data-answer]")) {
      button.onclick = () => {
        ask.hidden = true;
        if (button.dataset.answer === "yes") this.bring(file, true);
        else this.find("#film").focus();
      };
    }
    ask.querySelector("[data-answer]").focus();
  }

  /** @param {string} text */
  fault(text) {
    const error = this.find("#film-error");
    const input = this.find("#film");
    if (!error || !input) return;
    error.hidden = !text;
    error.querySelector("span").textContent = text;
    error.closest(".field").classList.toggle("wrong", Boolean(text));
    input.toggleAttribute("aria-invalid", Boolean(text));
    if (!text) return;
    input.setAttribute("aria-invalid", "true");
    input.value = "";
    input.focus();
    this.say(text);
  }

  /** Draw the page as it stands at the server, and say why. @param {string} text */
  async anew(text) {
    await this.redraw(false);
    this.fault(text);
  }

  /** @param {File} file */
  sending(file) {
    this.find("#bring").hidden = true;
    const sending = this.find("#sending");
    sending.hidden = false;
    sending.querySelector(".sending-name").textContent = file.name;
    sending.focus();
  }

  quiet() {
    const sending = this.find("#sending");
    if (sending) sending.hidden = true;
    const bring = this.find("#bring");
    if (bring) bring.hidden = false;
  }

  /** @param {import("./upload.js").Told} told */
  draw({ sent, size, pace, state }) {
    const percent = size ? Math.floor((100 * sent) / size) : 0;
    const facts = [filled(this.texts.facts, { sent: megabytes(sent), size: megabytes(size), percent })];
    if (state === "sending" && pace > 0) facts.push(filled(this.texts.pace, { rate: megabytes(pace) }), this.left((size - sent) / pace));
    if (state !== "sending") facts.push(this.texts[state]);
    this.find("#sending progress").value = percent;
    this.find(".sending-facts").textContent = facts.join(" · ");
    this.find("[data-send=pause]").hidden = state === "paused";
    this.find("[data-send=resume]").hidden = state !== "paused";
    const step = Math.floor(percent / ANNOUNCED) * ANNOUNCED;
    if (state !== this.state && state !== "sending") this.say(this.texts[state]);
    else if (step > this.step && step < 100) this.say(filled(this.texts.step, { percent: step }));
    this.step = Math.max(step, this.step);
    this.state = state;
  }

  /** @param {number} seconds */
  left(seconds) {
    if (seconds >= 90) return filled(this.texts.minutes, { n: Math.round(seconds / 60) });
    return seconds >= 20 ? this.texts.minute : this.texts.seconds;
  }

  /** @param {string} text */
  say(text) {
    this.find("#sending-said").textContent = text;
  }

  /** @param {string} what */
  async press(what) {
    const upload = this.upload;
    if (!upload) return;
    if (what === "pause") {
      upload.pause();
      this.find("[data-send=resume]").focus();
    } else if (what === "resume") {
      upload.resume();
      this.say(this.texts.resumed);
      this.find("[data-send=pause]").focus();
    } else {
      upload.stop();
      if (upload.begun) await this.discard(upload.begun.href);
      await this.redraw(true);
    }
  }

  /** @param {string} href */
  async discard(href) {
    try {
      await fetch(href, { method: "POST", body: JSON.stringify({ do: "break_off" }), headers: { "Content-Type": "application/json" } });
    } catch {
      // without a network it stays unfinished, and the page says so when it is loaded again
    }
  }

  /** Take the film's part of the page as the server draws it now. @param {boolean} focus */
  async redraw(focus) {
    const answer = await fetch(this.data.page).catch(() => null);
    if (!answer?.ok) { // the page is drawn as soon as the server can be reached again
      this.data.mark = "";
      this.look(LOOK);
      return;
    }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ["own-steps", "own-change", "own-film", "review"]) {
      const html = fresh.getElementById(id)?.outerHTML;
      if (html) replace(id, html);
    }
    this.data = JSON.parse(fresh.getElementById("own-data")?.textContent ?? "{}");
    this.wire();
    if (focus) document.getElementById("own-film")?.focus();
    if (this.data.working) this.look(LOOK);
  }

  /** Look how the preparation stands until it is over. @param {number} seconds */
  look(seconds) {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.looked(seconds), seconds * 1000);
  }

  /** @param {number} seconds */
  async looked(seconds) {
    const answer = await fetch(this.data.status, { headers: { Accept: "application/json" } }).catch(() => null);
    const status = answer?.ok ? await answer.json() : null;
    const held = this.recorder?.holds ?? false; // what is being recorded must not go with a page that is drawn anew
    if (status && status.mark !== this.data.mark && !this.upload && !held) {
      await this.redraw(false);
      this.say(status.text || this.find("#own-film .ready strong")?.textContent || "");
      return;
    }
    if (status) this.drawWork(status);
    if (!status || status.working || held) this.look(document.hidden ? LOOK_LONG : Math.min(seconds + 0.5, LOOK_LONG / 2));
  }

  /** @param {{text: string, percent: number}} status */
  drawWork({ text, percent }) {
    const bar = this.find(".working progress");
    const line = this.find("[data-working]");
    if (bar) bar.value = percent;
    if (line && line.textContent !== text) {
      line.textContent = text;
      this.say(text);
    }
  }
}

new OwnPage().start();
