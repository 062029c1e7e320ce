"""The report's editor and page in a browser: without scripts, by keyboard, in both themes and on a narrow screen, with axe."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser import axe
from tests.cards.at_card import chromium, looking
from tests.results.house import SLUG, House, conference_yaml, house_at, served
from tests.results.report.pictures import jpeg, with_exif
from tests.services import free_ports

pytestmark = pytest.mark.browser


def cookie(house: House) -> dict[str, str]:
    return {"name": "meetingpoint", "value": house.cookies["organiser"], "url": house.services.settings.base_url}


async def written(page: Page, base: str, photo: Path) -> None:
    """Somebody without scripts writes, brings a photo and publishes, by keyboard."""
    await page.goto(f"{base}/desk/{SLUG}/report")
    await page.get_by_label("Titel, auf Deutsch").fill("Was bleibt")
    await page.get_by_label("Text, auf Deutsch").fill("Der erste Absatz.\n\nDer zweite.")
    await page.get_by_role("button", name="Speichern und veröffentlichen").press("Enter")
    await expect(page.get_by_text("Der Bericht ist veröffentlicht.")).to_be_visible()
    await page.get_by_label("Datei").set_input_files(photo)
    await page.get_by_role("button", name="Foto hinzufügen").press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("Bitte geben Sie an, wer das Foto aufgenommen hat.")
    await page.get_by_label("Datei").set_input_files(photo)
    await page.get_by_label("Wer es aufgenommen hat").fill("Ada Beispiel")
    await page.get_by_label("Was zu sehen ist, auf Deutsch").fill("Vier Menschen an einem Tisch")
    await page.get_by_role("button", name="Foto hinzufügen").press("Enter")
    await expect(page.get_by_role("img", name="Vier Menschen an einem Tisch")).to_be_visible()


async def test_a_report_from_the_editor_to_its_page(tmp_path: Path, axe_core: str) -> None:
    photo = tmp_path / "IMG_1.jpg"
    photo.write_bytes(with_exif(jpeg(1600, 1200), 8))
    (port,) = free_ports()
    document = {**conference_yaml(), "report": None}
    async with house_at(tmp_path, port=port, document=document) as house, served(house), chromium() as browser:
        base = house.services.settings.base_url
        async with looking(browser, java_script_enabled=False, viewport={"width": 390, "height": 844}) as (context, page):
            await context.add_cookies([cookie(house)])  # type: ignore[list-item]
            await written(page, base, photo)
        for scheme, width in (("light", 1280), ("dark", 320)):
            async with looking(browser, color_scheme=scheme, viewport={"width": width, "height": 900}) as (context, page):
                await context.add_cookies([cookie(house)])  # type: ignore[list-item]
                for path in (f"/{SLUG}/report", f"/desk/{SLUG}/report", f"/desk/{SLUG}/handover"):
                    await page.goto(f"{base}{path}")
                    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
                    assert await axe.violations(page, axe_core) == [], path
                await page.goto(f"{base}/{SLUG}/report")
                shape = "[...document.images].map((image) => image.naturalWidth < image.naturalHeight)"
                assert await page.evaluate(shape) == [True]
