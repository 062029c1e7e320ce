// All of a slide stands in its frame: a projector's picture is not scrolled. The letters of a slide become smaller together.

const LEAST = 0.3; // of their size; below this nobody in the room could read them, so the frame scrolls
const NEAR = 0.01;

export class Fit {
  /** @param {HTMLElement} frame what the slides stand in */
  constructor(frame) {
    this.frame = frame;
    /** @type {HTMLElement|null} */
    this.slide = null;
    new ResizeObserver(() => this.measure()).observe(frame);
    void document.fonts.ready.then(() => this.measure()); // letters of another font are as wide as they are
  }

  /** @param {HTMLElement} slide the one that is shown now */
  show(slide) {
    this.slide = slide;
    this.measure();
  }

  /** The largest size at which nothing of it is cut, to the hundredth: found by halving, with some seven looks. */
  measure() {
    const { slide } = this;
    if (!slide || !this.frame.clientHeight) return;
    slide.style.removeProperty("--fit");
    if (this.fits(slide) || matchMedia("(max-width: 40rem)").matches) return; // a phone is held in the hand
    let [low, high] = [LEAST, 1];
    while (high - low > NEAR) {
      const middle = (low + high) / 2;
      slide.style.setProperty("--fit", String(middle));
      if (this.fits(slide)) low = middle;
      else high = middle;
    }
    slide.style.setProperty("--fit", String(low));
  }

  /** @param {HTMLElement} slide */
  fits(slide) {
    return this.frame.scrollHeight <= this.frame.clientHeight && slide.scrollWidth <= slide.clientWidth;
  }
}
