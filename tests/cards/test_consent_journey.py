"""From nothing agreed to a withdrawn card, by keyboard alone, in a real browser; the last step days after closing."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright

from conference.access.model import State
from conference.cards.model import CardState, ConsentKind
from tests.browser import axe
from tests.cards.keeping import card_named, consents_now
from tests.results.house import House, house_at, served
from tests.services import free_ports, skip_or_fail

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
NAMES = {
    "de": ("Dem Angekreuzten zustimmen", "Zurücknehmen: In der Galerie dieser Veranstaltung", "Die Karte endgültig zurückziehen"),
    "en": ("Agree to what is ticked", "Take back: In the gallery of this conference", "Withdraw the card for good"),
}


@dataclass
class At:
    house: House
    address: str
    page: Page
    script: str

    async def looks_well(self, name: str) -> None:
        """No fault that axe knows, in both themes, and nothing sticks out of a phone of 320 px."""
        for scheme in ("light", "dark"):
            await self.page.emulate_media(color_scheme=scheme)
            assert await axe.violations(self.page, self.script) == [], f"{name}, {scheme}"
            await self._picture(f"{name}-{scheme}")
        wide = await self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} is {wide} px too wide"

    async def _picture(self, name: str) -> None:
        """For looking at: PICTURES=FOLDER pytest ..."""
        if folder := os.environ.get("PICTURES"):
            for width in (1280, 390):
                await self.page.set_viewport_size({"width": width, "height": 900})
                await self.page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
            await self.page.set_viewport_size({"width": 320, "height": 700})

    async def tab_to(self, name: str) -> None:
        """Press Tab until what has this name (its label or its words) has the focus."""
        named = """(name) => { const one = document.activeElement;
          const said = one.labels?.length ? one.labels[0].innerText : one.textContent;
          return said.replace(/\\s+/g, " ").trim().startsWith(name); }"""
        for _ in range(80):
            await self.page.keyboard.press("Tab")
            if await self.page.evaluate(named, name):
                return
        raise AssertionError(f"{name} is not reached with Tab")


@pytest.fixture(params=["de", "en"])
async def at(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[At]:
    """The owner's page of consents in a browser of the initiative, 320 px wide."""
    try:
        script = axe.source()
    except FileNotFoundError as error:
        skip_or_fail(str(error))
    (port,) = free_ports()
    async with house_at(tmp_path, "folder", port=port) as house, served(house) as address, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        locale = {"de": "de-DE", "en": "en-GB"}[request.param]
        context = await browser.new_context(locale=locale, viewport={"width": 320, "height": 700})
        await context.add_cookies([{"name": "meetingpoint", "value": house.cookies["initiative"], "url": address}])
        page = await context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith(address.rpartition("/")[0]) else errors.append(asked.url))
        await page.goto(f"{address}/cards/werkbank/own/consent")
        yield At(house, address, page, script)
        await browser.close()
        assert errors == []


async def test_from_agreeing_to_withdrawing_by_keyboard(at: At, request: pytest.FixtureRequest) -> None:
    page, lang = at.page, request.node.callspec.params["at"]
    agree, take_back, withdraw = NAMES[lang]
    await at.looks_well(f"asked-{lang}")

    for kind in ("licence", "people", "platform"):
        await at.tab_to(await page.inner_text(f"label[for={kind}]"))
        await page.keyboard.press("Space")
    await at.tab_to(agree)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/consent?agreed")
    held = await consents_now(at.house, "werkbank")
    assert {kind: one.language for kind, one in held.items()} == dict.fromkeys(
        (ConsentKind.LICENCE, ConsentKind.PEOPLE, ConsentKind.PLATFORM), lang
    )
    await at.looks_well(f"agreed-{lang}")

    await at.tab_to(take_back)
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/consent?ended")
    assert set(await consents_now(at.house, "werkbank")) == {ConsentKind.LICENCE, ConsentKind.PEOPLE}
    link = (await page.inner_text(".consent-link")).strip()

    at.house.at(State.CLOSED)
    await page.context.clear_cookies()
    answer = await page.goto(f"{at.address}/cards/werkbank/own/consent")
    assert answer is not None
    assert answer.status == 410
    await page.goto(link)
    await at.looks_well(f"withdraw-{lang}")
    await at.tab_to(withdraw)
    await page.keyboard.press("Enter")
    await page.get_by_role("status").wait_for()
    await at.looks_well(f"withdrawn-{lang}")
    assert (await card_named(at.house, "werkbank")).state is CardState.WITHDRAWN
    await page.reload()
    assert await page.locator("main form").count() == 0
