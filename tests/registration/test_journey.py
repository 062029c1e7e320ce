"""Registering as people meet it: without scripts, by keyboard alone, on a narrow screen, and what the organisers then see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.async_api import Page, async_playwright, expect

from conference.people.model import Role
from conference.program.store import session_by_slug
from tests.browser.axe import violations
from tests.desk.test_every_page import ARGUMENTS, CHROMIUM, WIDER
from tests.registration.conftest import opens
from tests.registration.test_pages import DESK, MINE, REGISTER, link_for
from tests.services import free_ports
from tests.site import MOMENTS, SLUG_2021, Site, open_site, served

pytestmark = pytest.mark.browser


async def presses_until(page: Page, name: str) -> None:
    """The tab key until the field or button of this name has the focus."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        focused = await page.evaluate(
            "(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim().replace(/\\s+/g, ' ')"
        )
        if focused.startswith(name):
            return
    raise AssertionError(f"the tab key never comes to {name}")


async def is_fit(page: Page, axe_core: str) -> None:
    assert await violations(page, axe_core) == []
    assert await page.evaluate(WIDER) == ""


async def registers(page: Page, site: Site, axe_core: str) -> None:
    """By keyboard alone, with a fault at first."""
    await page.goto(f"{site.origin}/{SLUG_2021}/")
    await page.locator("main").get_by_role("link", name="Zur Teilnahme anmelden").click()
    await page.locator("h1").click()
    for field, keys in (
        ("Name", "Anna Alt"), ("E-Mail", "anna"), ("Erstwunsch", "Rück"), ("Wenn das voll ist", "Mit"), ("Gebärdensprach", " "),
    ):  # fmt: skip
        await presses_until(page, field)
        await page.keyboard.type(keys)
    await presses_until(page, "Zur Teilnahme anmelden")
    site.clock.advance(seconds=30)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert").get_by_role("link")).to_have_count(2)
    await is_fit(page, axe_core)
    await page.get_by_label("E-Mail").fill("anna@example.org")
    await page.get_by_label("Ich willige ein").check()
    site.clock.advance(seconds=30)
    await page.get_by_role("button", name="Zur Teilnahme anmelden").click()
    await expect(page.get_by_role("heading", name="Dank")).to_be_visible()
    await is_fit(page, axe_core)


async def withdraws(page: Page, site: Site, axe_core: str) -> None:
    await page.goto(f"{site.origin}{MINE}")
    await expect(page.locator(".chosen li")).to_have_count(2)
    await is_fit(page, axe_core)
    await page.get_by_role("button", name="Anmeldung zurückziehen").click()
    await expect(page.get_by_role("heading", name="zurückgezogen")).to_be_visible()
    await page.get_by_role("link", name="Wieder anmelden").click()
    assert page.url == f"{site.origin}{REGISTER}"


async def looks_and_reads_in(page: Page, site: Site) -> None:
    await page.goto(f"{site.origin}{DESK}")
    await page.get_by_role("link", name="1 zurückgezogen").click()
    await expect(page.get_by_role("link", name="Anna Alt")).to_be_visible()
    await page.goto(f"{site.origin}/desk/{SLUG_2021}/people/import")
    table = {"name": "liste.csv", "mimeType": "text/csv", "buffer": "Name;E-Mail\nKäthe Müller;k@example.org\n".encode()}
    await page.locator("#file").set_input_files([table])  # type: ignore[list-item]
    await page.get_by_role("button", name="Prüfen").click()
    await page.get_by_role("button", name="1 Person übernehmen").click()
    await expect(page.get_by_role("link", name="Käthe Müller")).to_be_visible()


def cookie_of(client: httpx2.AsyncClient, site: Site) -> Any:
    return {"name": "meetingpoint", "value": client.cookies["meetingpoint"], "url": site.origin}


async def test_from_the_start_page_to_the_place_and_back(tmp_path: Path, axe_core: str) -> None:
    (port,) = free_ports()
    async with open_site(tmp_path, origin=f"http://127.0.0.1:{port}") as site:
        site.clock.jump_to(MOMENTS["announced"])
        await opens(site)
        async with site.services.db.work() as work:
            forum = await session_by_slug(work.session, (await site.conference()).id, "forum-1")
            forum.places = 0
            work.session.add(forum)
        olga = await site.signed_in("Olga Beispiel", Role.ORGANISER)
        async with served(site), async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            phone = await browser.new_context(locale="de", color_scheme="dark", viewport={"width": 320, "height": 640})
            page = await phone.new_page()
            page.set_default_timeout(10_000)
            await registers(page, site, axe_core)
            await phone.add_cookies([cookie_of(await link_for(site), site)])
            await withdraws(page, site, axe_core)
            desk = await browser.new_context(locale="de", viewport={"width": 1280, "height": 900}, java_script_enabled=False)
            await desk.add_cookies([cookie_of(olga, site)])
            await looks_and_reads_in(await desk.new_page(), site)
            await browser.close()
