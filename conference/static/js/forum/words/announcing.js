// What is said politely about lines that come: one is read out, many are counted. At most one sentence in a few seconds.

const APART = 4000; // ms
const READ = 2; // lines that are read out; more are counted

export class Announcing {
  /** @param {(kind: string, text: string) => void} announce @param {string} kind */
  constructor(announce, kind) {
    this.announce = announce;
    this.kind = kind;
    /** @type {string[]} */
    this.waiting = [];
    this.many = "";
    this.timer = 0;
  }

  /** @param {string} text of this line @param {string} many with {n}, when they are too many to be read out */
  tell(text, many) {
    this.waiting.push(text);
    this.many = many;
    this.timer ||= window.setTimeout(() => this.say(), APART);
  }

  say() {
    this.timer = 0;
    const all = [...new Set(this.waiting)];
    const text = all.length > READ ? this.many.replace("{n}", String(this.waiting.length)) : all.join(" ");
    this.waiting = [];
    this.announce(this.kind, text);
  }
}
