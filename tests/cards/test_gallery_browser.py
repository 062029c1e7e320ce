"""Gallery, card, contact and numbers as people meet them: without scripts, on a narrow screen, in both themes, by keyboard."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect

from conference.cards.model import CardPlays
from conference.cards.store import cards_in
from tests.browser import axe
from tests.cards.at_card import chromium, house_with_film, looking
from tests.cards.test_gallery import document
from tests.results.house import small_film

pytestmark = pytest.mark.browser
PAGES = (
    "/cards",
    "/cards?land=TH&q=a",
    "/cards?q=nirgends",
    "/cards/heimat",
    "/cards/werkbank",
    "/cards/werkbank/contact",
    "/cards/werkbank/own/numbers",
)


async def test_without_scripts(tmp_path: Path) -> None:
    async with (
        house_with_film(tmp_path, small_film(90, 60), 6, document=document()) as (_, address),
        chromium() as browser,
        looking(browser, java_script_enabled=False, viewport={"width": 390, "height": 844}) as (_context, page),
    ):
        await page.goto(f"{address}/cards")
        assert await page.locator(".tile").count() == 3
        await page.get_by_text("Land: alle").click()
        await page.get_by_role("link", name="Thüringen (2)").click()
        await page.get_by_text("Art: alle").click()
        await page.get_by_role("link", name="Agentur (1)").click()
        assert urlsplit(page.url).query == "land=TH&kind=agentur"
        assert await page.locator(".tile h2").all_inner_texts() == ["Wendland"]
        await page.get_by_label("In Namen, Zielen und Gesprochenem suchen").fill("nirgends")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Keine Initiative passt")).to_be_visible()
        await page.get_by_role("link", name="Aufheben: „nirgends“").click()
        await page.get_by_role("link", name="Aufheben: Agentur").click()
        assert urlsplit(page.url).query == "land=TH"
        await page.get_by_role("link", name="Heimathügel").click()
        assert await page.locator("video").get_attribute("controls") is not None
        assert await page.locator(".bar").is_hidden()
        await page.goto(f"{address}/cards/werkbank")
        await page.get_by_role("link", name="Kontakt aufnehmen").click()
        await page.get_by_role("button", name="Nachricht senden").click()
        assert await page.get_by_role("alert").get_by_role("link").count() == 3
        await page.get_by_label("Ihr Name").fill("Gisela Gast")
        await page.get_by_label("Ihre E-Mail-Adresse").fill("gisela@example.org")
        await page.get_by_label("Ihre Nachricht").fill("Guten Tag.")
        await page.get_by_role("button", name="Nachricht senden").click()
        await expect(page.get_by_text("Ihre Nachricht ist unterwegs.")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_for_everybody(tmp_path: Path, axe_core: str, theme: str) -> None:
    async with house_with_film(tmp_path, small_film(90, 60), 6, document=document()) as (house, address), chromium() as browser:
        async with house.services.db.work() as work:
            for card in await cards_in(work.session, house.conference.id):
                work.session.add(CardPlays(card_id=card.id, day=house.clock.now().date(), plays=9, ends=5))
        more = {"color_scheme": theme, "viewport": {"width": 320, "height": 640}, "reduced_motion": "reduce"}
        async with looking(browser, **more) as (context, page):
            cookie = {"name": "meetingpoint", "value": house.cookies["initiative"], "url": address}
            await context.add_cookies([cookie])  # type: ignore[list-item]
            for path in PAGES:
                await page.set_viewport_size({"width": 320, "height": 640})
                await page.goto(address + path)
                for summary in await page.locator("details.choice summary").all():
                    await summary.click()
                assert await page.evaluate("document.scrollingElement.scrollWidth") <= 320, path
                await page.set_viewport_size({"width": 1280, "height": 900})
                assert await axe.violations(page, axe_core) == [], path
