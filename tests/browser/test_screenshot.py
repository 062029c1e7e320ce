"""The picture in the README is what a newcomer sees. `UPDATE_SCREENSHOT=1` takes it anew."""

from __future__ import annotations

import os
import re
import struct
from pathlib import Path

import pytest

from tests.browser.conftest import PageFor, Running

ROOT = Path(__file__).parents[2]
WIDTH, HEIGHT = 1280, 800
PLAYING = """() => {
  const playing = [...document.querySelectorAll("video")].filter((video) => video.videoWidth > 0 && video.currentTime > 0.5);
  return playing.length >= 3 && document.querySelector("#captions")?.textContent.trim().length > 20;
}"""


def size_of(png: bytes) -> tuple[int, ...]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", png[16:24])


@pytest.mark.browser
async def test_the_readme_shows_the_room_as_it_is(site: Running, page_for: PageFor) -> None:
    await site.at("live")
    visitor = await page_for("attendee", width=WIDTH, height=HEIGHT)
    await visitor.go(site.path("sessions/forum-1/room?join"))
    await visitor.page.wait_for_function(PLAYING, timeout=30_000)
    taken = await visitor.page.screenshot()
    named = re.search(r"!\[[^\]]+\]\((\S+\.png)\)", (ROOT / "README.md").read_text("utf-8"))
    assert named
    if os.environ.get("UPDATE_SCREENSHOT"):
        (ROOT / named[1]).write_bytes(taken)
    assert size_of((ROOT / named[1]).read_bytes()) == size_of(taken)
