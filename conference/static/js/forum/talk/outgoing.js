// What was written and is not yet acknowledged: kept while the line is lost, and sent again under the same name. No DOM.

const LOST = new Set(["lost", "no_answer", "too_slow", "internal", "database"]);

const LATER = 3000; // ms until the next try while the line stands

/** A name of the page's own for what it sends, so that the server finds a second try to be the first. */
export function name() {
  const random = crypto.getRandomValues(new Uint32Array(4));
  return [...random].map((part) => part.toString(36)).join("");
}

export class Outgoing {
  constructor() {
    /** @type {Map<string, () => void>} */
    this.waiting = new Map();
  }

  /**
   * Ask until there is an answer. @param {(client: string) => Promise<any>} ask @param {string} [client]
   * @returns {Promise<any>} the answer; rejects with the server's refusal
   */
  send(ask, client = name()) {
    return new Promise((resolve, reject) => {
      const attempt = () => {
        ask(client).then(
          (answer) => {
            this.waiting.delete(client);
            resolve(answer);
          },
          (problem) => {
            if (LOST.has(problem?.code)) {
              if (problem.code !== "lost") window.setTimeout(() => this.waiting.has(client) && attempt(), LATER);
              return; // a lost line says when it is back
            }
            this.waiting.delete(client);
            reject(problem);
          },
        );
      };
      this.waiting.set(client, attempt);
      attempt();
    });
  }

  /** The line is back: try again what has no answer. */
  again() {
    for (const attempt of [...this.waiting.values()]) attempt();
  }
}
