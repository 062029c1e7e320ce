// Picture in picture: who speaks, and the interpreter, in a small window over other programs.

import { byId, element, icon, say } from "./dom.js";
import { isScreen } from "./layouts.js";
import { showTrack } from "./view-tile.js";

/** @typedef {import("./dom.js").Words} Words */
/** @typedef {import("./view-stage.js").StageView} StageView */
/** @typedef {{seat: string, source: "camera"|"screen", name: string, track: MediaStreamTrack|null}} Picture */

const SIZE = { width: 420, height: 300 }; // CSS pixels of the window at first
const TOP = 360; // px of height asked for where the browser does not say how large its window is

export class FloatView {
  /** @param {StageView} stage @param {Words} words @param {(text: string) => void} problem */
  constructor(stage, words, problem) {
    this.stage = stage;
    this.words = words;
    this.problem = problem;
    this.button = byId("float");
    this.video = byId("float-video");
    /** @type {any} */
    this.windows = /** @type {any} */ (window).documentPictureInPicture;
    /** @type {Window|null} */
    this.window = null;
    const plain = document.pictureInPictureEnabled && "requestPictureInPicture" in this.video;
    this.button.hidden = !this.windows && !plain;
    this.button.addEventListener("click", () => void this.toggle());
    this.video.addEventListener("leavepictureinpicture", () => this.closed());
    stage.addEventListener("drawn", () => this.draw());
  }

  get open() {
    return Boolean(this.window || document.pictureInPictureElement);
  }

  async toggle() {
    byId("more").hidePopover();
    if (this.open) return this.close();
    try {
      if (this.windows) this.begin(await this.windows.requestWindow(SIZE));
      else await this.beginPlain();
    } catch (problem) {
      // The browser or its owner does not want it, or there is no picture yet.
      console.warn("no picture in picture", problem);
      this.close();
      this.problem(this.words.texts.float_failed);
    }
  }

  /** @param {Window} opened */
  begin(opened) {
    this.window = opened;
    const { document: its } = opened;
    its.documentElement.lang = document.documentElement.lang;
    its.title = this.words.texts.float_title;
    // The rules themselves: its own address is about:blank, so that the sheets would have to be loaded once more. Without the
    // typeface, whose address is told from the sheet.
    its.adoptedStyleSheets = [...document.styleSheets].map((sheet) => {
      const copy = new (/** @type {any} */ (opened).CSSStyleSheet)();
      copy.replaceSync([...sheet.cssRules].filter((rule) => !(rule instanceof CSSFontFaceRule)).map((rule) => rule.cssText).join("\n"));
      return copy;
    });
    its.body.className = "kind-room on-stage floating";
    opened.addEventListener("pagehide", () => this.closed());
    opened.addEventListener("resize", () => this.draw());
    this.draw();
    this.mark(true);
  }

  async beginPlain() {
    const [picture] = this.pictures().reverse(); // one only: hands before voices
    if (!picture?.track) throw new Error("no picture");
    showTrack(this.video, picture.track);
    await this.video.play();
    await this.video.requestPictureInPicture();
    this.draw();
    this.mark(true);
  }

  close() {
    this.window?.close();
    if (document.pictureInPictureElement) void document.exitPictureInPicture();
    this.closed();
  }

  closed() {
    this.window = null;
    showTrack(this.video, null);
    this.stage.looking.float([]);
    this.mark(false);
  }

  /** @param {boolean} on */
  mark(on) {
    const { texts } = this.words;
    this.button.replaceChildren(icon(this.words, "picture-in-picture-2"), on ? texts.float_off : texts.float_on);
  }

  /** Whoever is large, then who signs. @returns {Picture[]} */
  pictures() {
    const { room, tracks, arrangement } = this.stage;
    const signers = [...room.people.values()].filter((person) => person.signing).map(({ seat }) => `person/${seat}`);
    const speaker = arrangement.main[0] ?? this.stage.active() ?? this.stage.order[0];
    const keys = [...new Set([speaker, ...signers])].filter((key) => key && !key.startsWith("show/"));
    return keys.map((key) => {
      const [, seat] = key.split("/");
      const source = /** @type {"camera"|"screen"} */ (isScreen(key) ? "screen" : "camera");
      return { seat, source, name: room.people.get(seat)?.name ?? this.words.texts.unnamed, track: tracks.get(`${source}/${seat}`) ?? null };
    }).filter(({ seat, source }) => source === "screen" || room.people.has(seat));
  }

  draw() {
    if (!this.open) return;
    const pictures = this.pictures();
    if (this.window) this.drawWindow(this.window, pictures);
    else this.drawPlain(pictures.reverse()[0]);
  }

  /** @param {Window} opened @param {Picture[]} pictures */
  drawWindow(opened, pictures) {
    const { body } = opened.document;
    while (body.children.length > pictures.length) body.lastElementChild?.remove();
    while (body.children.length < pictures.length) body.append(this.makeFigure());
    pictures.forEach(({ name, track }, index) => {
      const figure = body.children[index];
      const video = /** @type {HTMLVideoElement} */ (figure.querySelector("video"));
      showTrack(video, track);
      say(/** @type {Element} */ (figure.querySelector("figcaption")), name);
    });
    const width = Math.round(opened.innerWidth * opened.devicePixelRatio);
    const height = Math.round((opened.innerHeight * opened.devicePixelRatio) / Math.max(1, pictures.length));
    this.stage.looking.float(pictures.map(({ seat, source }) => ({ seat, source, width, height })));
  }

  makeFigure() {
    const video = /** @type {HTMLVideoElement} */ (element("video", { playsinline: "", autoplay: "" }));
    video.muted = true;
    return element("figure", {}, video, element("figcaption"));
  }

  /** @param {Picture|undefined} picture */
  drawPlain(picture) {
    if (!picture?.track) return;
    showTrack(this.video, picture.track);
    void this.video.play().catch(() => undefined); // replaced meanwhile
    this.stage.looking.float([{ seat: picture.seat, source: picture.source, width: Math.round((TOP * 16) / 9), height: TOP }]);
  }
}
