// The three panels of one's own devices. Nothing of them leaves the page: there is no connection to send anything on.

import { chosen, forget, openChosen, remember } from "../forum/chosen.js";
import { byId, element, say } from "../forum/dom.js";
import { Level } from "./level.js";
import { explained, impossible, reasonOf } from "./problem.js";
import { canChooseSpeaker, playTone } from "./tone.js";

/** @typedef {import("./problem.js").Device} Device */
/** @typedef {import("./problem.js").Reason} Reason */
/** @typedef {Device|"speaker"} Kind */

const KINDS = /** @type {Record<Kind, MediaDeviceKind>} */ ({ camera: "videoinput", microphone: "audioinput", speaker: "audiooutput" });
const WISHES = /** @type {Record<Device, MediaTrackConstraints>} */ ({
  camera: { width: { ideal: 1280 }, height: { ideal: 720 } },
  microphone: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
});

export class DevicesView {
  /** @param {Record<string, string>} texts @param {(text: string) => void} announce */
  constructor(texts, announce) {
    this.texts = texts;
    this.announce = announce;
    /** @type {Map<Device, MediaStreamTrack>} */
    this.tracks = new Map();
    /** What came of asking, for the report. @type {Map<Device, Reason|"works">} */
    this.found = new Map();
    /** @type {Level|null} */
    this.level = null;
    /** What is under way: a button that is switched off would lose the focus. @type {Set<string>} */
    this.busy = new Set();
    /** @type {import("../forum/chosen.js").Choice} */
    this.choice = chosen() ?? {};
  }

  begin() {
    for (const device of /** @type {Device[]} */ (["camera", "microphone"])) {
      byId(`${device}-switch`).addEventListener("click", () => void this.toggle(device));
      byId(`${device}-again`).addEventListener("click", () => void this.open(device, true));
      byId(`${device}-list`).addEventListener("change", () => void this.choose(device));
      this.draw(device);
    }
    byId("speaker-list").addEventListener("change", () => void this.choose("speaker"));
    byId("tone").addEventListener("click", () => void this.tone());
    byId("remember").checked = chosen() !== null;
    byId("remember").addEventListener("change", () => this.keep());
    navigator.mediaDevices?.addEventListener?.("devicechange", () => void this.list());
    void this.list();
    window.addEventListener("pagehide", () => this.end());
  }

  /** @param {Device} device */
  async toggle(device) {
    if (!this.tracks.has(device)) return this.open(device, false);
    this.close(device);
    this.draw(device);
  }

  /** @param {Device} device @param {boolean} again asked for by the button of the problem, which then goes away */
  async open(device, again) {
    if (this.busy.has(device)) return;
    this.busy.add(device);
    if (again) byId(`${device}-switch`).focus();
    this.close(device);
    const reason = impossible(device) ?? (await this.ask(device));
    this.busy.delete(device);
    this.found.set(device, reason ?? "works");
    this.draw(device);
    await this.list();
    if (byId("remember").checked) this.keep();
    if (reason) this.explain(device, reason);
  }

  /** @param {Device} device @returns {Promise<Reason|null>} */
  async ask(device) {
    try {
      const stream = await openChosen(device === "camera" ? "video" : "audio", WISHES[device], this.choice[device]);
      this.take(device, stream.getTracks()[0]);
      return null;
    } catch (problem) {
      return reasonOf(problem, device);
    }
  }

  /** @param {Device} device @param {MediaStreamTrack} track */
  take(device, track) {
    this.tracks.set(device, track);
    track.addEventListener("ended", () => this.tracks.get(device) === track && this.lost(device));
    if (device === "camera") {
      const video = /** @type {HTMLVideoElement} */ (byId("camera-picture"));
      video.srcObject = new MediaStream([track]);
      video.play().catch(() => {}); // muted, so that no browser wants a click first
      return;
    }
    this.level = new Level(
      track,
      (level, word) => this.drawLevel(level, word),
      (what) => {
        this.announce(this.texts[`level_${what}`]);
        if (what === "unmeasured") say(byId("level-word"), this.texts.level_unmeasured);
      },
    );
  }

  /** Unplugged, or taken by another program. @param {Device} device */
  lost(device) {
    this.close(device);
    this.found.set(device, "not_readable");
    this.draw(device);
    this.explain(device, "not_readable");
  }

  /** @param {Device} device */
  close(device) {
    this.tracks.get(device)?.stop();
    this.tracks.delete(device);
    byId(`${device}-problem`).hidden = true;
    if (device === "camera") byId("camera-picture").srcObject = null;
    else {
      this.level?.stop();
      this.level = null;
    }
  }

  /** @param {Device} device @param {Reason} reason */
  explain(device, reason) {
    const { what, way } = explained(reason, device, this.texts);
    const box = byId(`${device}-problem`);
    box.dataset.reason = reason;
    say(box.querySelector(".title"), what);
    say(box.querySelector(".way"), way);
    box.hidden = false;
    byId(`${device}-again`).focus();
  }

  /** @param {Device} device */
  draw(device) {
    const on = this.tracks.has(device);
    const button = byId(`${device}-switch`);
    say(button.querySelector("span"), this.texts[`${device}_${on ? "off" : "on"}`]);
    if (device === "camera") byId("camera-none").hidden = on;
    else if (!on) this.drawLevel(0, "level_off");
  }

  /** @param {number} level @param {string} word */
  drawLevel(level, word) {
    const meter = byId("level");
    meter.value = level;
    meter.setAttribute("aria-valuetext", this.texts[word]);
    say(byId("level-word"), this.texts[word]);
  }

  /** What there is to choose from; names are told only after permission. */
  async list() {
    const every = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
    for (const kind of /** @type {Kind[]} */ (Object.keys(KINDS))) {
      const there = every.filter((each) => each.kind === KINDS[kind] && each.deviceId && each.label);
      const able = kind !== "speaker" || canChooseSpeaker();
      byId(`${kind}-choice`).hidden = !able || there.length === 0;
      if (kind === "speaker") byId("speaker-note").hidden = able && there.length > 0;
      this.fill(kind, there);
    }
  }

  /** @param {Kind} kind @param {MediaDeviceInfo[]} there */
  fill(kind, there) {
    const list = /** @type {HTMLSelectElement} */ (byId(`${kind}-list`));
    list.replaceChildren(...there.map(({ deviceId, label }) => element("option", { value: deviceId }, label)));
    const used = kind === "speaker" ? undefined : this.tracks.get(kind)?.getSettings().deviceId;
    const wanted = [used, this.choice[kind], "default"].find((id) => there.some((each) => each.deviceId === id));
    if (wanted) list.value = wanted;
  }

  /** @param {Kind} kind */
  async choose(kind) {
    this.choice[kind] = byId(`${kind}-list`).value;
    this.keep();
    if (kind === "speaker") await this.tone();
    else if (this.tracks.has(kind)) await this.open(kind, false);
  }

  keep() {
    const kept = byId("remember").checked && remember(this.chosenNow());
    if (!byId("remember").checked) forget();
    else if (!kept) {
      byId("remember").checked = false;
      this.announce(this.texts.not_kept);
    }
  }

  /** What is in use counts as chosen, also when nobody touched the list. */
  chosenNow() {
    const now = { ...this.choice };
    for (const kind of /** @type {Kind[]} */ (Object.keys(KINDS))) {
      const { value } = byId(`${kind}-list`);
      if (value && (kind === "speaker" || this.tracks.has(kind))) now[kind] = value;
    }
    return now;
  }

  async tone() {
    if (this.busy.has("tone")) return;
    this.busy.add("tone");
    say(byId("tone-word"), this.texts.tone_plays);
    try {
      await playTone(byId("speaker-list").value || undefined);
      say(byId("tone-word"), this.texts.tone_over);
    } catch {
      say(byId("tone-word"), this.texts.tone_failed);
    }
    this.busy.delete("tone");
  }

  end() {
    this.close("camera");
    this.close("microphone");
  }
}
