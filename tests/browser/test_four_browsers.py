"""Acceptance: three Chromium pages and one Firefox in one room see and hear each other, in the room page of the real house."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.async_api import Page

from tests.browser.firefox import FirefoxPage
from tests.browser.firefox_house import firefox_in_the_room, staged_with_firefox
from tests.browser.room_house import SLUG, Stage
from tests.media.browsers.length import in_soak

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NAMES = ("Carla Chrom", "Cem Chrom", "Cleo Chrom", "Flora Fuchs")
WITHIN = 90.0  # seconds for everything: starting the house and both browsers, and four people on two cores

# What a page receives: name in the tile -> frames decoded of the track that runs there, and energy per track of sound.
# (Firefox counts no frames of a MediaStream in getVideoPlaybackQuality.)
RECEIVED = """(async () => {
  const receivers = window.__connections.flatMap((connection) => connection.getReceivers());
  const inbound = async (receiver) => [...(await receiver.getStats()).values()].find(({ type }) => type === "inbound-rtp") ?? {};
  const frames = {}, energy = {};
  for (const video of document.querySelectorAll(".stage .tile.seen video")) {
    if (video.hidden || video.paused || !video.videoWidth) continue;
    const track = video.srcObject.getVideoTracks()[0];
    const stat = await inbound(receivers.find((receiver) => receiver.track.id === track.id));
    frames[video.closest(".tile").querySelector(".who b").textContent] = stat.framesDecoded ?? 0;
  }
  for (const receiver of receivers.filter(({ track }) => track.kind === "audio")) {
    energy[receiver.track.id] = (await inbound(receiver)).totalAudioEnergy ?? 0;
  }
  return {frames, energy, problem: document.querySelector("#problem:not([hidden]), #banner:not([hidden])")?.textContent.trim()};
})()"""
# What both kinds of browsers have made of the offers: the camera's layers, and whether lost sound is asked for again.
SETTLED = r"""(async () => {
  const sent = new Set(), connections = window.__connections.filter((connection) => connection.connectionState === "connected");
  for (const connection of connections) for (const stat of (await connection.getStats()).values())
    if (stat.type === "outbound-rtp" && stat.rid && stat.framesEncoded) sent.add(stat.rid);
  const audio = connections.map(({ localDescription }) => localDescription.sdp.split("m=video")[0]);
  return { sent: [...sent].sort(), sound: audio.every((sdp) => /a=rtcp-fb:\d+ nack\r\n/.test(sdp)) };
})()"""
ON = "document.querySelector('#tool-{device}').getAttribute('aria-pressed') === 'true'"
SOUND = "document.querySelector('#sound').hidden"


class Window(Protocol):
    """What this test needs of a page, alike for both browsers."""

    async def evaluate(self, expression: str) -> Any: ...
    async def click(self, selector: str) -> None: ...


async def chromium_in_the_room(stage: Stage, link: str) -> Page:
    page = await (await stage.context(None)).new_page()
    await page.goto(link)
    await page.click("main form button")
    await page.wait_for_url(lambda url: "/sign-in/" not in url)
    await page.goto(f"{stage.base}/{SLUG}/sessions/round/room")
    await page.click("#join")
    await page.wait_for_selector("#bar:not([hidden])")
    return page


async def holds(page: Window, expression: str, what: str, within: float = 15.0) -> None:
    try:
        async with asyncio.timeout(within):
            while not await page.evaluate(expression):
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"not within {within} s: {what}") from None


async def sees_and_hears(page: Window, name: str, within: float = 30.0) -> None:
    """Frames grow in the tiles of all others, and the energy of as many sounds, which the page may play."""
    others = set(NAMES) - {name}
    first = now = await page.evaluate(RECEIVED)
    try:
        async with asyncio.timeout(within):
            while grown(first["frames"], now["frames"]) != others or len(grown(first["energy"], now["energy"])) < len(others):
                await asyncio.sleep(0.2)
                now = await page.evaluate(RECEIVED)
    except TimeoutError:
        raise AssertionError(f"{name} received {first}, and after {within} s {now}") from None
    if not await page.evaluate(SOUND):  # a browser that wants a click before it plays
        await page.click("#sound button")
    await holds(page, SOUND, f"{name} may play sound")


def grown(first: dict[str, float], now: dict[str, float]) -> set[str]:
    return {name for name, count in now.items() if count > first.get(name, 0)}


@in_soak
async def test_three_chromium_pages_and_one_firefox_see_and_hear_each_other(tmp_path: Path) -> None:
    async with asyncio.timeout(WITHIN), staged_with_firefox(tmp_path) as (stage, firefox):
        links = [await stage.link(await stage.person(name)) for name in NAMES]
        fox = await firefox_in_the_room(stage, firefox, links[3], "round")
        chromes = [await chromium_in_the_room(stage, link) for link in links[:3]]
        pages: dict[str, Window] = dict(zip(NAMES, [*chromes, fox], strict=True))
        for name, page in pages.items():
            for device in ("camera", "microphone"):
                await page.click(f"#tool-{device}")
                await holds(page, ON.format(device=device), f"{name}: {device} on")
        await asyncio.gather(*[sees_and_hears(page, name) for name, page in pages.items()])
        for name, page in pages.items():
            assert await page.evaluate("window.__errors") == []
            assert await page.evaluate(SETTLED) == {"sent": ["f", "h", "q"], "sound": True}, name
        await chooses_the_layout(fox)
        assert [line for line in await fox.log() if line.startswith("error")] == []


async def chooses_the_layout(page: FirefoxPage) -> None:
    """The sheet of the view, with a small window where this browser has one, and one large tile among three."""
    await page.click("#tool-view")
    await holds(page, "document.querySelector('#more').matches(':popover-open')", "the sheet is open")
    has = "('documentPictureInPicture' in window || Boolean(document.pictureInPictureEnabled))"
    assert await page.evaluate(f"document.querySelector('#float').hidden !== {has}")
    await page.click("#view [name=layout][value=speaker]")
    await holds(page, "document.querySelector('#stage').dataset.layout === 'speaker'", "the speaker is large")
    assert await page.evaluate("document.querySelectorAll('.tiles .tile.main').length") == 1
