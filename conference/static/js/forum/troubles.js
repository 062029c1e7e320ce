// What is said when a device or the way of sound and picture fails: in plain words, and with a way out.

/** @typedef {import("./devices.js").DeviceProblem} DeviceProblem */
/** @typedef {import("./dom.js").Words} Words */
/** @typedef {import("./own.js").Own} Own */
/** @typedef {import("../media/session.js").MediaSession} MediaSession */

const SHORT = { microphone: "mic", camera: "camera", screen: "screen" };

export class Troubles {
  /**
   * @param {import("./view-notes.js").NotesView} notes @param {Words & {check: string}} words check: address of the connection test
   * @param {(work: Promise<any>) => void} doing reports a refusal
   */
  constructor(notes, words, doing) {
    this.notes = notes;
    this.words = words;
    this.doing = doing;
    this.over = false; // no longer in the room: whatever ends now ends as it should
  }

  /** @param {Own} own @param {MediaSession|null} media */
  follow(own, media) {
    own.addEventListener("problem", (event) => this.device(own, /** @type {CustomEvent} */ (event).detail));
    own.addEventListener("refused", (event) => this.doing(Promise.reject(/** @type {CustomEvent} */ (event).detail)));
    own.addEventListener("note", (event) => this.notes.showProblem(this.words.texts[/** @type {CustomEvent} */ (event).detail], null));
    media?.addEventListener("state", (event) => this.media(/** @type {CustomEvent} */ (event).detail));
  }

  /** @param {Own} own @param {DeviceProblem} problem */
  device(own, problem) {
    const { texts } = this.words;
    if (problem.reason === "cancelled") return;
    const text = problem.reason === "insecure" ? texts.insecure : texts[`${SHORT[problem.device]}_${problem.reason}`];
    this.notes.showProblem(text ?? texts.device_other, () => void own.toggle(problem.device));
  }

  /** @param {{direction: string, state: string, status: number}} told */
  media({ direction, state, status }) {
    if (this.over) return;
    const { texts, check } = this.words;
    const blocked = state === "failed" && status === 201; // answered, and yet nothing came
    if (direction === "publish") {
      this.notes.show("sending", blocked ? texts.sending_blocked : state === "failed" ? texts.sending_failed : null);
    } else {
      const failed = blocked ? texts.media_blocked : texts.media_failed;
      const test = { label: texts.test_line, act: () => window.open(check, "_blank", "noopener") };
      this.notes.show("media", state === "failed" ? failed : state === "reconnecting" ? texts.media_lost : null, blocked ? test : undefined);
    }
  }
}
