// The question that the moderation has put on everybody's stage.

import { byId, say } from "../dom.js";

export class ProjectedView {
  /** @param {import("./talk.js").Talk} talk @param {import("../dom.js").Words} words */
  constructor(talk, words) {
    this.talk = talk;
    this.words = words;
    this.band = byId("projected");
  }

  draw() {
    const question = this.talk.projected();
    this.band.hidden = !question;
    say(byId("projected-text"), question?.text ?? "");
    const name = question?.unnamed ? this.words.texts.unnamed_question : question?.name ?? "";
    say(byId("projected-name"), name);
    byId("projected-name").hidden = !name;
  }
}
