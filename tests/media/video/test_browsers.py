"""What comes out plays in Chromium and in Firefox, upright, whole and in its colours."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.async_api import async_playwright

from media.video import Limits, prepare
from tests.browser.firefox import open_firefox, open_network, why_no_firefox
from tests.media.browsers.length import in_soak
from tests.media.test_browsers import ARGUMENTS, CHROMIUM
from tests.media.video import drawing
from tests.media.video.fixtures import GOOD, make
from tests.media.video.seeing import alike
from tests.services import skip_or_fail

pytestmark = pytest.mark.browser

# Plays it from its first picture to its end and looks at the last one.
PLAY = """(async () => {
  const film = document.createElement('video');
  film.muted = true;
  film.src = '%s';
  const ended = new Promise((done, fail) => {
    film.onended = done;
    film.onerror = () => fail(new Error(film.error.message));
  });
  await film.play();
  await ended;
  const canvas = document.createElement('canvas');
  canvas.width = film.videoWidth;
  canvas.height = film.videoHeight;
  const pen = canvas.getContext('2d');
  pen.drawImage(film, 0, 0);
  const at = (x, y) => {
    const [red, green, blue] = pen.getImageData(canvas.width * x, canvas.height * y, 1, 1).data;
    return [red / 255, green / 255, blue / 255];
  };
  return {
    size: [film.videoWidth, film.videoHeight],
    seconds: film.duration,
    corners: [at(0.12, 0.12), at(0.88, 0.12), at(0.88, 0.88), at(0.12, 0.88)],
  };
})()"""


class Window(Protocol):
    async def evaluate(self, expression: str) -> Any: ...


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[int]:
    """The port at which the files of a folder are."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@asynccontextmanager
async def windows(url: str, port: int) -> AsyncIterator[dict[str, Window]]:
    """A page of each browser."""
    if (lacking := why_no_firefox()) is not None:
        skip_or_fail(f"no Firefox: {lacking}")
    async with AsyncExitStack() as stack:
        network = stack.enter_context(open_network())
        await stack.enter_async_context(network.forwarding(port))
        firefox = await stack.enter_async_context(open_firefox(network))
        playwright = await stack.enter_async_context(async_playwright())
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        stack.push_async_callback(chromium.close)
        page = await chromium.new_page()
        await page.goto(url)
        yield {"chromium": page, "firefox": await firefox.open(url)}


@in_soak
async def test_every_card_plays_in_both_browsers(films: Path, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<!doctype html><title>Films</title>")
    cards = {}
    for name in GOOD:
        source = await asyncio.to_thread(make, films, name)
        cards[name] = await prepare(source, tmp_path, Limits(), lambda *_: None)
    with served(tmp_path) as port:
        async with windows(f"http://127.0.0.1:{port}/", port) as opened:
            for name, card in cards.items():
                for rendition in card.renditions:
                    for browser, window in opened.items():
                        shown = await window.evaluate(PLAY % f"/{rendition.path.relative_to(tmp_path)}")
                        assert shown["size"] == [rendition.width, rendition.height], (name, browser)
                        assert shown["seconds"] == pytest.approx(card.seconds, abs=0.1), (name, browser)
                        if GOOD[name].corners is drawing.CORNERS:
                            assert alike(shown["corners"], drawing.CORNERS, 0.08), (name, browser, shown)
