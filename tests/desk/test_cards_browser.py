"""The desk's pages of video cards in a real browser: by keyboard, on a phone, in both languages and themes, without scripts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from conference.access.model import State
from conference.cards.model import CardState
from conference.people.model import Role
from tests.browser.axe import source, violations
from tests.cards.reviewing import agreed, card_at, film_beside, letters_waiting, person_of
from tests.results.house import House, house_at, served
from tests.services import free_ports, skip_or_fail

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PAGES = ("", "/heimat", "/werkbank", "/terms", "/reminder")
PHONE, WIDE = {"width": 320, "height": 640}, {"width": 1280, "height": 900}


@pytest.fixture
async def at_desk(tmp_path: Path) -> AsyncIterator[tuple[House, str, Browser]]:
    """A house with one card that all have agreed to, one with a new version beside the public one, and one missing."""
    (port,) = free_ports()
    async with house_at(tmp_path, "folder", port=port) as house:
        house.at(State.ANNOUNCED)
        await person_of(house, "Wanda", Role.INITIATIVE, initiative="wendland")
        await agreed(house, await card_at(house, "werkbank"))
        await film_beside(house, await card_at(house, "heimat"), name="IMG_0042.MOV", size=123_456_789)
        async with served(house) as address, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            yield house, address.replace("/treffen", "/desk/treffen"), browser
            await browser.close()


async def opened(
    house: House, desk: str, browser: Browser, language: str = "de", **options: object
) -> tuple[BrowserContext, Page]:
    context = await browser.new_context(locale=language, **options)  # type: ignore[arg-type]
    await context.add_cookies(
        [{"name": "meetingpoint", "value": house.cookies["organiser"], "url": desk.partition("/desk")[0] + "/"}]
    )
    page = await context.new_page()
    page.set_default_timeout(8000)
    return context, page


async def test_no_barrier_that_a_program_finds_and_nothing_sticks_out(at_desk: tuple[House, str, Browser]) -> None:
    house, desk, browser = at_desk
    try:
        script = source()
    except FileNotFoundError as reason:
        skip_or_fail(str(reason))
    for language, scheme, size in (("de", "light", WIDE), ("en", "dark", PHONE)):
        context, page = await opened(house, desk, browser, language, color_scheme=scheme, viewport=size)
        for path in PAGES:
            where = f"{path} {language} {scheme} {size['width']}"
            await page.goto(f"{desk}/cards{path}")
            for details in await page.locator("main details").all():
                await details.evaluate("(one) => { one.open = true; }")
            assert await violations(page, script) == [], where
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), where
        await context.close()


async def test_two_versions_stand_side_by_side_and_the_waiting_one_plays(at_desk: tuple[House, str, Browser]) -> None:
    house, desk, browser = at_desk
    context, page = await opened(house, desk, browser, viewport=WIDE)
    await page.goto(f"{desk}/cards/heimat")
    shown, waiting = [await one.bounding_box() for one in await page.locator("video").all()]
    assert shown is not None
    assert waiting is not None
    assert shown["y"] == waiting["y"]
    assert shown["x"] + shown["width"] < waiting["x"]
    await page.set_viewport_size(PHONE)
    shown, waiting = [await one.bounding_box() for one in await page.locator("video").all()]
    assert shown is not None
    assert waiting is not None
    assert shown["y"] + shown["height"] < waiting["y"]
    for video in await page.locator("video").all():
        assert await video.evaluate(
            "(one) => new Promise((done) => { one.onloadedmetadata = () => done(one.videoWidth); "
            " one.querySelector('source').onerror = () => done(0); one.preload = 'metadata'; one.load(); })"
        )
    await context.close()


async def tab_to(page: Page, selector: str) -> None:
    """With the tab key alone; the focus can be seen there."""
    for _ in range(60):
        if await page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"the tab key does not come to {selector}")


async def press(page: Page, selector: str) -> None:
    """To there by tab, then Enter; until the page that this leads to is there."""
    await tab_to(page, selector)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


async def test_by_keyboard_from_the_desk_to_a_published_card_and_the_reminder(at_desk: tuple[House, str, Browser]) -> None:
    house, desk, browser = at_desk
    context, page = await opened(house, desk, browser, "en", viewport=WIDE)
    await page.goto(desk)
    await press(page, '.desk-rooms a[href="/desk/treffen/cards"]')
    assert await page.inner_text("h1") == "Video cards"
    await press(page, '.queues a[href$="show=captions"]')
    await press(page, '.reviewed a[href$="/werkbank"]')
    await press(page, 'button[value="publish"]')
    assert "The card is published." in await page.inner_text(".notice.ok")
    assert (await card_at(house, "werkbank")).state is CardState.PUBLISHED
    await tab_to(page, "#reason")
    await page.keyboard.type("Please speak up.")
    await press(page, 'button[value="change"]')
    assert "You have asked for a change" in await page.inner_text("aside.decisions")
    assert (await card_at(house, "werkbank")).change == "Please speak up."
    await tab_to(page, ".danger-zone summary")
    await page.keyboard.press("Enter")
    await tab_to(page, "#name")
    await page.keyboard.type("Werkbank")
    await press(page, 'button[value="withdraw"]')
    assert "Withdrawn" in await page.inner_text(".traffic")
    await page.goto(f"{desk}/cards")
    await press(page, 'a[href$="/cards/reminder"]')
    before = len(await letters_waiting(house))
    await press(page, "main form .button.main")
    assert "1 letter is on its way." in await page.inner_text(".notice.ok")
    assert len(await letters_waiting(house)) == before + 1
    await context.close()


async def test_without_scripts_all_of_it_works(at_desk: tuple[House, str, Browser]) -> None:
    house, desk, browser = at_desk
    context, page = await opened(house, desk, browser, viewport=PHONE, java_script_enabled=False)
    await page.goto(f"{desk}/cards/terms")
    await page.get_by_label("Längster Film").fill("2:30")
    await page.get_by_role("button", name="Vorgaben festlegen").click()
    await page.get_by_text("Die Vorgaben gelten.").wait_for()
    assert await page.get_by_label("Längster Film").input_value() == "2:30"
    await context.close()


async def test_the_list_of_somebody_else_learns_at_once(at_desk: tuple[House, str, Browser]) -> None:
    house, desk, browser = at_desk
    await house.services.live.start()
    context, page = await opened(house, desk, browser, viewport=WIDE)
    welcomed = asyncio.Event()
    page.on("websocket", lambda line: line.on("framereceived", lambda _frame: welcomed.set()))
    await page.goto(f"{desk}/cards")
    await asyncio.wait_for(welcomed.wait(), 8)
    other, decides = await opened(house, desk, browser, viewport=WIDE)
    await decides.goto(f"{desk}/cards/werkbank")
    async with page.expect_navigation():  # within two seconds, each page at a moment of its own
        await decides.get_by_role("button", name="Freigeben").click()
    assert await page.locator('li:has(a[href$="/werkbank"]) .traffic').inner_text() == "Untertitel fehlen"
    await other.close()
    await context.close()
    await house.services.live.aclose()
