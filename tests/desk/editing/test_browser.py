"""The order of the day in a real browser: dragged by its time, and by keyboard alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright

from conference.people.model import Role
from tests.desk.test_every_page import ARGUMENTS, CHROMIUM
from tests.services import free_ports
from tests.site import MOMENTS, SLUG_2021, Site, open_site, served

pytestmark = pytest.mark.browser


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    (port,) = free_ports()
    async with open_site(tmp_path, origin=f"http://127.0.0.1:{port}") as site:
        site.clock.jump_to(MOMENTS["announced"])
        async with served(site), async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            yield await opened(site, await browser.new_page(locale="de", viewport={"width": 1000, "height": 1400}))
            await browser.close()


async def opened(site: Site, page: Page) -> Page:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    await page.context.add_cookies([{"name": "meetingpoint", "value": organiser.cookies["meetingpoint"], "url": site.origin}])
    await page.goto(f"{site.origin}/desk/{SLUG_2021}/program")
    return page


async def order(page: Page) -> list[str]:
    found: list[str] = await page.locator(".slot-row").evaluate_all("rows => rows.map((row) => row.dataset.first)")
    return found


async def test_a_row_is_dragged_and_moved_by_keyboard(page: Page) -> None:
    assert await order(page) == ["panel", "pause", "forum-1", "abschluss"]
    grip = await page.locator('.slot-row[data-first="abschluss"] .when').bounding_box()
    above = await page.locator('.slot-row[data-first="pause"]').bounding_box()
    assert grip is not None
    assert above is not None
    await page.mouse.move(grip["x"] + 20, grip["y"] + 10)
    await page.mouse.down()
    await page.mouse.move(grip["x"] + 20, above["y"] + 40)
    await page.mouse.move(grip["x"] + 20, above["y"] + 5)
    assert await page.locator(".slot-row.before").get_attribute("data-first") == "pause"
    async with page.expect_navigation(url="**?moved#abschluss"):
        await page.mouse.up()
    assert await order(page) == ["panel", "abschluss", "pause", "forum-1"]
    assert "noch nicht veröffentlicht" in await page.locator(".notice.warn").inner_text()

    later = page.locator('.slot-row[data-first="abschluss"]').get_by_role("button", name="Später")
    await later.focus()
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    assert await order(page) == ["panel", "pause", "abschluss", "forum-1"]
    await page.locator('.slot-row[data-first="forum-1"]').get_by_role("button", name="Früher").focus()
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    assert await order(page) == ["panel", "pause", "forum-1", "abschluss"]
