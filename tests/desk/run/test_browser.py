"""Two open consoles on tablets: what happens in the rooms reaches both without a reload, and everything is done by keyboard."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from conference.forums.desk_acts import lock
from conference.people.model import Role
from tests.desk.run.rooms import someone
from tests.desk.test_every_page import ARGUMENTS, CHROMIUM
from tests.media.browsers.length import in_soak
from tests.services import free_ports
from tests.site import SLUG_2021, open_site, served

pytestmark = pytest.mark.browser
FORUM = '.run-room:has(a[href$="/rooms/forum-1"])'


@in_soak
async def test_two_consoles_show_the_same(tmp_path: Path) -> None:
    (port,) = free_ports()
    async with open_site(tmp_path, origin=f"http://127.0.0.1:{port}") as site:
        desks = [await site.signed_in(name, Role.ORGANISER) for name in ("Olga Beispiel", "Otto Beispiel")]
        conference = await site.conference()
        async with served(site), async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            pages: list[Page] = []
            for desk in desks:
                context = await browser.new_context(locale="en", viewport={"width": 820, "height": 1180}, has_touch=True)
                await context.add_cookies([{"name": "meetingpoint", "value": desk.cookies["meetingpoint"], "url": site.origin}])
                pages.append(await context.new_page())
                await pages[-1].goto(f"{site.origin}/desk/{SLUG_2021}/run")
                await pages[-1].evaluate("window.same = true")
            # An open console has opened its socket once it is heard; what happened before is in its state.
            await someone(site, "Mo Leitung", Role.MODERATOR)
            for page in pages:
                line = page.locator(FORUM)
                await expect(line.locator("[data-number=here] .count")).to_have_text("1", timeout=15_000)
                await expect(line.locator(".badge.live")).to_be_visible(timeout=15_000)
                await expect(line.locator(".run-left")).to_have_text(re.compile(r"\d+ min left"))
            later = pages[0].locator("#run-later > summary")
            await later.focus()
            await pages[0].keyboard.press("Enter")
            await lock(site.services, conference.id, "forum-1", on=True, by=None)
            for page in pages:
                await expect(page.locator(FORUM)).to_contain_text("Locked", timeout=15_000)
                assert await page.evaluate("window.same")
            await expect(pages[0].locator("#run-later")).to_have_attribute("open", "")
            assert await pages[0].evaluate("document.activeElement.closest('#run-later') !== null")
            await pages[1].locator(FORUM).get_by_role("link", name="There").tap()
            await expect(pages[1].locator("#run-part")).to_contain_text("Mo Leitung")
            await someone(site, "Anna Nah", Role.SPEAKER)
            await expect(pages[1].locator("#run-part")).to_contain_text("Anna Nah", timeout=15_000)
            await browser.close()


@in_soak
async def test_somebody_in_a_room_is_asked_over_and_told_of_an_emergency(tmp_path: Path) -> None:
    (port,) = free_ports()
    async with open_site(tmp_path, origin=f"http://127.0.0.1:{port}") as site:
        desk = await site.signed_in("Olga Beispiel", Role.ORGANISER)
        anna = await site.signed_in("Anna Nah", session="forum-1")
        run = f"/desk/{SLUG_2021}/run"
        async with served(site), async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            context = await browser.new_context(locale="en")
            await context.add_cookies([{"name": "meetingpoint", "value": anna.cookies["meetingpoint"], "url": site.origin}])
            page = await context.new_page()
            await page.goto(f"{site.origin}/{SLUG_2021}/sessions/forum-1/room")
            await page.locator("#join-text").click()
            await expect(page.locator("#door")).to_be_hidden(timeout=15_000)
            room = await desk.get(f"{run}/rooms/forum-1")
            (seat,) = re.findall(r'name="seat" value="([^"]*)"', room.text)
            version = str((await site.conference()).version)
            await desk.post(f"{run}/emergency", data={"de": "Feueralarm.", "en": "Fire alarm.", "version": version})
            await expect(page.locator("#emergency-now")).to_have_text("Fire alarm.", timeout=15_000)
            await desk.post(f"{run}/move", data={"room": "forum-1", "to": "forum-2", "seat": [seat]})
            over = page.locator("#banner").get_by_role("button", name="Go there")
            await expect(over).to_be_visible(timeout=15_000)
            await over.click()
            await page.wait_for_url("**/forum-2/room**")
            await browser.close()
