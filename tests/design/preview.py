"""Looks at every page without a server behind it: screenshots, axe-core, reflow at 320 px, the program on one A4.

`python -m tests.design.preview [--out FOLDER] [--axe axe.min.js] [--only PREFIX] [--serve PORT]`
Exits 1 when a check fails. Not shipped and not part of the suite: people use it while they work on the look.
"""

import argparse
import mimetypes
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from conference.web.render import TEMPLATES, Rendering
from conference.web.static import Assets
from conference.web.texts import LOCALES, read_texts
from tests.design.samples import contexts

OWN = ("layout", "parts", "front", "program", "people", "errors", "desk")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync"]  # fmt: skip
CSP = "default-src 'self'; object-src 'none'; base-uri 'none'"


def rendered() -> dict[str, str]:
    """Path -> HTML for every sample in both languages; raises when a template asks for what its head does not name."""
    rendering = Rendering(read_texts(), Assets())
    return {
        f"/{lang}/{name}": rendering.html(template, lang, **context)
        for lang in ("de", "en")
        for name, (template, context) in contexts(lang).items()
    }


def untranslated() -> list[str]:
    """Texts in these templates that pages.po does not have, and entries that no template uses."""
    used = set()
    for folder in OWN:
        for file in (TEMPLATES / folder).rglob("*.html"):
            text = file.read_text()
            used |= set(re.findall(r'\b_\("((?:[^"\\]|\\.)*)"\)', text)) | set(re.findall(r"\b_\('((?:[^'\\]|\\.)*)'\)", text))
            used |= set(re.findall(r'ngettext\("([^"]*)"', text))
    with (LOCALES / "de" / "pages.po").open("rb") as stream:
        entries = [m for m in read_po(stream, locale="de") if m.id]
    known = {
        m.id[0] if isinstance(m.id, tuple) else m.id
        for m in entries
        if all(m.string if isinstance(m.string, tuple) else [m.string])
    }
    return [f"no German: {text}" for text in sorted(used - known)] + [f"unused: {text}" for text in sorted(known - used)]


def serve(pages: dict[str, str], port: int) -> ThreadingHTTPServer:
    """The rendered pages and the static files on loopback, with the strictness of the real headers."""
    assets = Assets()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path.startswith("/static/"):
                file = assets.folder / path.split("/", 3)[3]
                body, kind = file.read_bytes(), mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            elif path in pages:
                body, kind = pages[path].encode(), "text/html; charset=utf-8"
            else:
                links = "".join(f'<li><a href="{name}">{name}</a>' for name in pages)
                body, kind = f"<!doctype html><title>preview</title><ul>{links}</ul>".encode(), "text/html"
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Security-Policy", CSP)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", port), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def axe_findings(page: Page, axe: str) -> list[str]:
    """Violations as "rule: selector"; injected by evaluate, so that the page's CSP stays as it is."""
    page.evaluate(axe)
    found = page.evaluate("tags => axe.run({runOnly: {type: 'tag', values: tags}})", TAGS)
    return [f"{one['id']}: {node['target'][0]} {node['failureSummary']}" for one in found["violations"] for node in one["nodes"]]


def look(browser: Browser, base: str, path: str, out: Path, axe: str | None) -> list[str]:
    """Screenshots of one page in two widths and two themes; returns what is wrong with it."""
    wrong: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error" and "WebSocket" not in message.text:
            wrong.append(f"console: {message.text}")

    def thrown(error: Exception) -> None:
        wrong.append(f"script: {error}")

    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        page = context.new_page()
        page.on("console", heard)
        page.on("pageerror", thrown)
        page.goto(base + path, wait_until="load")
        page.evaluate("document.fonts.ready")
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=out / f"{path[1:].replace('/', '-')}-{width}-{scheme}.png", full_page=True)
        if axe:
            wrong += [f"axe ({scheme}): {one}" for one in axe_findings(page, axe)]
        page.set_viewport_size({"width": 320, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth") > 320:
            wrong.append(f"wider than 320 px: {page.evaluate(WIDEST)}")
        context.close()
    return [f"{path}: {one}" for one in wrong]


WIDEST = """() => [...document.querySelectorAll('main *, header *, footer *')]
  .filter(e => e.getBoundingClientRect().right > 321).map(e => e.tagName + '.' + e.className).slice(0, 4).join(' ')"""


def printed(browser: Browser, base: str, path: str, out: Path) -> list[str]:
    """The program on paper: PDF, pictures of its pages, and that there is one of them."""
    page = browser.new_page()
    page.goto(base + path, wait_until="load")
    file = out / f"{path[1:].replace('/', '-')}.pdf"
    page.pdf(path=file, prefer_css_page_size=True)
    page.close()
    subprocess.run(["pdftoppm", "-r", "70", "-png", file, file.with_suffix("")], check=True)
    pages = len(list(out.glob(f"{file.stem}-*[0-9].png")) and re.findall(rb"/Type\s*/Page\b", file.read_bytes()))
    return [] if pages == 1 else [f"{path}: {pages} sheets of paper"]


def main() -> int:
    """Render, look, complain."""
    options = argparse.ArgumentParser()
    options.add_argument("--out", type=Path, default=Path("reports/design"))
    options.add_argument("--axe", type=Path)
    options.add_argument("--only", default="/")
    options.add_argument("--serve", type=int)
    chosen = options.parse_args()
    pages = rendered()
    wrong = untranslated()
    server = serve(pages, chosen.serve or 0)
    base = f"http://127.0.0.1:{server.server_address[1]}"
    if chosen.serve:
        print(base)
        threading.Event().wait()
    chosen.out.mkdir(parents=True, exist_ok=True)
    axe = chosen.axe.read_text() if chosen.axe else None
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS)
        for path in pages:
            if path.startswith(chosen.only):
                wrong += look(browser, base, path, chosen.out, axe)
        for path in ("/de/program-live", "/de/program-2024"):
            if path.startswith(chosen.only):
                wrong += printed(browser, base, path, chosen.out)
        browser.close()
    server.shutdown()
    print("\n".join(wrong) or f"{len(pages)} pages, nothing to complain about")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
