"""The survey in a browser: by keyboard and without scripts, with axe, on a phone; and so is the page of the proof."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright
from sqlmodel import select

from conference.people.model import Role
from conference.survey.model import SurveyAnswer
from tests.browser.axe import violations
from tests.keeping.attendance.seeds import sat
from tests.media.browsers.length import in_soak
from tests.services import free_ports
from tests.site import MOMENTS, SLUG_2021, open_site, served

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
LOOKS = [("de", "light", 1280), ("en", "dark", 320)]


@in_soak
async def test_by_keyboard_without_scripts_and_in_both_looks(tmp_path: Path, axe_core: str) -> None:
    (port,) = free_ports()
    async with open_site(tmp_path, origin=f"http://127.0.0.1:{port}") as site:
        site.clock.jump_to(MOMENTS["archive"])
        olga = await site.signed_in("Olga Beispiel", Role.ORGANISER)
        await olga.post(f"/desk/{SLUG_2021}/after/survey", data={"do": "open"})
        anna, path = await site.invite("Anna Alt")
        await sat(site, anna.id, ends=40)
        browser = site.browser()
        await browser.post(path)
        async with served(site), async_playwright() as playwright:
            chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            for language, scheme, width in LOOKS:
                context = await chromium.new_context(
                    locale=language,
                    color_scheme=scheme,
                    viewport={"width": width, "height": 700},  # type: ignore[arg-type]
                )
                cookie = {"name": "meetingpoint", "value": browser.cookies["meetingpoint"], "url": site.origin}
                await context.add_cookies([cookie])  # type: ignore[list-item]
                page = await context.new_page()
                for address in ("survey", "attendance"):
                    await page.goto(f"{site.origin}/{SLUG_2021}/{address}")
                    assert await violations(page, axe_core) == []
                    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
                await context.close()
            context = await chromium.new_context(java_script_enabled=False, locale="de")
            await context.add_cookies([cookie])  # type: ignore[list-item]
            await answer(await context.new_page(), f"{site.origin}/{SLUG_2021}/survey")
            await chromium.close()
        async with site.services.db.read() as session:
            (kept,) = await session.exec(select(SurveyAnswer))
        assert kept.answers == {"first": 4, "second": 4, "third": 4}


async def answer(page: Page, address: str) -> None:
    """Three questions by the space bar and an arrow each, then the button."""
    await page.goto(address)
    for key in ("first", "second", "third"):
        await page.focus(f"#{key}-5")
        await page.keyboard.press("Space")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")  # past the field for words of one's own
    await page.keyboard.press("Enter")
    await page.wait_for_selector("text=Ihre Antworten sind ohne Ihren Namen gespeichert")
