"""The room's page on a bad network: what is lost of the sound is asked for again, and a line that is too thin is named."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Page, Route

from conference.people.model import Role
from tests.browser.room_house import Stage, join, prepared
from tests.browser.test_room import hears, no_errors, sees, shows, tile, until
from tests.media.browsers.length import LONG
from tests.media.rig.relay import Relay
from tests.media.rig.wire import Condition

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Of the sound: how often this page asked again, how often it was asked, and what came again.
AGAIN = """async () => {
  const all = { asked: 0, repeated: 0 };
  for (const pc of window.__connections) for (const stat of (await pc.getStats()).values()) {
    if (stat.kind !== 'audio') continue;
    if (stat.type === 'inbound-rtp') all.asked += stat.nackCount ?? 0;
    if (stat.type === 'outbound-rtp') all.repeated += stat.retransmittedPacketsSent ?? 0;
  }
  return all;
}"""


@asynccontextmanager
async def behind_relays(page: Page) -> AsyncIterator[list[Relay]]:
    """All media of the page go through relays, one for each answer."""
    relays: list[Relay] = []

    async def led(route: Route) -> None:
        answer = await route.fetch()
        sdp = await answer.text()
        if answer.status == 201:
            found = re.search(r"a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host", sdp)
            assert found, sdp
            relays.append(Relay((found[1], int(found[2])), seed=len(relays) + 1))
            sdp = relays[-1].lead(sdp)
        await route.fulfill(response=answer, body=sdp)

    await page.route(re.compile(r"/(whip|whep)(\?|$)"), led)
    try:
        yield relays
    finally:
        for relay in relays:
            relay.close()


async def test_lost_sound_is_asked_for_again_both_ways(stage: Stage) -> None:
    speaker = await prepared(stage, await stage.person("Spricht Viel"))
    listener = await prepared(stage, await stage.person("Hört Zu"))
    async with behind_relays(speaker) as up, behind_relays(listener) as down:
        await join(stage, speaker, "round")
        await join(stage, listener, "round")
        await speaker.click("#tool-microphone")
        await hears(listener)
        for relay in (*up, *down):
            relay.both(Condition(loss=0.05, delay=0.02))

        async def again(page: Page, what: str) -> bool:
            counted: dict[str, Any] = await page.evaluate(AGAIN)
            return bool(counted[what] > 0)

        await until(lambda: again(listener, "asked"), "the listener asks again")
        await until(lambda: again(speaker, "repeated"), "the speaker repeats")
        await no_errors(speaker, listener)


if LONG:

    async def test_a_line_that_is_too_thin_pauses_the_picture_and_says_so(stage: Stage) -> None:
        page = await prepared(stage, await stage.person("Dünne Leitung"))
        other = await stage.enter(await stage.person("Bild Geberin", Role.MODERATOR), "round")
        async with behind_relays(page) as relays:
            await join(stage, page, "round")
            await other.click("#tool-camera")
            await other.click("#tool-microphone")
            await sees(page, 1)
            relays[0].down.condition = Condition(rate=90_000, queue=0.3, delay=0.03)
            await shows(page, tile("Bild Geberin") + " .why:has-text('Bild angehalten')", within=45)
            await shows(page, "#line[data-quality=poor]:has-text('Verbindung schlecht')")
            await hears(page)
            # the moderator sees it too
            await other.click("#health > summary")
            await shows(other, "#health-people li:has-text('Dünne Leitung') .word:has-text('schlecht')")
            relays[0].down.condition = Condition(delay=0.03)
            await shows(page, tile("Bild Geberin") + ".seen", within=60)
            await no_errors(page, other)


async def test_a_way_that_died_is_replaced_by_another_one_without_a_new_offer(stage: Stage) -> None:
    page = await prepared(stage, await stage.person("Weg Weg"))
    other = await stage.enter(await stage.person("Bild Geberin"), "round")
    await other.click("#tool-camera")
    async with behind_relays(page) as relays:
        await join(stage, page, "round")
        await sees(page, 1)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.method) if "/whep" in request.url else None)
        relays[0].cut()  # for good: the answer to the restart names the node itself

        async def mended() -> bool:
            return bool(asked)

        await until(mended, "the page has asked for another way", within=25)
        await page.wait_for_selector("#banner", state="hidden")
        await sees(page, 1)
        assert asked == ["PATCH"]
        await no_errors(page, other)
