"""A server that goes away: everybody is told when to come back, and comes back over that time."""

from __future__ import annotations

import random
from contextlib import AsyncExitStack

from conference.forums.media_events import LONGEST, SOON, spread
from tests.live.house import Browser, Web

PAGES = 100


async def test_a_hundred_pages_are_sent_away_and_come_back_spread(web: Web) -> None:
    """What a page does with the time that it is told stands in `tests/browser/test_staying.py`; here 100 plain sockets do it."""
    async with AsyncExitStack() as stack:
        pages: list[Browser] = [await stack.enter_async_context(web.browser(query=f"?person=p{n}")) for n in range(PAGES)]
        web.hub.restart()
        waits = []
        dice = random.Random(1)
        for page in pages:
            told = await page.hear()
            assert told == {"type": "restart", "within": 20}
            assert await page.closed() == 1012
            waits.append(dice.random() * told["within"])
    busiest = max(sum(second <= wait < second + 1 for wait in waits) for second in range(20))
    assert busiest <= PAGES / 5  # a twentieth on average: no second brings a crowd
    assert max(waits) > 18


def test_sound_and_picture_come_back_soon_and_never_all_at_once() -> None:
    assert [spread(pages) for pages in (0, 1, 25, 60, 190, 10_000)] == [SOON, SOON, SOON, 2.4, 7.6, LONGEST]
