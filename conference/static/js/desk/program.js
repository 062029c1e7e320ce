// @ts-check
/**
 * Dragging a row of the day to another place. It posts the same form as the arrows, so nothing needs this module.
 * @module
 */

const FAR = 6; // pixels: less is a press, not a drag

/** The row before which something dropped at `y` belongs; null: behind the last.
 * @param {HTMLElement[]} rows @param {number} y */
export function rowAt(rows, y) {
  return rows.find((row) => { const box = row.getBoundingClientRect(); return y < box.top + box.height / 2; }) ?? null;
}

/** @param {HTMLElement} list @param {string} session @param {string} before */
function send(list, session, before) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = list.dataset.order ?? "";
  for (const [name, value] of Object.entries({ session, before, edition: list.dataset.edition ?? "" })) {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    input.value = value;
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}

/** @param {HTMLElement} list */
function draggable(list) {
  const rows = /** @type {HTMLElement[]} */ ([...list.children]);
  for (const row of rows) {
    const grip = /** @type {HTMLElement | null} */ (row.querySelector(".when"));
    if (grip && rows.length > 1) follow(list, rows, row, grip);
  }
}

/** @param {HTMLElement} list @param {HTMLElement[]} rows @param {HTMLElement} row @param {HTMLElement} grip */
function follow(list, rows, row, grip) {
  /** @type {number | null} */
  let from = null;
  const others = rows.filter((each) => each !== row);
  const clear = () => {
    row.classList.remove("dragged");
    list.classList.remove("at-end");
    for (const each of rows) each.classList.remove("before");
  };
  grip.classList.add("can-drag");
  grip.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    from = event.clientY;
    grip.setPointerCapture(event.pointerId);
  });
  grip.addEventListener("pointermove", (event) => {
    if (from === null || (!row.classList.contains("dragged") && Math.abs(event.clientY - from) < FAR)) return;
    clear();
    row.classList.add("dragged");
    const before = rowAt(others, event.clientY);
    if (before) before.classList.add("before");
    else list.classList.add("at-end");
  });
  grip.addEventListener("pointerup", (event) => {
    const dragged = row.classList.contains("dragged");
    const before = rowAt(others, event.clientY);
    from = null;
    clear();
    if (dragged && before !== row.nextElementSibling) send(list, row.dataset.first ?? "", before?.dataset.first ?? "");
  });
  grip.addEventListener("pointercancel", () => { from = null; clear(); });
}

for (const list of document.querySelectorAll(".plan")) draggable(/** @type {HTMLElement} */ (list));
