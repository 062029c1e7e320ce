// The page's own line: does `/live` open and answer, and how fast.

const WITHIN = 8000; // ms
const ASKED = 5; // answers to time

/** @typedef {{state: "passed"|"failed", roundTrip: number|null}} LineResult roundTrip: seconds, the middle one */

/** Never rejects. @param {string} path @param {string} lang @returns {Promise<LineResult>} */
export function tryLine(path, lang) {
  const address = new URL(path, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  return new Promise((resolve) => {
    const socket = new WebSocket(address);
    /** @type {number[]} */
    const times = [];
    let asked = 0;
    const done = (/** @type {"passed"|"failed"} */ state) => {
      window.clearTimeout(timer);
      socket.onclose = socket.onmessage = null;
      socket.close();
      times.sort((a, b) => a - b);
      resolve({ state, roundTrip: times.length ? times[Math.floor(times.length / 2)] : null });
    };
    const timer = window.setTimeout(() => done(times.length ? "passed" : "failed"), WITHIN);
    const ask = () => {
      asked = performance.now();
      socket.send(JSON.stringify({ type: "ping" }));
    };
    socket.onopen = () => socket.send(JSON.stringify({ type: "hello", topics: [], last: null, lang }));
    socket.onclose = () => done("failed");
    socket.onmessage = ({ data }) => {
      const { type } = parse(data);
      if (type === "pong") times.push((performance.now() - asked) / 1000);
      if (times.length >= ASKED) done("passed");
      else if (type === "welcome" || type === "pong") ask();
    };
  });
}

/** @param {unknown} data @returns {{type?: string}} */
function parse(data) {
  try {
    return JSON.parse(String(data)) ?? {};
  } catch {
    return {};
  }
}
