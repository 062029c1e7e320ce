"""The player in a real browser: plays, seeks, captions by keyboard, and goes on when its address has grown old."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright

from conference.cards.actions import withdraw_card
from conference.cards.store import cards_in
from tests.results.house import CAPTIONS, CLOSES, House, house_at, served, small_film, write_conference
from tests.services import free_ports

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip


@pytest.fixture
async def at_card(tmp_path: Path) -> AsyncIterator[tuple[House, Page]]:
    """A house with a film of six seconds, and a browser on its card page."""
    (port,) = free_ports()
    async with house_at(tmp_path, "folder", port=port) as house:
        write_conference(house.folder)
        (house.folder / "cards/heimat.mp4").write_bytes(small_film(90, 60))
        (house.folder / "cards/heimat.de.vtt").write_bytes(CAPTIONS.replace(b"00:00.400", b"00:06.000"))
        await house.again()
        async with served(house) as address, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            page = await browser.new_page(locale="de-DE")
            errors: list[str] = []
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("console", lambda line: errors.append(line.text) if "Content Security" in line.text else None)
            await page.goto(f"{address}/cards/heimat")
            yield house, page
            await browser.close()
            assert errors == []


async def video(page: Page, expression: str) -> object:
    return await page.evaluate(f"document.querySelector('video').{expression}")


async def until(page: Page, expression: str) -> None:
    """Until it is true of the video `v`. (The page's own policy forbids the polling that Playwright would put into it.)"""
    async with asyncio.timeout(8):
        while not await page.evaluate(f"(() => {{ const v = document.querySelector('video'); return {expression}; }})()"):
            await asyncio.sleep(0.05)


async def test_plays_with_captions_on_the_same_level(at_card: tuple[House, Page]) -> None:
    _house, page = at_card
    assert await video(page, "controls") is False
    await page.get_by_role("button", name="Abspielen").click()
    await until(page, "v.currentTime > 0.2")
    assert await page.get_by_role("button", name="Anhalten").is_visible()
    captions = page.locator("[data-do=captions]")
    assert await captions.get_attribute("aria-pressed") == "false"
    await captions.focus()
    await page.keyboard.press("Enter")
    assert await captions.get_attribute("aria-pressed") == "true"
    await until(
        page, "v.textTracks[0].mode === 'showing' && v.textTracks[0].activeCues && v.textTracks[0].activeCues.length === 1"
    )
    await page.get_by_label("Sprache der Untertitel").select_option("en")
    await until(page, "v.textTracks[0].mode === 'disabled' && v.textTracks[1].mode === 'showing'")


async def test_by_keyboard(at_card: tuple[House, Page]) -> None:
    _house, page = at_card
    await page.locator("[data-do=mute]").focus()
    await page.keyboard.press("m")
    assert await video(page, "muted") is True
    await page.keyboard.press("k")
    await until(page, "!v.paused && v.currentTime > 0")
    await page.keyboard.press("k")
    await until(page, "v.paused")
    await page.keyboard.press("ArrowRight")
    await until(page, "v.currentTime > 4.9")
    await page.keyboard.press("ArrowLeft")
    await until(page, "v.currentTime < 1.2")
    assert str(await page.locator("[data-seek]").get_attribute("aria-valuetext")).endswith("von 0:06")
    await page.get_by_label("Abspieltempo").select_option("1.5")
    assert await video(page, "playbackRate") == 1.5


async def test_seeking_before_the_first_play(at_card: tuple[House, Page]) -> None:
    _house, page = at_card
    await page.locator("[data-seek]").fill("4")
    await until(page, "v.readyState > 0 && v.currentTime > 3.9")
    assert await video(page, "paused") is True


async def test_goes_on_when_the_address_has_grown_old(at_card: tuple[House, Page]) -> None:
    house, page = at_card
    await page.get_by_role("button", name="Abspielen").click()
    await until(page, "v.currentTime > 0.5")
    await page.get_by_role("button", name="Anhalten").click()
    house.clock.advance(minutes=20)
    # What a browser does that has to fetch further with the old address: the store refuses, the element fails.
    await page.evaluate("document.querySelector('source').dispatchEvent(new Event('error'))")
    await until(page, "v.currentSrc.includes('again=') && v.readyState > 0 && v.currentTime > 0.4")
    await page.get_by_role("button", name="Abspielen").click()
    await until(page, "v.currentTime > 1")


async def test_says_so_when_the_film_is_gone(at_card: tuple[House, Page]) -> None:
    house, page = at_card
    async with house.services.db.work() as work:
        for card in await cards_in(work.session, house.conference.id):
            await withdraw_card(house.services, work, card.id, by=None)
    await page.get_by_role("button", name="Abspielen").click()
    await page.get_by_text("Der Film lässt sich gerade nicht laden.").wait_for(timeout=8000)


async def test_nothing_plays_after_closing(at_card: tuple[House, Page]) -> None:
    house, page = at_card
    house.clock.jump_to(CLOSES)
    await page.get_by_role("button", name="Abspielen").click()
    await page.get_by_text("Der Film lässt sich gerade nicht laden.").wait_for(timeout=8000)
    response = await page.reload()
    assert response is not None
    assert response.status == 410
