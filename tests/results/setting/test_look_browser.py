"""The page on which hosts choose the look of their sheets, in a real browser: by keyboard, on a phone, without scripts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, async_playwright

from conference.access.model import State
from tests.browser.axe import source, violations
from tests.desk.test_cards_browser import ARGUMENTS, CHROMIUM, PHONE, WIDE
from tests.results.house import House, house_at, served
from tests.results.setting.test_look import SIGN
from tests.services import free_ports, skip_or_fail

pytestmark = pytest.mark.browser


@pytest.fixture
async def at_desk(tmp_path: Path) -> AsyncIterator[tuple[House, str, Browser]]:
    (port,) = free_ports()
    async with house_at(tmp_path, "folder", port=port) as house:
        house.at(State.ARCHIVE)
        async with served(house) as address, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            yield house, address.replace("/treffen", "/desk/treffen"), browser
            await browser.close()


async def organiser(house: House, desk: str, browser: Browser, **options: object) -> BrowserContext:
    context = await browser.new_context(**options)  # type: ignore[arg-type]
    context.set_default_timeout(8000)
    address = desk.partition("/desk")[0] + "/"
    await context.add_cookies([{"name": "meetingpoint", "value": house.cookies["organiser"], "url": address}])
    return context


async def test_colour_typeface_and_logo_are_chosen_and_seen(at_desk: tuple[House, str, Browser], tmp_path: Path) -> None:
    house, desk, browser = at_desk
    try:
        script = source()
    except FileNotFoundError as reason:
        skip_or_fail(str(reason))
    logo = tmp_path / "logo.svg"
    logo.write_bytes(SIGN)
    context = await organiser(house, desk, browser, locale="de", viewport=WIDE, color_scheme="light")
    page = await context.new_page()
    await page.goto(desk)
    await page.get_by_role("link", name="Aussehen der Ergebnisblätter").click()
    await page.get_by_label("Eine eigene Farbe auf allen Blättern").check()
    await page.get_by_label("Farbe", exact=True).fill("#ffd400")
    await page.get_by_role("button", name="Speichern und zeigen").press("Enter")
    await page.get_by_role("link", name="Diese Farbe hebt sich").press("Enter")
    assert await page.evaluate("document.activeElement.id") == "colour"
    assert await violations(page, script) == []
    await page.get_by_label("Farbe", exact=True).fill("#7a1f3d")
    await page.get_by_label("Schrift").select_option("noto-serif")
    await page.get_by_label("Ihr Logo").set_input_files(logo)
    await page.get_by_label("Was auf dem Logo steht, auf Deutsch").fill("Agentur Beispiel")
    await page.get_by_role("button", name="Speichern und zeigen").press("Enter")
    await page.get_by_text("Das Aussehen ist gespeichert.").wait_for()
    sample = page.get_by_role("img", name="Ein Musterblatt im gespeicherten Aussehen")
    assert await sample.evaluate("(one) => one.decode().then(() => one.naturalWidth)") == 909
    await context.close()
    for options in ({"color_scheme": "dark"}, {"java_script_enabled": False}):
        context = await organiser(house, desk, browser, locale="en", viewport=PHONE, **options)
        page = await context.new_page()
        await page.goto(f"{desk}/results/look")
        await page.get_by_role("button", name="Take the logo away").wait_for()
        if "color_scheme" in options:
            assert await violations(page, script) == []
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await context.close()
