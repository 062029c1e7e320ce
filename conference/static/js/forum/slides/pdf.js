// A deck's pages by pdf.js, which is loaded when the first deck is shown: drawn on a canvas, and as words for who does not see them.

const CHUNK = 262_144; // bytes that are fetched at once: of a large deck only what the page at hand needs
const MOST_PIXELS = 8_000_000; // of a canvas; more only makes small machines slow
const LARGEST_PICTURE = 100_000_000; // pixels of a picture inside of a page

/** @typedef {{lines: string[]}} Words paragraphs of a page's text */

/** pdf.js, or a rejection when it cannot be loaded. @param {string} address of its module */
export async function library(address) {
  const pdf = await import(address);
  pdf.GlobalWorkerOptions.workerSrc = new URL("pdf.worker.min.mjs", new URL(address, location.href)).href;
  return pdf;
}

export class PdfDeck {
  /** @param {any} pdf the library @param {string} module its address @param {string} file the deck's */
  constructor(pdf, module, file) {
    const folder = new URL("..", new URL(module, location.href)).href;
    this.loading = pdf.getDocument({
      url: file,
      useWasm: false, // our content policy runs no WebAssembly; the decoders in JavaScript do
      wasmUrl: `${folder}wasm/`,
      standardFontDataUrl: `${folder}standard_fonts/`,
      useSystemFonts: false,
      disableAutoFetch: true,
      disableStream: true,
      rangeChunkSize: CHUNK,
      maxImageSize: LARGEST_PICTURE,
      enableXfa: false,
    });
    /** @type {any} */
    this.drawing = null;
  }

  /** @returns {Promise<number>} its pages; rejects when it cannot be read */
  async open() {
    return (await this.loading.promise).numPages;
  }

  /**
   * Draw a page as large as fits. What was being drawn before is given up.
   * @param {number} number @param {number} width CSS pixels @param {number} height
   * @returns {Promise<HTMLCanvasElement|null>} null: overtaken by another page
   */
  async draw(number, width, height) {
    const page = await (await this.loading.promise).getPage(number);
    this.drawing?.cancel();
    const whole = page.getViewport({ scale: 1 });
    const fits = Math.min(width / whole.width, height / whole.height);
    const area = whole.width * whole.height * fits * fits;
    const ratio = Math.min(window.devicePixelRatio || 1, Math.sqrt(MOST_PIXELS / area));
    const viewport = page.getViewport({ scale: fits * ratio });
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(viewport.width));
    canvas.height = Math.max(1, Math.round(viewport.height));
    const drawing = page.render({ canvas, viewport });
    this.drawing = drawing;
    try {
      await drawing.promise;
    } catch (problem) {
      if (/** @type {Error} */ (problem).name === "RenderingCancelledException") return null;
      throw problem;
    }
    return this.drawing === drawing ? canvas : null;
  }

  /** The text of a page in paragraphs, as the file has it. @param {number} number @returns {Promise<string[]>} */
  async words(number) {
    const page = await (await this.loading.promise).getPage(number);
    const { items } = await page.getTextContent();
    return paragraphs(items);
  }

  /** The page after this one is fetched before anybody asks for it. @param {number} number */
  async ready(number) {
    const deck = await this.loading.promise;
    if (number <= deck.numPages) await (await deck.getPage(number)).getOperatorList();
  }

  close() {
    this.drawing?.cancel();
    void this.loading.destroy();
  }
}

/**
 * Pieces of text to paragraphs: a line ends where the file says so, a paragraph where the next line is further down than usual.
 * @param {{str: string, hasEOL: boolean, height: number, transform: number[]}[]} items @returns {string[]}
 */
export function paragraphs(items) {
  /** @type {string[]} */
  const found = [];
  let text = "";
  let y = NaN;
  for (const item of items) {
    if (item.str === undefined) continue; // a mark of the structure
    const at = item.transform[5];
    if (text && Math.abs(y - at) > 1.8 * (item.height || 12)) {
      found.push(text);
      text = "";
    }
    if (item.str.trim()) y = at;
    text += item.str + (item.hasEOL ? " " : "");
  }
  return [...found, text].map((one) => one.replace(/\s+/g, " ").trim()).filter(Boolean);
}
