// The parts of an element that the stage takes away and brings back: found once, while all of them are in the page.

/** @param {Element} root @returns {(name: string) => any} the part with this id */
export function partsOf(root) {
  const parts = new Map([...root.querySelectorAll("[id]")].map((part) => [part.id, part]));
  return (name) => {
    const part = parts.get(name);
    if (!part) throw new Error(`no part ${name}`);
    return part;
  };
}
