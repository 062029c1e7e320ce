"""Opening a page in a tab whose present page may load itself anew in the same moment, as open pages do when they are told to."""

from __future__ import annotations

from contextlib import suppress
from typing import Literal

from playwright.async_api import Error, Page, Response, TimeoutError

ATTEMPTS = 5
EMPTY = "about:blank"
_STOPPED = ("interrupted by another navigation", "net::ERR_ABORTED")


async def visit(page: Page, address: str, until: Literal["load", "domcontentloaded"] = "load") -> Response:
    """Open `address`; the site's answer. Raises what Playwright raises, AssertionError when it is stopped again and again.

    To go there again at once would not do: what Playwright calls interrupted may still arrive, and then stops the next attempt,
    which stops the one after it. So the tab is led to an empty page before, where nothing loads itself anew.
    """
    for _ in range(ATTEMPTS):
        try:
            answer = await page.goto(address, wait_until=until)
        except Error as error:
            _was_stopped(error)
        else:
            if answer is not None:  # else the browser took our visit and the reload for one
                return answer
        await _leave(page)
    raise AssertionError(f"{address} is loaded anew again and again")


async def _leave(page: Page) -> None:
    """Until the tab is empty; what was on its way arrives before that."""
    for _ in range(ATTEMPTS):
        try:
            await page.goto(EMPTY)
            return
        except Error as error:
            _was_stopped(error)
        with suppress(TimeoutError):
            await page.wait_for_url(EMPTY, timeout=1000)
            return
    raise AssertionError(f"{page.url} is loaded anew again and again")


def _was_stopped(error: Error) -> None:
    """Raises any other error again."""
    if not any(each in str(error) for each in _STOPPED):
        raise error
