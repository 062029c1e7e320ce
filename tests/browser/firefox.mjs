// Drives one Firefox for tests/browser/firefox.py: JSON requests on stdin, one per line, JSON answers on stdout.
// Arguments: path of puppeteer-core, path of Firefox.

import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const [library, executablePath] = process.argv.slice(2);
const { default: puppeteer } = await import(createRequire(`${library}/`).resolve("puppeteer-core"));

const userDataDir = mkdtempSync(join(tmpdir(), "meetingpoint-firefox-"));
const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath,
  userDataDir,
  headless: true,
  timeout: 60_000,
  extraPrefsFirefox: {
    "media.navigator.streams.fake": true,
    "media.navigator.permission.disabled": true,
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
    // No request of its own to anywhere: plugin downloads, safe browsing, captive portals, updates.
    "media.gmp-manager.url": "data:text/plain,",
    "media.gmp-manager.updateEnabled": false,
    "browser.safebrowsing.update.enabled": false,
    "network.captive-portal-service.enabled": false,
    "network.connectivity-service.enabled": false,
    "app.normandy.enabled": false,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "app.update.disabledForTesting": true,
    "intl.accept_languages": "de,en",
  },
});

const pages = new Map();
let next = 1;

const deeds = {
  async open({ url, width = 1280, height = 800 }) {
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    await page.setViewport({ width, height });
    const name = next++;
    const log = [];
    page.on("console", (message) => log.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => log.push(`error: ${error.message}`));
    pages.set(name, { page, context, log });
    await page.goto(url, { waitUntil: "load", timeout: 30_000 });
    return name;
  },
  async goto({ page, url }) {
    await pages.get(page).page.goto(url, { waitUntil: "load", timeout: 30_000 });
  },
  async evaluate({ page, expression }) {
    return (await pages.get(page).page.evaluate(`(async () => (${expression}))()`)) ?? null;
  },
  async front({ page }) {
    await pages.get(page).page.bringToFront();
  },
  async click({ page, selector }) {
    await pages.get(page).page.locator(selector).setTimeout(10_000).click();
  },
  async fill({ page, selector, text }) {
    await pages.get(page).page.locator(selector).setTimeout(10_000).fill(text);
  },
  async screenshot({ page, path }) {
    await pages.get(page).page.screenshot({ path });
  },
  async log({ page }) {
    return pages.get(page).log;
  },
  async close({ page }) {
    await pages.get(page).context.close();
    pages.delete(page);
  },
};

function say(content) {
  process.stdout.write(`${JSON.stringify(content)}\n`);
}

const lines = createInterface({ input: process.stdin });
lines.on("line", async (line) => {
  const { id, do: deed, ...facts } = JSON.parse(line);
  try {
    say({ id, value: (await deeds[deed](facts)) ?? null });
  } catch (error) {
    say({ id, error: String(error?.message ?? error) });
  }
});
lines.on("close", async () => {
  // Going down in order takes Firefox five seconds, and nobody wants its profile again.
  const firefox = browser.process();
  const gone = new Promise((resolve) => firefox.once("exit", resolve));
  firefox.kill("SIGKILL");
  await gone;
  rmSync(userDataDir, { recursive: true, force: true, maxRetries: 5 });
  process.exit(0);
});
say({ id: 0, value: await browser.version() });
