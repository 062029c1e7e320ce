// Puts the room together: protocol and media below, state in the middle, views on top.

import { NativeMediaSession } from "../media/session.js";
import { SilentSession } from "../media/silent.js";
import { ClosingPanel } from "../results/closing-room.js";
import { byId, say, toTool } from "./dom.js";
import { FindingsPanel } from "../results/room.js";
import { MOST } from "./layouts.js";
import { Look } from "./look.js";
import { Memory } from "./memory.js";
import { Own } from "./own.js";
import { PlenaryPanel } from "./plenary/panel.js";
import { RoomProtocol } from "./protocol.js";
import { Room } from "./room.js";
import { SlidesPanel } from "./slides/panel.js";
import { SharingView } from "./slides/view-sharing.js";
import { Shortcuts } from "./shortcuts.js";
import { TalkPanel } from "./talk/panel.js";
import { Threshold } from "./threshold.js";
import { Troubles } from "./troubles.js";
import { BarView } from "./view-bar.js";
import { ClockView } from "./view-clock.js";
import { EndingView } from "./view-ending.js";
import { FloatView } from "./view-float.js";
import { HandView } from "./view-hand.js";
import { HealthView } from "./view-health.js";
import { LeadView } from "./view-lead.js";
import { LineView } from "./view-line.js";
import { MenuView } from "./view-menu.js";
import { ModerationView } from "./view-moderation.js";
import { MoreView } from "./view-more.js";
import { NotesView } from "./view-notes.js";
import { PeopleView } from "./view-people.js";
import { QueueView } from "./view-queue.js";
import { SharedNotesView } from "./view-shared.js";
import { SpeakingView } from "./view-speaking.js";
import { StageView } from "./view-stage.js";
import { WordsPanel } from "./words/panel.js";

const OTHERS = 4; // slots that no page of the stage counts on: a screen, an interpreter, whoever speaks elsewhere
const WIDE = "(min-width: 62.01rem)";

class RoomPage {
  /** @param {any} data the data island */
  constructor(data) {
    this.data = data;
    this.texts = data.texts;
    this.room = new Room();
    this.protocol = new RoomProtocol({ live: data.live, session: data.session, lang: document.documentElement.lang });
    this.memory = new Memory(data.session);
    this.window = this.memory.window();
    this.notes = new NotesView(this.room, data);
    const announce = (/** @type {string} */ kind, /** @type {string} */ text) => this.notes.announce(kind, text);
    this.threshold = new Threshold(data, (text) => void this.join(text));
    this.looking = new Look((view) => this.protocol.view(view));
    this.stage = new StageView(this.room, data, this.looking, announce);
    this.stage.most = Math.min(MOST, slotsFor().video - OTHERS);
    this.menu = new MenuView(this.stage, data, this.memory, { deaf: (deaf) => this.deaf(deaf), announce, show: (...what) => this.notes.show(...what) });
    this.more = new MoreView(data);
    this.floating = new FloatView(this.stage, data, (text) => this.notes.showProblem(text, null));
    this.line = new LineView(data, () => this.stage.slots.paused, announce, (quality) => this.quality(quality));
    this.health = new HealthView(this.room, this.protocol, data);
    const doing = (/** @type {Promise<any>} */ work) => this.doing(work);
    this.troubles = new Troubles(this.notes, data, doing);
    this.words = new WordsPanel(this.room, this.protocol, { doing, announce });
    this.stage.seen = (seat) => this.words.signing.seen(seat);
    this.hand = new HandView(this.room, this.protocol, data, doing);
    this.queue = new QueueView(this.room, this.protocol, data, doing, announce);
    this.people = new PeopleView(this.room, this.protocol, data, doing, { hand: () => this.hand.toggle(), minutes: () => this.queue.minutes(), signing: this.words.protocol });
    this.clock = new ClockView(this.room, this.protocol, data, doing, (text) => this.notes.news(text));
    this.ending = new EndingView(this.room, this.protocol, data, doing);
    this.moderation = new ModerationView(this.room, this.protocol, data, doing, announce, (text) => this.notes.news(text), (waiting, calls) => this.lead.took(waiting, calls));
    this.shared = new SharedNotesView(this.room, this.protocol, data);
    this.speaking = new SpeakingView(this.room, data, announce);
    this.talk = new TalkPanel(this.room, this.protocol, data, { doing, announce, showSide: (shown) => this.showPeople(shown) });
    this.lead = new LeadView(this.room, this.protocol, data, this.talk, { doing, news: (text) => this.notes.news(text), minutes: () => this.queue.minutes() });
    this.findings = new FindingsPanel(this.protocol, data, this.talk.tabs);
    const tab = (/** @type {string} */ name) => () => this.talk.tabs.go(name);
    const device = (/** @type {"microphone"|"camera"} */ name) => () => byId(`tool-${name}`).hidden || this.bar?.device(name);
    new Shortcuts({ h: () => this.hand.key(), m: device("microphone"), v: device("camera"), p: tab("people"), c: tab("chat"), q: tab("questions"), b: tab("findings"), l: tab("moderation") });
    const say = { doing, announce, news: (/** @type {string} */ text) => this.notes.news(text) };
    this.plenary = data.plenary ? new PlenaryPanel(this.room, this.protocol, data, this.stage, this.talk.tabs, say) : null;
    this.text = false; // without sound and picture
    this.slides = new SlidesPanel(this.room, this.protocol, data, { doing, announce, show: (name, shown) => this.stage.show(name, shown) });
    const show = (/** @type {string} */ name, /** @type {HTMLElement|null} */ shown) => this.stage.show(name, shown);
    this.closing = data.plenary ? new ClosingPanel(this.room, this.protocol, data, { announce, show }) : null;
    this.sharing = new SharingView(this.slides.words);
    this.leaving = false;
    this.begun = false;
    this.restarting = false;
    /** @type {NativeMediaSession|null} */
    this.media = null;
    /** @type {Own|null} */
    this.own = null;
    /** @type {BarView|null} */
    this.bar = null;
  }

  start() {
    this.threshold.begin();
    this.follow();
    window.addEventListener("pagehide", () => {
      const tab = byId("side").hidden ? null : this.talk.tabs.chosen;
      if (this.begun && !this.leaving) this.memory.keep({ devices: [...(this.own?.tracks.keys() ?? [])], text: this.text, tab });
      void this.media?.leave();
    });
    window.addEventListener("pageshow", (event) => event.persisted && location.reload());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.stage.playAll());
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.closeSheet());
    byId("side-close").addEventListener("click", () => this.showPeople(false));
    this.before = this.memory.before();
    const asked = new URLSearchParams(location.search);
    if (asked.has("take")) {
      this.protocol.choice = "take";
      history.replaceState(null, "", `${location.pathname}?join`); // a later reload takes nothing over
    }
    if (asked.has("join") || asked.has("text") || this.before) void this.join(this.before?.text ?? asked.has("text"));
  }

  /** @param {boolean} text without sound and picture */
  async join(text) {
    this.text = text;
    this.threshold.knock();
    this.notes.show("seat", null);
    this.protocol.window = await this.window;
    this.protocol.open();
  }

  follow() {
    const on = (/** @type {string} */ name, /** @type {(detail: any) => void} */ act) =>
      this.protocol.addEventListener(name, (event) => act(/** @type {CustomEvent} */ (event).detail));
    on("entered", (answer) => void this.entered(answer));
    on("elsewhere", () => void this.elsewhere());
    on("refused", (problem) => this.refused(problem));
    on("lost", () => this.lost());
    on("woke", () => this.media?.wake());
    on("restart", () => (this.restarting = true));
    on("end", (message) => this.ended(message));
    on("room.people", (told) => this.room.takePeople(told));
    on("room.floor", (told) => this.room.takeFloor(told));
    on("room.clock", (told) => this.room.takeClock(told));
    on("room.you", (told) => this.you(told));
    on("room.slots", (told) => this.slots(told));
    on("room.layers", (told) => this.media?.want(told.connection, told.source, told.rids));
    on("room.speakers", ({ seats }) => this.room.takeSpeakers(seats));
    on("room.rejoin", ({ connection, within }) => window.setTimeout(() => this.rejoin(connection), Math.random() * within * 1000));
    on("room.moderation", (told) => this.moderation.take(told));
    on("room.notes", (told) => this.shared.take(told));
    on("room.calls", (told) => this.moderation.takeCalls(told));
    on("room.emergency", ({ text }) => { say(byId("emergency-now").querySelector(".text"), text); byId("emergency-now").hidden = !text; });
    on("room.invited", ({ text, label, href }) => this.notes.show("invited", text, { label, act: () => this.go(href) }));
    on("waiting", () => this.waiting(null));
    on("room.waiting", ({ place }) => this.waiting(place));
    on("room.admitted", () => void this.protocol.enter());
    on("room.removed", ({ banned }) => this.putOut(banned ? this.texts.banned : this.begun ? this.texts.removed : this.texts.sent_away));
    on("room.replaced", () => this.replaced());
    on("closed", () => this.go(this.data.back));
  }

  /** @param {any} answer */
  async entered(answer) {
    this.restarting = false;
    this.notes.show("socket", null);
    this.threshold.admitted();
    this.room.enter(answer);
    if (this.own) this.media?.lean(answer.media.ice_servers);
    else this.open(answer.media.ice_servers);
    if (!this.begun) this.begin();
    this.looking.again();
    this.own?.report();
    await this.own?.obey();
    await this.resume();
    if (answer.slots) this.slots(answer.slots);
    for (const { connection, source, rids } of answer.layers) this.media?.want(connection, source, rids);
  }

  async elsewhere() {
    this.notes.show("socket", null);
    const choice = await this.threshold.choose();
    if (!choice) return this.refused({ code: "", text: this.texts.elsewhere });
    this.protocol.choice = choice;
    void this.protocol.enter();
  }

  /** @param {number|null} place */
  waiting(place) {
    this.notes.show("socket", null);
    this.threshold.wait(place);
  }

  /** After a reload: what was on is switched on again, if it may be. */
  async resume() {
    const devices = this.before?.devices ?? [];
    this.before = null;
    for (const device of /** @type {("microphone"|"camera")[]} */ (["microphone", "camera"])) {
      const muted = device === "microphone" && this.room.you?.muted;
      if (devices.includes(device) && this.room.may(device) && !muted) await this.own?.toggle(device);
    }
    const take = { label: this.texts.take_here, act: () => location.assign(`${location.pathname}?join&take`) };
    this.notes.show("seat", this.room.you?.beside ? this.texts.beside : null, take);
  }

  /** @param {RTCIceServer[]} iceServers */
  open(iceServers) {
    const seat = `?seat=${this.room.you?.seat}`;
    const media = this.text ? null : new NativeMediaSession({ whip: this.data.whip + seat, whep: this.data.whep + seat, iceServers, slots: slotsFor() });
    this.media = media;
    media?.addEventListener("track", (event) => this.stage.take(/** @type {CustomEvent} */ (event).detail));
    const own = new Own(this.room, this.protocol, media ?? new SilentSession());
    this.own = own;
    this.plenary?.take(own, !media);
    this.sharing.begin(own);
    own.addEventListener("change", () => this.stage.showOwn(own.tracks.get("camera") ?? null));
    this.troubles.follow(own, media);
    this.bar = new BarView(this.room, own, this.data, {
      hand: () => this.hand.toggle(),
      captions: () => this.toggleCaptions(),
      people: () => this.talk.tabs.toggle("people"),
      leave: () => void this.leave(),
      why: (text) => this.notes.showProblem(text, null),
    });
    this.bar.silent = !media;
    this.deaf(this.menu.step === "nothing");
    if (media) this.line.begin(media);
    const all = { label: this.texts.text_off, act: () => this.withAll() };
    this.notes.show("text", this.text ? this.texts.text_on : null, all);
  }

  /** From text alone to sound and picture: in anew, which is quick and leaves nothing half done. */
  withAll() {
    this.leaving = this.troubles.over = true; // nothing of this state is kept
    this.memory.forget();
    location.assign(`${location.pathname}?join`);
  }

  begin() {
    this.begun = true;
    this.stage.begin();
    if (this.own) this.words.begin(this.own);
    this.bar?.begin();
    this.bar?.press("captions", true);
    this.lead.begin();
    this.plenary?.begin();
    if (this.text) this.talk.tabs.choose("chat");
    const tab = this.before?.tab;
    if (tab && this.talk.tabs.names.includes(tab)) this.talk.tabs.choose(tab);
    this.showPeople(this.before ? Boolean(tab) : window.matchMedia(WIDE).matches || this.text || Boolean(this.room.you?.captions));
    this.notes.announce("entered", this.text ? this.texts.entered_text : this.texts.entered);
    if (this.room.you?.captions) byId("write").querySelector("a").focus();
    else this.bar?.tools()[0].focus({ preventScroll: true });
  }

  /** @param {any} you */
  you(you) {
    this.room.takeYou(you);
    void this.own?.obey();
  }

  /** @param {{connection: string, slots: {mid: string, seat: string|null, source: any, state?: any}[]}} told */
  slots({ connection, slots }) {
    this.media?.assign(connection, slots.map(({ mid, seat, source, state }) => ({ mid, peer: seat, source, state: state ?? "live" })));
  }

  /** Offer again, unless the page has noticed by itself and has a newer connection. @param {string|null} connection */
  rejoin(connection) {
    const links = this.media ? [this.media.receiving, this.media.publishing] : [];
    if (!connection || links.some((link) => link.connection === connection)) void this.media?.rejoin();
  }

  lost() {
    if (this.restarting) return this.notes.show("socket", this.texts.restart); // everybody comes back in turn
    this.notes.show("socket", this.texts.lost, { label: this.texts.retry_now, act: () => this.protocol.socket.now() });
  }

  /** The data saver's last step: neither sound nor picture comes, for there is no connection. @param {boolean} deaf */
  deaf(deaf) {
    if (!this.media) return;
    void (deaf ? this.media.unlisten() : this.media.listen());
    const hear = { label: this.texts.saver_hear, act: () => this.menu.save("sound") };
    this.notes.show("media", deaf ? this.texts.saver_deaf : null, hear);
  }

  /** How one's own line is doing: told to the others, and what would help. @param {"good"|"fair"|"poor"|null} quality */
  quality(quality) {
    this.own?.tellLine(quality);
    const people = [...this.room.people.values()];
    this.menu.suggest(quality, people.some((person) => person.screen || person.signing));
  }

  toggleCaptions() {
    const on = this.words.captions.toggle();
    this.bar?.press("captions", on);
    if (on && this.words.captions.lines.empty) this.notes.announce("captions", this.texts.captions_none);
  }

  /** @param {boolean} shown */
  showPeople(shown) {
    byId("side").hidden = !shown;
    this.talk.tabs.drawn();
    if (!shown && byId("side").contains(document.activeElement)) toTool(this.talk.tabs.tool);
  }

  /** What stands in front of it closes first. */
  closeSheet() {
    if (document.querySelector("dialog:modal, :popover-open")) return;
    if (!window.matchMedia(WIDE).matches && !byId("side").hidden) this.showPeople(false);
  }

  /** Report a refusal of what somebody did. @param {Promise<any>} work */
  doing(work) {
    work.catch((problem) => this.notes.showProblem(problem.text || this.texts.not_done, null));
  }

  /** @param {{code: string, text: string}} problem */
  refused(problem) {
    const text = this.threshold.sentence(problem);
    this.protocol.socket.close();
    this.notes.show("socket", null);
    if (this.begun) this.putOut(text);
    else this.threshold.refuse(text, problem.code !== "banned");
  }

  /** No longer in the room, but still on the page: nothing of the room goes on, and nothing of it stays in front. */
  outside() {
    this.troubles.over = true;
    this.protocol.socket.close();
    this.own?.end();
    void this.media?.leave();
    this.plenary?.end();
    this.slides.end();
    this.closing?.end();
    this.stage.silence();
    this.floating.close();
    this.menu.close();
    for (const dialog of /** @type {NodeListOf<HTMLDialogElement>} */ (document.querySelectorAll("dialog:modal:not(#two)"))) dialog.close();
    this.showPeople(false);
    for (const part of ["bar", "below", "tiles", "rail", "pager", "captions", "nobody"]) byId(part).hidden = true;
    this.notes.clear();
  }

  /** @param {string} text */
  putOut(text) {
    this.leaving = true;
    this.memory.forget();
    this.outside();
    this.threshold.outside(text);
  }

  replaced() {
    this.outside();
    this.notes.show("seat", this.texts.replaced, { label: this.texts.here_again, act: () => location.assign(`${location.pathname}?join&take`) });
    byId("banner").querySelector("button").focus();
  }

  /** @param {{type: string, text?: string}} message */
  ended(message) {
    if (this.leaving) return;
    if (message.type === "replaced") this.replaced();
    else if (message.type === "closed") this.go(this.data.farewell);
    else this.putOut(message.text || this.texts.refused);
  }

  async leave() {
    this.leaving = this.troubles.over = true;
    this.memory.forget();
    this.own?.end();
    await Promise.all([this.protocol.leave(), this.media?.leave()]);
    this.go(this.data.back);
  }

  /** @param {string} address */
  go(address) {
    this.leaving = this.troubles.over = true;
    this.own?.end();
    location.assign(address);
  }
}

/** Sections of the one receiving offer: everybody, a screen and an interpreter; a small screen shows fewer, and decodes less. */
function slotsFor() {
  const small = Math.min(window.screen.width, window.screen.height) < 600 || navigator.hardwareConcurrency < 4;
  return { video: (small ? 8 : 16) + 2, audio: 3 };
}

new RoomPage(JSON.parse(byId("room-data").textContent ?? "{}")).start();
