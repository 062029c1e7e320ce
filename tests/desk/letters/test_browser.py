"""A letter on its way, watched in a real browser: the page follows by itself, on a phone as well."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import async_playwright, expect

from conference.people.model import Role
from tests.desk.test_every_page import ARGUMENTS, CHROMIUM
from tests.mailing.house import open_house
from tests.services import free_ports
from tests.site import SLUG_2021, served

pytestmark = pytest.mark.browser


async def test_from_the_form_to_the_last_letter(tmp_path: Path) -> None:
    (port,) = free_ports()
    async with open_house(tmp_path, origin=f"http://127.0.0.1:{port}") as house:
        site = house.site
        await house.people("ada", "bert", "cleo", role=Role.SPEAKER)
        organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
        async with served(site), async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            context = await browser.new_context(locale="de", viewport={"width": 390, "height": 844})
            await context.add_cookies([{"name": "meetingpoint", "value": organiser.cookies["meetingpoint"], "url": site.origin}])
            page = await context.new_page()
            await page.goto(f"{site.origin}/desk/{SLUG_2021}/letters")
            await page.get_by_label("Ein Anschreiben dieser Art").select_option(label="Anschreiben")
            await page.get_by_role("button", name="Schreiben").click()
            await page.get_by_label("Betreff").first.fill("Neues von {conference}")
            await page.get_by_label("Beitrag").check()
            await page.get_by_role("button", name="Speichern und prüfen").click()
            await expect(page.get_by_role("heading", name="So liest es ada")).to_be_visible()
            await page.get_by_role("button", name="An 3 Personen versenden").click()
            progress = page.locator("#progress")
            await expect(progress).to_contain_text("0 von 3")
            await page.evaluate("window.stayed = true")
            await house.send_all()
            await expect(progress).to_contain_text("3 von 3")
            await expect(progress.get_by_role("link", name="3 vom Mailserver angenommen")).to_be_visible()
            assert await page.evaluate("window.stayed")
            await browser.close()
        assert len(house.post.letters) == 3
