"""Firefox leads a plenary and its people, against all real processes; the audience sits in Chromium."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page

from conference.people.model import Role
from conference.program.model import Floor, Kind
from tests.browser.firefox import FirefoxPage
from tests.browser.firefox_house import firefox_in_the_room, staged_with_firefox
from tests.browser.room_house import Stage, session_row, words
from tests.media.browsers.length import LONG, in_soak

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WITHIN = 90.0  # seconds for everything: starting the house and both browsers, and three people on two cores
SEEN = "[...document.querySelectorAll('{where} video')].some((one) => !one.hidden && one.videoWidth > 0 && one.currentTime > 0.3)"


async def plenary(stage: Stage) -> None:
    """It would begin in ten minutes."""
    now = datetime.now(UTC)
    row = session_row("opening", now, Floor.STAGE, 6, starts=now + timedelta(minutes=10), ends=now + timedelta(minutes=70))
    row.kind, row.number, row.title, row.question = Kind.PLENARY, None, words("Eröffnung"), words("")
    async with stage.db.work() as work:
        work.session.add(row)


def has(selector: str, text: str = "") -> str:
    """In sight, with this text."""
    return (
        f"[...document.querySelectorAll({selector!r})]"
        f".some((one) => one.getClientRects().length > 0 && one.textContent.includes({text!r}))"
    )


async def chooses(page: FirefoxPage, selector: str, value: str) -> None:
    await page.evaluate(
        f"(() => {{ const list = document.querySelector({selector!r}); list.value = [...list.options]"
        f".find((one) => one.text === {value!r}).value; list.dispatchEvent(new Event('change', {{ bubbles: true }})); }})()"
    )


@in_soak
async def test_firefox_behind_the_stage_and_in_the_moderators_panel(tmp_path: Path) -> None:
    async with asyncio.timeout(WITHIN), staged_with_firefox(tmp_path) as (stage, firefox):
        await plenary(stage)
        mo, sina = [
            await firefox_in_the_room(stage, firefox, await stage.link(await stage.person(name, role)), "opening")
            for name, role in (("Mo Moderat", Role.MODERATOR), ("Sina Beispiel", Role.SPEAKER))
        ]
        anna = await stage.enter(await stage.person("Anna Publikum"), "opening")
        await behind_the_stage(mo, sina, anna)
        await onto_the_stage(mo, sina, anna)
        await leads(mo, sina, anna)
        if LONG:
            await the_host_drops_out(mo, sina)
        for page in (sina,) if LONG else (mo, sina):
            assert await page.evaluate("window.__errors") == []
            assert [line for line in await page.log() if line.startswith("error")] == []


async def behind_the_stage(mo: FirefoxPage, sina: FirefoxPage, anna: Page) -> None:
    """They see and hear each other, and the audience the slide alone."""
    await sina.wait_for(has("#my-place-strip[data-place=behind]", "hört und sieht Sie nicht"))
    for device in ("microphone", "camera"):
        await sina.click(f"#tool-{device}")
    await sina.wait_for(has("#place-level"))
    await mo.to_front()
    await mo.wait_for(SEEN.format(where=".tile.backstage"), within=25)
    await mo.click("#behind-list [data-act=hear]")
    await sina.wait_for(has("#place-heard", "Wir hören Sie"))
    await anna.wait_for_selector("#holding:has-text('Es beginnt gleich')")


async def onto_the_stage(mo: FirefoxPage, sina: FirefoxPage, anna: Page) -> None:
    await mo.click("#behind-list li:nth-child(2) [data-act=on_stage]")
    await sina.wait_for(has("#my-place-strip[data-place=stage]", "Vorhang zu"))
    await mo.click("#curtain")
    await anna.wait_for_selector("#holding", state="hidden")
    await anna.wait_for_function(f"() => {SEEN.format(where='.stage .tile')}", timeout=25_000)
    await mo.wait_for(SEEN.format(where=".stage .tile:not(.backstage)"), within=25)  # from behind one follows the stage


async def leads(mo: FirefoxPage, sina: FirefoxPage, anna: Page) -> None:
    """The running order with what was taken out, the deputy, and the moderators' own tab with a question and the door."""
    await mo.click("#order-add")
    await mo.fill("#greeting-name", "Kim Gruß")
    await mo.click("#greeting [value=yes]")
    await mo.wait_for(has("#order li", "Kim Gruß"))
    await mo.click("#order [data-act=drop]")
    await mo.wait_for(has("#order-undo", "Kim Gruß"))
    await mo.click("#order-undo button")
    await sina.wait_for(has("#order li", "Kim Gruß"))
    await mo.wait_for("document.activeElement.dataset.act === 'drop'")
    await chooses(mo, "#deputy", "Sina Beispiel")
    await sina.wait_for(has("#host", "Mo Moderat leitet"))

    await anna.click("#tool-talk")
    await anna.click("#tab-questions")
    await anna.fill("#question-text", "Wer hilft danach?")
    await anna.click("#ask button")
    await mo.click("#tab-moderation")
    await mo.wait_for(has("#lead-questions li", "Wer hilft danach?"))
    await mo.click("#lead-questions [data-act=approve]")
    await anna.wait_for_selector("#questions li .vote")
    await mo.click("#lock")
    await mo.wait_for("document.querySelector('#lock').checked")
    await mo.click("#help")
    await mo.wait_for(has("#help-said"))


async def the_host_drops_out(mo: FirefoxPage, sina: FirefoxPage) -> None:
    """After ten seconds one click of the deputy, and everything goes on as it was."""
    await mo.close()
    await sina.to_front()
    await sina.wait_for(has("#gone"), within=25)
    await sina.click("#take-over")
    await sina.wait_for(has("#tab-moderation"))
    await sina.click("#tab-plenary")
    await sina.wait_for(has("#host", "Sie leiten"))
    await sina.wait_for(has("#order li", "Kim Gruß"))
