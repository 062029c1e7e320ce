// Text as it is typed, in the manner of ITU-T T.140 (RFC 4103): characters, and U+0008 to erase the last one. No DOM.

export const ERASE = "\b";
export const LONGEST = 500; // characters of a line

/** What turns one text into the other: erase back to where they differ, then type on. @param {string} before @param {string} after */
export function edit(before, after) {
  const from = [...before];
  const to = [...after];
  let same = 0;
  while (same < from.length && from[same] === to[same]) same += 1;
  return ERASE.repeat(from.length - same) + to.slice(same).join("");
}

/** The text that can be told: characters, no halves of them, and no other controls than spaces. @param {string} text */
export function plain(text) {
  const whole = [...text].map((character) => (/^[\ud800-\udfff\u0000-\u001f\u007f\u2028\u2029]$/u.test(character) ? " " : character));
  return whole.slice(0, LONGEST).join("");
}
