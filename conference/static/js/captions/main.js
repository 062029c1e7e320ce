// The captioner's page: enters the room, hears it, publishes nothing; one writes, the others read along and take over.

import { byId, fill, say } from "../forum/dom.js";
import { Memory } from "../forum/memory.js";
import { RoomProtocol } from "../forum/protocol.js";
import { Room } from "../forum/room.js";
import { Lines } from "../forum/words/lines.js";
import { WordsProtocol } from "../forum/words/protocol.js";
import { Hearing } from "./hearing.js";
import { WritingView } from "./view-writing.js";
import { WrittenView } from "./view-written.js";

const KEPT = 200;

class CaptionsPage {
  /** @param {any} data the data island */
  constructor(data) {
    this.data = data;
    this.texts = data.texts;
    this.room = new Room();
    this.protocol = new RoomProtocol({ live: data.live, session: data.session, lang: document.documentElement.lang });
    this.protocol.choice = "beside"; // the same person may have the room itself open as well
    this.words = new WordsProtocol(this.protocol);
    this.lines = new Lines(KEPT);
    this.hearing = new Hearing(data);
    this.writing = new WritingView(this.room, this.words, this.lines, data);
    this.written = new WrittenView(this.room, this.words, this.lines, data, () => this.writing.field.focus());
    this.writing.back = () => this.written.last();
    /** @type {string|null} */
    this.begun = null;
  }

  async start() {
    const on = (/** @type {string} */ name, /** @type {(detail: any) => void} */ act) =>
      this.protocol.addEventListener(name, (event) => act(/** @type {CustomEvent} */ (event).detail));
    on("entered", (answer) => this.entered(answer));
    on("refused", (problem) => this.out(problem.text || this.texts.refused));
    on("lost", () => say(byId("line-state"), this.texts.lost));
    on("restart", () => say(byId("line-state"), this.texts.restart));
    on("end", (message) => this.out(message.text || this.texts[message.type] || this.texts.refused));
    on("room.people", (told) => this.room.takePeople(told));
    on("room.you", (you) => this.room.takeYou(you));
    on("room.speakers", ({ seats }) => this.room.takeSpeakers(seats));
    on("room.caption", (line) => this.lines.take([line]));
    on("room.captioning", (told) => this.writing.take(told));
    on("room.slots", (told) => this.hearing.slots(told));
    on("room.rejoin", ({ connection, within }) => window.setTimeout(() => this.hearing.rejoin(connection), Math.random() * within * 1000));
    on("room.removed", () => this.out(this.texts.removed));
    on("room.replaced", () => this.out(this.texts.replaced));
    on("closed", () => this.out(this.texts.closed));
    this.room.addEventListener("change", () => this.drawSpeaker());
    window.addEventListener("pagehide", () => void this.hearing.leave());
    window.addEventListener("pageshow", (event) => event.persisted && location.reload());
    this.protocol.window = await new Memory(this.data.session).window();
    this.protocol.open();
  }

  /** @param {any} answer */
  entered(answer) {
    this.protocol.choice = "beside";
    say(byId("line-state"), "");
    this.room.enter(answer);
    this.lines.reset(answer.captions);
    byId("desk").hidden = false;
    this.hearing.enter(answer.you.seat, answer.media.ice_servers);
    if (answer.slots) this.hearing.slots(answer.slots);
    this.writing.again();
    if (!this.begun) this.writing.field.focus({ preventScroll: true });
    this.begun = answer.you.seat;
  }

  drawSpeaker() {
    const names = [...this.room.speakers].map((seat) => this.room.people.get(seat)?.name ?? this.texts.unnamed);
    say(byId("speaks"), names.join(", ") || this.texts.nobody);
  }

  /** @param {string} text */
  out(text) {
    this.protocol.socket.close();
    void this.hearing.leave();
    byId("desk").hidden = true;
    byId("refusal").hidden = false;
    say(byId("refusal").querySelector("p"), fill(text, {}));
  }
}

new CaptionsPage(JSON.parse(byId("captions-data").textContent ?? "{}")).start();
