// The page of findings: js/page/live.js keeps the line and hands on what it hears.

import { Findings } from "./findings.js";

const findings = new Findings(/** @type {HTMLElement} */ (document.getElementById("main")));

document.addEventListener("live", (event) => {
  const said = /** @type {CustomEvent} */ (event).detail;
  if (said.type === "event" && said.kind === "findings.changed") findings.take(said.data);
  else if (said.type === "welcome") void findings.waiting.flush();
});
