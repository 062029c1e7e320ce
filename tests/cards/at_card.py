"""A house whose first card has a film in two renditions, and browsers that look at it."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from sqlmodel import select

from conference.cards.model import CardFile, FileRole
from tests.results.house import CAPTIONS, House, house_at, served, small_film, write_conference
from tests.services import free_ports

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip


@cache
def noisy_film(seconds: int = 40) -> bytes:
    """H.264 of noise in MP4, some megabytes: more than a browser fetches ahead."""
    chance = random.Random(7)
    with (
        tempfile.NamedTemporaryFile(suffix=".mp4") as file,  # what is to begin with its index is written twice
        av.open(file.name, "w", options={"movflags": "faststart"}) as container,
    ):
        stream = container.add_stream("libx264", rate=10, options={"preset": "ultrafast", "crf": "23", "g": "10"})
        stream.width, stream.height, stream.pix_fmt = 256, 192, "yuv420p"
        for index in range(seconds * 10):
            frame = av.VideoFrame(256, 192, "yuv420p")
            for plane in frame.planes:
                plane.update(chance.randbytes(plane.buffer_size))
            frame.pts, frame.time_base = index, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        container.close()
        return Path(file.name).read_bytes()


@asynccontextmanager
async def house_with_film(tmp_path: Path, film: bytes, seconds: float, **more: Any) -> AsyncIterator[tuple[House, str]]:
    """The house, reachable by browsers, and the address of its conference."""
    (port,) = free_ports()
    async with house_at(tmp_path, "folder", port=port, **more) as house:
        document = write_conference(house.folder, more.get("document"))
        text = document.read_text(encoding="utf-8").replace("seconds: 28.4", f"seconds: {seconds}")
        document.write_text(text, encoding="utf-8")
        (house.folder / "cards/heimat.mp4").write_bytes(film)
        (house.folder / "cards/heimat.de.vtt").write_bytes(CAPTIONS.replace(b"00:00.400", b"00:40.000"))
        await house.again()
        await _smaller_rendition(house)
        async with served(house) as address:
            yield house, address


async def _smaller_rendition(house: House) -> None:
    data = small_film(30, 60)
    await house.services.storage.put("cards/smaller.mp4", data, "video/mp4")
    async with house.services.db.work() as work:
        files = list(await work.session.exec(select(CardFile).where(CardFile.role == FileRole.RENDITION)))
        large = max(files, key=lambda file: file.size)
        small = CardFile(
            id=house.services.ids.new(), card_id=large.card_id, film_id=large.film_id, role=FileRole.RENDITION, position=1,
            key="cards/smaller.mp4", content_type="video/mp4", size=len(data), etag="5" * 64, width=202, height=360,
        )  # fmt: skip
        work.session.add(small)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@asynccontextmanager
async def looking(browser: Browser, **more: Any) -> AsyncIterator[tuple[BrowserContext, Page]]:
    """A page of its own; whatever goes wrong in it makes the test fail."""
    context = await browser.new_context(locale="de-DE", **more)
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if "Content Security" in line.text else None)
    yield context, page
    await context.close()
    assert errors == []


async def until(page: Page, expression: str, within: float = 8) -> None:
    """Until it is true of the video `v`. (The page's own policy forbids the polling that Playwright would put into it.)"""
    async with asyncio.timeout(within):
        while not await page.evaluate(f"(() => {{ const v = document.querySelector('video'); return {expression}; }})()"):
            await asyncio.sleep(0.05)
