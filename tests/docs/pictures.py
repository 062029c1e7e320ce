"""Takes the pictures of the guides anew: `python -m tests.docs.pictures [NAME ...]` starts the demo, looks, and writes them."""

from __future__ import annotations

import asyncio
import io
import re
import subprocess
import sys
import tempfile
from collections.abc import Collection
from contextlib import AsyncExitStack
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any

import av
from playwright.async_api import Browser, BrowserContext, async_playwright

from conference.web.guides.reading import PICTURES
from tests.browser.conftest import ARGUMENTS, Running, demo
from tests.browser.room_house import CHROMIUM
from tests.browser.visiting import visit
from tests.docs.shots import INSTALLATION, SHOTS, Shot

WIDTH, LARGEST = 1280, 150 * 1024
LOCALES = {"de": "de-DE", "en": "en-GB"}
# What belongs to the demo and to a browser without real devices, not to the program.
HIDDEN = ".demo, #camera-choice, #microphone-choice, #speaker-choice { display: none !important; }"

# Dates and times as a browser in the reader's language has them; the one that is used here speaks American English only.
DATES = """(language) => {
  for (const field of document.querySelectorAll("input[type=date], input[type=time]")) {
    const [year, month, day] = field.value.split("-");
    const empty = language === "de" ? "TT.MM.JJJJ" : "dd/mm/yyyy";
    const date = field.value ? [day, month, year].join(language === "de" ? "." : "/") : empty;
    const shown = field.type === "date" ? date : field.value;
    field.type = "text";
    field.value = shown;
  }
}"""


async def take(site: Running, folder: Path, shots: Collection[Shot]) -> list[Path]:
    """Write `folder/LANGUAGE/NAME.png` of each; their paths."""
    written: list[Path] = []
    async with AsyncExitStack() as stack:
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        stack.push_async_callback(browser.close)
        contexts: dict[tuple[str | None, str], BrowserContext] = {}
        for moment, of_then in groupby(shots, key=lambda shot: shot.moment):
            await site.at(moment)
            for shot in of_then:
                for language in LOCALES:
                    key = shot.who, language
                    if key not in contexts:
                        contexts[key] = await _come_in(browser, site, *key)
                    (folder / language).mkdir(parents=True, exist_ok=True)
                    file = folder / language / f"{shot.name}.png"
                    file.write_bytes(smallest(await _look(contexts[key], site, shot, language)))
                    print(f"{file.relative_to(folder)} {file.stat().st_size // 1024} KB", flush=True)
                    written.append(file)
    return written


async def _come_in(browser: Browser, site: Running, who: str | None, language: str) -> BrowserContext:
    """A browser of somebody, by the personal link."""
    context = await browser.new_context(
        base_url=site.base, locale=LOCALES[language], color_scheme="light", reduced_motion="reduce", bypass_csp=True
    )
    context.set_default_timeout(60_000)
    if who is not None:
        page = await context.new_page()
        await page.goto(_organiser(site) if who == INSTALLATION else site.links[who])
        await page.click("main form button")
        await page.wait_for_url(lambda url: "/sign-in/" not in url)
        await page.close()
    return context


def _organiser(site: Running) -> str:
    """The link of an organiser of the installation."""
    argv = [sys.executable, "-m", "conference", "organiser", "organisation@example.org", "--data", str(site.data)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True)
    found = re.search(r"https?://\S+/sign-in/\S+", done.stdout)
    assert found, done.stdout
    return found[0]


async def _look(context: BrowserContext, site: Running, shot: Shot, language: str) -> bytes:
    page = await context.new_page()
    await page.set_viewport_size({"width": WIDTH, "height": shot.height})
    answer = await visit(page, shot.path.format(c=site.slug))
    assert answer.status == 200, f"{shot.name}: {answer.status}"
    await page.add_style_tag(content=HIDDEN)
    await page.evaluate(DATES, language)
    if shot.ready is not None:
        await page.wait_for_function(shot.ready)
    if shot.above is not None:
        await page.locator(shot.above).first.evaluate("(one) => one.scrollIntoView()")
    await page.evaluate("() => document.fonts.ready.then(() => true)")
    taken = await page.screenshot()
    await page.close()
    return taken


def smallest(png: bytes) -> bytes:
    """The picture with a palette: of as many colours as fit into LARGEST bytes."""
    for colours in (256, 128, 64):
        made = with_palette(png, colours)
        if len(made) <= LARGEST:
            return made
    raise ValueError(f"{len(made)} bytes even with {colours} colours")


def with_palette(png: bytes, colours: int) -> bytes:
    """The same picture with 8 bits for each point."""
    with av.open(io.BytesIO(png)) as source:
        stream = source.streams.video[0]
        graph = av.filter.Graph()
        begin, parted, end = graph.add_buffer(template=stream), graph.add("split"), graph.add("buffersink")
        palette = graph.add("palettegen", f"max_colors={colours}:reserve_transparent=0:stats_mode=single")
        used = graph.add("paletteuse", "dither=none")
        begin.link_to(parted)
        parted.link_to(palette, 0, 0)
        parted.link_to(used, 1, 0)
        palette.link_to(used, 0, 1)
        used.link_to(end)
        graph.configure()
        for frame in source.decode(stream):
            begin.push(frame)
        begin.push(None)
        drawn: Any = end.pull()
    codec: Any = av.CodecContext.create("png", "w")
    codec.width, codec.height, codec.pix_fmt, codec.time_base = drawn.width, drawn.height, "pal8", Fraction(1, 25)
    codec.options = {"pred": "none", "compression_level": "9"}
    return b"".join(bytes(packet) for packet in [*codec.encode(drawn), *codec.encode(None)])


def main(names: Collection[str], folder: Path = PICTURES) -> None:
    unknown = set(names) - {shot.name for shot in SHOTS}
    if unknown:
        raise SystemExit(f"no such picture: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory(prefix="meetingpoint-pictures-") as data, demo(Path(data)) as site:
        asyncio.run(take(site, folder, [shot for shot in SHOTS if not names or shot.name in names]))


if __name__ == "__main__":
    main(sys.argv[1:])
