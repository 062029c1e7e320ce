"""The player in a real browser: captions, keys, two renditions, counting, and going on when its address has grown old."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page
from sqlmodel import select

from conference.cards.actions import withdraw_card
from conference.cards.model import CardPlays
from conference.cards.store import cards_in
from tests.cards.at_card import chromium, house_with_film, looking, noisy_film, until
from tests.results.house import CLOSES, House, small_film

pytestmark = pytest.mark.browser
WITHOUT_WINDOW = "Object.defineProperty(document, 'pictureInPictureEnabled', { get: () => false });"
SAVES = "Object.defineProperty(navigator, 'connection', { get: () => ({ saveData: true }) });"
STORED = "JSON.stringify({ ...localStorage })"


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest.fixture
async def card(tmp_path: Path) -> AsyncIterator[tuple[House, str]]:
    """A house with a film of six seconds, and the address of its card page."""
    async with house_with_film(tmp_path, small_film(90, 60), 6) as (house, address):
        yield house, f"{address}/cards/heimat"


async def video(page: Page, expression: str) -> object:
    return await page.evaluate(f"document.querySelector('video').{expression}")


async def test_plays_with_captions_on_the_same_level_and_by_keyboard(browser: Browser, card: tuple[House, str]) -> None:
    async with looking(browser) as (_, page):
        await page.goto(card[1])
        assert await video(page, "controls") is False
        await page.get_by_role("button", name="Abspielen").click()
        await until(page, "v.currentTime > 0.2")
        assert await page.get_by_role("button", name="Anhalten").is_visible()
        captions = page.locator("[data-do=captions]")
        await captions.focus()
        await page.keyboard.press("Enter")
        assert await captions.get_attribute("aria-pressed") == "true"
        await until(page, "v.textTracks[0].mode === 'showing' && v.textTracks[0].activeCues?.length === 1")
        await page.get_by_label("Sprache der Untertitel").select_option("en")
        await until(page, "v.textTracks[0].mode === 'disabled' && v.textTracks[1].mode === 'showing'")
        await page.locator("[data-do=mute]").focus()
        for key, expected in (
            ("k", "v.paused"), ("c", "v.textTracks[1].mode === 'disabled'"), ("m", "v.muted"), ("M", "!v.muted"),
            ("ArrowRight", "v.currentTime > 4.9"), ("ArrowLeft", "v.currentTime < 1.5"),
            ("f", "document.fullscreenElement !== null"), ("ArrowDown", "v.volume < 0.95"),
            ("f", "document.fullscreenElement === null"),
        ):  # fmt: skip
            await page.keyboard.press(key)
            await until(page, expected)
        assert str(await page.locator("[data-seek]").get_attribute("aria-valuetext")).endswith("von 0:06")
        await page.locator("[data-seek]").focus()
        await page.keyboard.press("ArrowRight")
        await until(page, "v.currentTime > 4.9")
        await page.keyboard.press("Space")
        await until(page, "!v.paused || v.ended")
        await page.locator("video").click()  # pauses, and gives the player its keys
        await page.keyboard.press("Space")
        await page.get_by_label("Abspieltempo").select_option("1.5")
        assert await video(page, "playbackRate") == 1.5
        await page.get_by_label("Lautstärke").fill("0.5")
        assert await video(page, "volume") == 0.5
        await page.locator("h1").click()
        before = await video(page, "muted")
        await page.keyboard.press("m")  # outside of the player keys are nobody's
        assert await video(page, "muted") == before


async def test_seeking_before_the_first_play_and_a_window_where_there_is_one(browser: Browser, card: tuple[House, str]) -> None:
    async with looking(browser) as (context, page):
        await page.goto(card[1])
        await page.locator("[data-seek]").fill("4")
        await until(page, "v.readyState > 0 && v.currentTime > 3.9")
        assert await video(page, "paused") is True
        can = await page.evaluate("document.pictureInPictureEnabled && 'requestPictureInPicture' in HTMLVideoElement.prototype")
        assert await page.locator("[data-do=window]").is_visible() is can
        await context.add_init_script(WITHOUT_WINDOW)
        await page.goto(card[1])
        assert await page.locator("[data-do=window]").is_hidden()
        assert await page.locator("[data-do=full]").is_visible()


async def test_saving_data_and_remembering_it_only_when_told_to(browser: Browser, card: tuple[House, str]) -> None:
    async with looking(browser) as (context, page):
        await page.goto(card[1])
        await page.get_by_role("button", name="Abspielen").click()
        await page.get_by_label("Abspieltempo").select_option("0.75")
        await until(page, "v.currentTime > 1")
        save = page.get_by_role("button", name="Datensparend")
        keep = page.get_by_label("Auf diesem Gerät merken")
        assert await keep.is_hidden()
        await save.click()
        await until(page, "v.currentSrc.includes('video-360.mp4') && v.currentTime > 1 && !v.paused && v.playbackRate === 0.75")
        assert await save.get_attribute("aria-pressed") == "true"
        assert await page.evaluate(STORED) == "{}"
        await keep.check()
        await page.reload()
        await until(page, "v.querySelector('source').src.includes('video-360.mp4')")
        assert await keep.is_checked()
        await keep.uncheck()
        assert await page.evaluate(STORED) == "{}"
        await page.reload()
        await until(page, "!v.querySelector('source').src.includes('video-360')")
        await context.add_init_script(SAVES)
        await page.reload()
        await until(page, "v.querySelector('source').src.includes('video-360.mp4')")
        assert await page.evaluate(STORED) == "{}"
        await page.get_by_role("button", name="Datensparend").click()
        await until(page, "!v.querySelector('source').src.includes('video-360')")


async def test_goes_on_where_it_was_when_the_address_has_grown_old(browser: Browser, tmp_path: Path) -> None:
    film = noisy_film()
    assert len(film) > 6_000_000
    async with house_with_film(tmp_path, film, 40) as (house, address), looking(browser) as (_, page):
        refused: list[int] = []
        page.on("response", lambda answer: refused.append(answer.status) if answer.status == 403 else None)
        await page.goto(f"{address}/cards/heimat")
        await page.get_by_role("button", name="Abspielen").click()
        await page.locator("[data-do=captions]").click()
        await page.get_by_label("Abspieltempo").select_option("2")
        await until(page, "v.currentTime > 0.5")
        house.clock.advance(minutes=20)  # what the browser holds is signed for 15
        await page.locator("[data-seek]").fill("35")
        await until(page, "v.currentSrc.includes('again=') && v.currentTime > 35.5 && v.currentTime < 39.9", within=12)
        assert refused
        assert await video(page, "playbackRate") == 2
        assert await video(page, "textTracks[0].mode") == "showing"
        assert await page.locator(".player-note").is_hidden()
        await page.get_by_role("button", name="Anhalten").click()
        house.clock.advance(minutes=20)
        await page.locator("[data-seek]").fill("3")
        await until(page, "Math.abs(v.currentTime - 3) < 0.2 && v.readyState > 1", within=12)
        assert await video(page, "paused") is True


async def test_says_that_it_tries_again_and_when_it_gives_up(browser: Browser, card: tuple[House, str]) -> None:
    house, address = card
    async with looking(browser) as (_, page):
        await page.goto(address)
        async with house.services.db.work() as work:
            for one in await cards_in(work.session, house.conference.id):
                await withdraw_card(house.services, work, one.id, by=None)
        begun = time.monotonic()
        await page.get_by_role("button", name="Abspielen").click()
        await page.get_by_text("Er wird neu geholt").wait_for(timeout=10_000)
        await page.get_by_text("Der Film lässt sich gerade nicht laden.").wait_for(timeout=20_000)
        assert time.monotonic() - begun > 3.5
        again = page.get_by_role("button", name="Abspielen")
        await again.click()  # one may try again oneself
        await page.get_by_text("Er wird neu geholt").wait_for(timeout=10_000)


async def test_counts_a_play_and_an_end_once_for_each_opening(browser: Browser, card: tuple[House, str]) -> None:
    house, address = card

    async def counted() -> list[tuple[int, int]]:
        async with house.services.db.read() as db:
            return [(row.plays, row.ends) for row in await db.exec(select(CardPlays))]

    async def until_counted(expected: list[tuple[int, int]]) -> None:
        async with asyncio.timeout(10):
            while await counted() != expected:
                await asyncio.sleep(0.1)

    async with looking(browser) as (context, page):
        await page.goto(address)
        await page.locator("[data-seek]").fill("5.8")
        await page.get_by_role("button", name="Abspielen").click()
        await until(page, "v.ended")
        assert await counted() == []  # a glance at the end is no play
        await page.get_by_role("button", name="Abspielen").click()
        await until_counted([(1, 0)])
        await until_counted([(1, 1)])
        await page.get_by_role("button", name="Abspielen").click()
        await until(page, "v.currentTime > 3.4 && v.currentTime < 5.9")
        assert await counted() == [(1, 1)]
        assert await context.cookies() == []


async def test_nothing_plays_after_closing(browser: Browser, card: tuple[House, str]) -> None:
    house, address = card
    async with looking(browser) as (_, page):
        await page.goto(address)
        house.clock.jump_to(CLOSES)
        await page.get_by_role("button", name="Abspielen").click()
        await page.get_by_text("Der Film lässt sich gerade nicht laden.").wait_for(timeout=20_000)
        response = await page.reload()
        assert response is not None
        assert response.status == 410
