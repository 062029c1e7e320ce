"""A running house that Firefox reaches out of its own network, and its way into a room there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.browser.firefox import Firefox, FirefoxPage, open_firefox, open_network, why_no_firefox
from tests.browser.room_house import CHROMIUM, SLUG, WATCH, Stage, staged
from tests.services import skip_or_fail


@asynccontextmanager
async def staged_with_firefox(folder: Path) -> AsyncIterator[tuple[Stage, Firefox]]:
    """The house, with Chromium too; what this machine lacks is skipped."""
    if not CHROMIUM.exists():
        skip_or_fail("Chromium is not installed (Debian: apt install chromium)")
    if reason := await asyncio.to_thread(why_no_firefox):
        skip_or_fail(f"no Firefox: {reason}")
    with open_network() as network:
        async with staged(folder, media_host=f"127.0.0.1,{network.host_address}") as stage:
            try:
                async with network.forwarding(int(stage.base.rsplit(":", 1)[1])), open_firefox(network) as firefox:
                    yield stage, firefox
            finally:
                await stage.close_pages()


async def firefox_in_the_room(stage: Stage, firefox: Firefox, link: str, session: str) -> FirefoxPage:
    """In by a personal link, and into the room of a session."""
    page = await firefox.open(link)
    await page.click("main form button")
    await page.wait_for("!location.pathname.startsWith('/sign-in/') && document.readyState === 'complete'")
    await page.goto(f"{stage.base}/{SLUG}/sessions/{session}/room")
    await page.evaluate(f"(() => {{ {WATCH} }})()")  # in time: the room makes its connections after joining
    await page.wait_for("!document.querySelector('#join').disabled")
    await page.click("#join")
    await page.wait_for("!document.querySelector('#bar').hidden")
    return page
