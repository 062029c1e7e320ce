"""Pages of results as somebody's browser has them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Page

from tests.results.house import House


@asynccontextmanager
async def seen_by(browser: Browser, house: House, cookie: str | None, path: str, **more: Any) -> AsyncIterator[Page]:
    """The page at `path` for whoever has this cookie (None: a stranger); what goes wrong in it fails the test. more: Playwright's
    options of a context."""
    base = house.services.settings.base_url
    context = await browser.new_context(**{"base_url": base, "locale": "de-DE", **more})
    if cookie is not None:
        await context.add_cookies([{"name": "meetingpoint", "value": cookie, "url": base}])
    wrong: list[str] = []
    context.set_default_timeout(8000)
    page = await context.new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    await page.goto(path)
    yield page
    await context.close()
    assert wrong == []
