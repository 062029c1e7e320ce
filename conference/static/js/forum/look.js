// What this page really looks at: how large each picture is, and which are out of sight. The node sends no more than that.

/** @typedef {{seat: string, source: "camera"|"screen", width: number, height: number}} Tile device pixels; 0 x 0: out of sight */
/** @typedef {{tiles: Tile[], pinned: string[]}} View */

const APART = 250; // ms between two reports
const SETTLE = 80; // ms in which a change of the layout comes to rest
const MOST = 64;

export class Look {
  /** @param {(view: View) => boolean} tell false: there is no line now; it is told `again` later */
  constructor(tell) {
    this.tell = tell;
    /** @type {{element: HTMLElement|null, seat: string, source: "camera"|"screen"}[]} */
    this.shown = [];
    /** @type {Tile[]} what is looked at in a window of its own, also while the page is hidden */
    this.floating = [];
    /** @type {(tile: Tile) => Tile} what is asked for of a tile in sight */
    this.spare = (tile) => tile;
    /** @type {string[]} */
    this.pinned = [];
    /** @type {Set<HTMLElement>} */
    this.watched = new Set();
    /** @type {Map<Element, {width: number, height: number}>} CSS pixels */
    this.sizes = new Map();
    /** @type {Set<Element>} */
    this.inSight = new Set();
    this.told = "";
    this.toldAt = 0;
    this.timer = 0;
    this.resizing = new ResizeObserver((entries) => this.resized(entries));
    this.crossing = new IntersectionObserver((entries) => this.crossed(entries));
    document.addEventListener("visibilitychange", () => this.now());
  }

  /** @param {{element: HTMLElement|null, seat: string, source: "camera"|"screen"}[]} shown in the order of importance; null: on another page @param {string[]} pinned */
  take(shown, pinned) {
    this.shown = shown;
    this.pinned = pinned;
    const elements = new Set(shown.flatMap(({ element }) => (element ? [element] : [])));
    for (const element of this.watched) if (!elements.has(element)) this.forget(element);
    for (const element of elements) {
      if (this.watched.has(element)) continue;
      this.watched.add(element);
      this.resizing.observe(element);
      this.crossing.observe(element);
    }
    this.later();
  }

  /** @param {Tile[]} tiles device pixels */
  float(tiles) {
    this.floating = tiles;
    this.later();
  }

  /** The server has forgotten what it was told. */
  again() {
    this.told = "";
    this.now();
  }

  /** @param {HTMLElement} element */
  forget(element) {
    this.resizing.unobserve(element);
    this.crossing.unobserve(element);
    this.watched.delete(element);
    this.sizes.delete(element);
    this.inSight.delete(element);
  }

  /** @param {ResizeObserverEntry[]} entries */
  resized(entries) {
    for (const { target, contentRect } of entries) this.sizes.set(target, contentRect);
    this.later();
  }

  /** @param {IntersectionObserverEntry[]} entries */
  crossed(entries) {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.inSight.add(target);
      else this.inSight.delete(target);
    }
    this.later();
  }

  /** @returns {View} */
  view() {
    const hidden = document.visibilityState === "hidden"; // sound goes on
    const tiles = this.shown.map(({ element, seat, source }) => {
      const size = !hidden && element && this.inSight.has(element) ? this.sizes.get(element) : undefined;
      const pixels = (/** @type {number} */ length) => Math.round(length * window.devicePixelRatio);
      const floats = this.floating.find((each) => each.seat === seat && each.source === source);
      const width = Math.max(pixels(size?.width ?? 0), floats?.width ?? 0);
      const height = Math.max(pixels(size?.height ?? 0), floats?.height ?? 0);
      return width && height ? this.spare({ seat, source, width, height }) : { seat, source, width: 0, height: 0 };
    });
    const first = (/** @type {Tile} */ tile) => Number(tile.width * tile.height === 0);
    return { tiles: tiles.sort((a, b) => first(a) - first(b)).slice(0, MOST), pinned: this.pinned };
  }

  later() {
    const due = Math.max(SETTLE, this.toldAt + APART - performance.now());
    this.timer ||= window.setTimeout(() => this.now(), due);
  }

  now() {
    window.clearTimeout(this.timer);
    this.timer = 0;
    if (performance.now() < this.toldAt + APART) return this.later();
    const view = this.view();
    const text = JSON.stringify(view);
    if (text === this.told) return;
    if (this.tell(view)) {
      this.told = text;
      this.toldAt = performance.now();
    }
  }
}
