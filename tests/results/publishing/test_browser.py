"""From the sheet to the public page in a browser: by keyboard and without scripts, axe clean in both themes and when narrow; a
page that is open says what is new."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from conference.results.publishing.actions import publish
from tests.browser import axe
from tests.cards.at_card import chromium, looking
from tests.results.house import SLUG, House, house_at, served
from tests.results.publishing.test_actions import say
from tests.results.publishing.test_documents import readable
from tests.services import free_ports

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("PICTURES", "")
"""A folder for pictures of the pages, for whoever wants to look at them."""


def cookie(house: House, who: str) -> dict[str, str]:
    return {"name": "meetingpoint", "value": house.cookies[who], "url": house.services.settings.base_url}


async def released(page: Page, base: str, file: Path) -> None:
    """An organiser without scripts corrects, publishes, brings a PDF and writes to all, by keyboard."""
    await page.goto(f"{base}/sessions/forum-1/sheet/publish")
    await page.get_by_label("Was korrigiert wurde").fill("neu gefasst")
    await page.get_by_role("button", name="Korrektur jetzt veröffentlichen").press("Enter")
    await expect(page.get_by_text("Die Ergebnisse sind veröffentlicht.")).to_be_visible()
    await page.get_by_role("link", name="Eigenes PDF einstellen").press("Enter")
    await page.get_by_label("Datei").set_input_files(file)
    await page.get_by_label("Titel auf Deutsch").fill("Papier des Hauses")
    await page.get_by_label("Daneben").check()
    await page.get_by_role("button", name="Datei bereitlegen").press("Enter")
    await page.get_by_role("button", name="Jetzt veröffentlichen").press("Enter")
    await expect(page.locator("#papier-des-hauses").get_by_text("Öffentlich", exact=True)).to_be_visible()
    await page.goto(f"{base.replace(SLUG, 'desk/' + SLUG)}/results")
    await page.get_by_role("link", name="An alle Teilnehmenden schreiben").press("Enter")
    await page.get_by_role("button", name="3 E-Mails jetzt senden").press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("3 E-Mails sind unterwegs.")
    await page.goto(f"{base}/sessions/forum-1/results")
    await expect(page.get_by_text("Korrigiert am 10. Mai 2021: neu gefasst")).to_be_visible()
    await expect(page.get_by_role("link", name="Papier des Hauses")).to_be_visible()


async def test_from_the_sheet_to_the_public(tmp_path: Path, axe_core: str) -> None:
    file = tmp_path / "papier.pdf"
    file.write_bytes(readable())
    (port,) = free_ports()
    async with house_at(tmp_path, port=port) as house, served(house) as base, chromium() as browser:
        await publish(house.services, await house.session("raum-3"), by=None)
        await say(house, "Ein gemeinsamer Kalender, für alle")
        async with looking(browser, java_script_enabled=False, viewport={"width": 390, "height": 844}) as (context, page):
            await context.add_cookies([cookie(house, "organiser")])  # type: ignore[list-item]
            await released(page, base, file)
        await say(house, "Noch einmal anders")
        desk, sheet = base.replace(SLUG, f"desk/{SLUG}"), f"{base}/sessions/forum-1/sheet"
        paths = (
            f"{sheet}/publish", f"{sheet}/document", f"{base}/sessions/forum-1/results", sheet,
            f"{desk}/results", f"{desk}/results/notice",
        )  # fmt: skip
        for scheme, width in (("light", 1280), ("dark", 320)):
            async with looking(browser, color_scheme=scheme, viewport={"width": width, "height": 900}) as (context, page):
                await context.add_cookies([cookie(house, "organiser")])  # type: ignore[list-item]
                for number, path in enumerate(paths):
                    await page.goto(path)
                    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
                    assert await axe.violations(page, axe_core) == [], path
                    if PICTURES:
                        await page.screenshot(path=f"{PICTURES}/{number}-{scheme}-{width}.png", full_page=True)


async def test_an_open_page_says_what_is_new(tmp_path: Path) -> None:
    (port,) = free_ports()
    async with house_at(tmp_path, port=port) as house, served(house) as base, chromium() as browser:
        await house.services.live.start()
        async with looking(browser, viewport={"width": 1000, "height": 800}) as (_context, page):
            await page.goto(f"{base}/program")
            await expect(page.locator("body")).to_have_attribute("data-live-conference", SLUG)
            await publish(house.services, await house.session("raum-3"), by=None, note="zum ersten Mal")
            news = page.get_by_role("status").filter(has_text="Neue Ergebnisse")
            await expect(news).to_contain_text("3: Themenraum", timeout=10_000)
            await news.get_by_role("link", name="Lesen").click()
            await expect(page.get_by_role("heading", level=1)).to_have_text("Themenraum")
        await house.services.live.aclose()
