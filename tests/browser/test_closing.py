"""The slides of a closing plenary in real browsers: on the stage and on a projector's page, turned for all, lit, live."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from sqlmodel import select

from conference.base.ids import RandomIds
from conference.live.model import OutboxRow
from conference.people.model import Person, Role, RoleHeld
from conference.program.model import Billing, Floor, Kind, Place, Session
from conference.results.events import SHEET_CHANGED
from conference.results.model import Finding
from tests.browser.axe import source, violations
from tests.browser.room_house import SLUG, Stage, session_row, words
from tests.services import skip_or_fail

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PICTURES = os.environ.get("FINDINGS_PICTURES")  # a folder for screenshots to look at
PAGE = f"{SLUG}/sessions/closing/closing"
SHOWN = "#closing-deck [data-slide]:not([hidden])"


@pytest.fixture(scope="module")
def axe() -> str:
    try:
        return source()
    except FileNotFoundError as error:
        skip_or_fail(str(error))


def finding(name: str, session: str, text: str, *, key: bool = True) -> Finding:
    return Finding(id=name, session_id=session, heading="topics", text=words(text), key=key)


async def plenary(stage: Stage) -> None:
    """A plenary that has just begun, behind forums 1, 2, 3 and 5 of the house; two of them have starred something."""
    now = datetime.now(UTC)
    row = session_row("closing", now, Floor.STAGE, 9, starts=now - timedelta(minutes=1), place=Place.BOTH)
    row.kind, row.number, row.title, row.question = Kind.PLENARY, None, words("Abschluss: Was wir mitnehmen"), words("")
    async with stage.db.work() as work:
        work.session.add(row)
        work.session.add(
            Billing(
                id="mo",
                session_id="forum",
                position=1,
                name="Mo Moderat",
                role="moderator",
                title=words("Leitung"),
                affiliation={},
            )
        )
        for one in (
            finding("f1", "stage", "Persönliche Begegnung fehlt; zugleich schrumpfen im Netz die Entfernungen."),
            finding("f2", "forum", "Offenheit, Wertschätzung und Akzeptanz entscheiden, ob Rückkehr gelingt."),
            finding("f3", "forum", "Patenschaften für die ersten hundert Tage, vermittelt über Vereine (Beispiel)."),
            finding("f4", "forum", "Noch ohne Stern.", key=False),
        ):
            work.session.add(one)


async def star(stage: Stage, name: str) -> None:
    """As the moderation of a forum does; told as the sheet tells it."""
    async with stage.db.work() as work:
        found = await work.session.get(Finding, name)
        assert found is not None
        found.key = True
        work.session.add(found)
        facts = {"conference": "c1", "session": "forum"}
        work.session.add(OutboxRow(conference_id=None, topic="conference:c1", kind=SHEET_CHANGED, facts=facts, at=work.now))


async def moderates(stage: Stage, name: str, session: str) -> Person:
    """Somebody who moderates that session, and takes part in all others."""
    person = await stage.person(name)
    async with stage.db.work() as work:
        work.session.add(RoleHeld(id=RandomIds().new(), person_id=person.id, role=Role.MODERATOR, session_id=session))
    return person


async def shows(page: Page, slide: str) -> None:
    await expect(page.locator(SHOWN)).to_have_attribute("data-slide", slide, timeout=10_000)


@dataclass
class Plenum:
    """lea leads in the room; mara takes part by phone; mo moderates forum 2 and looks at the projector's page, in the dark."""

    lea: Page
    mara: Page
    mo: Page

    @property
    def all(self) -> tuple[Page, ...]:
        return self.lea, self.mara, self.mo


async def gathered(stage: Stage) -> Plenum:
    await plenary(stage)
    lea = await stage.enter(await moderates(stage, "Lea Leitung", "closing"), "closing")
    mara = await stage.enter(await stage.person("Mara Muster"), "closing", viewport={"width": 390, "height": 760})
    mo = await (await stage.context(await moderates(stage, "Mo Moderat", "forum"), color_scheme="dark")).new_page()
    await mo.goto(f"{stage.base}/{PAGE}")
    return Plenum(lea, mara, mo)


async def test_the_key_findings_on_the_stage_and_on_the_projector(stage: Stage, axe: str) -> None:
    plenum = await gathered(stage)
    await begun_for_all(plenum)
    await browsed_by_one(plenum)
    await lit_by_who_presents(plenum)
    await starred_meanwhile(stage, plenum)
    for page in plenum.all:
        assert await violations(page, axe) == []
    await on_a_narrow_phone_in_the_light(plenum.mo, axe)
    await ended(plenum)
    for page in plenum.all:
        assert await page.evaluate("window.__errors") == []


async def begun_for_all(plenum: Plenum) -> None:
    """Whoever leads puts the slides on the stage, and all pages are where the stage is."""
    lea, mara, mo = plenum.all
    await expect(mo.locator("[data-part=state]")).to_have_text("Noch nicht für alle gezeigt")
    await expect(mo.locator("[data-part=begin]")).to_be_hidden()
    await expect(mara.locator("#closing-deck")).to_be_hidden()
    await lea.click("#tab-plenary")
    await lea.click("#closing-lead-begin")
    for page in plenum.all:
        await shows(page, "")
    await lea.focus("#closing-deck [data-part=frame]")
    await lea.keyboard.press("ArrowRight")
    for page in plenum.all:
        await shows(page, "stage")
    await expect(mo.locator("[data-part=said]")).to_contain_text("Folie 2 von 5: Was braucht ein gutes")


async def browsed_by_one(plenum: Plenum) -> None:
    """One looks back for oneself, and returns to the others."""
    _, mara, mo = plenum.all
    await mara.click("#closing-deck [data-part=back]")
    await shows(mara, "")
    await shows(mo, "stage")
    await mara.click("#closing-deck [data-part=follow]")
    await shows(mara, "stage")


async def lit_by_who_presents(plenum: Plenum) -> None:
    """At the own slide the forum's moderator holds the pointer, by a clicker's keys, and starts the light."""
    lea, mara, mo = plenum.all
    await mo.keyboard.press("PageDown")
    await shows(mo, "forum")
    await shows(mara, "stage")
    await lea.keyboard.press("PageDown")
    await shows(mara, "forum")
    await expect(mo.locator("[data-part=light-on]")).to_be_visible()
    await mo.keyboard.press("t")
    await expect(mo.locator("[data-part=light]")).to_have_attribute("data-phase", "green")
    await expect(mara.locator("[data-part=left]")).to_contain_text("Noch 1:5")
    await expect(mo.locator("[data-part=said]")).to_have_text("Das Licht ist an: 2 Minuten.")


async def starred_meanwhile(stage: Stage, plenum: Plenum) -> None:
    """What is starred now appears, and is said."""
    mo = plenum.mo
    await expect(mo.locator(f"{SHOWN} [data-entry]")).to_have_count(2)
    await star(stage, "f4")
    for page in plenum.all:
        await expect(page.locator(f"{SHOWN} [data-entry]")).to_have_count(3, timeout=10_000)
    await expect(mo.locator("[data-part=said]")).to_contain_text("Neue zentrale Erkenntnis: Noch ohne Stern.")
    await expect(mo.locator(f"{SHOWN} .fresh")).to_have_text("Noch ohne Stern.")
    await shows(mo, "forum")


async def on_a_narrow_phone_in_the_light(page: Page, axe: str) -> None:
    wide = page.viewport_size
    assert wide is not None
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size({"width": 320, "height": 640})
    assert await page.evaluate("document.documentElement.scrollWidth") == 320
    assert await violations(page, axe) == []
    await page.set_viewport_size(wide)


async def ended(plenum: Plenum) -> None:
    """Full screen, and off the stage again."""
    lea, mara, mo = plenum.all
    await mo.focus("#closing-deck [data-part=frame]")
    await mo.keyboard.press("f")
    await mo.wait_for_function("() => document.fullscreenElement?.id === 'closing-deck'")
    await mo.keyboard.press("ArrowRight")
    await shows(mara, "round")
    await expect(mara.locator("[data-part=light]")).to_be_hidden()
    await lea.click("#closing-deck [data-part=end]")
    await expect(mara.locator("#closing-deck")).to_be_hidden()
    await expect(mo.locator("[data-part=state]")).to_have_text("Noch nicht für alle gezeigt")


FITS = "(({clientHeight, scrollHeight}) => scrollHeight <= clientHeight)(document.querySelector('[data-part=frame]'))"
LONG = "Wer zurückkehrt, braucht Anknüpfung, bezahlbaren Wohnraum, Kinderbetreuung und eine Gemeinde, die Neues zulässt. " * 5
QUESTION = "Welche Unterstützung brauchen Menschen, die in ihre Heimat zurückkehren oder neu dorthin ziehen, von wem? " * 3
NOT_CUT = """() => {
    const box = (one) => one.getBoundingClientRect();
    const frame = document.querySelector("[data-part=frame]");
    const parts = [...document.querySelectorAll("#closing-deck [data-slide]:not([hidden]) :is(h2, li, .closing-who)")];
    return {
        cut: parts.filter((one) => box(one).bottom > box(frame).bottom + 1 || box(one).top < box(frame).top).length,
        scrolls: frame.scrollHeight > frame.clientHeight,
        letters: parseFloat(getComputedStyle(document.querySelector("[data-slide]:not([hidden]) li")).fontSize),
    };
}"""


async def much_to_read(stage: Stage, letters: int, question: str) -> None:
    """Forum 2 has five key findings of so many letters, and this question."""
    async with stage.db.work() as work:
        forum = await work.session.get(Session, "forum")
        assert forum is not None
        forum.question = words(question)
        for one in await work.session.exec(select(Finding).where(Finding.session_id == "forum")):
            await work.session.delete(one)
        await work.session.flush()
        for number in range(5):
            work.session.add(finding(f"l{number}", "forum", f"{number} {LONG}"[:letters].strip()))


async def test_five_findings_fit_on_a_projector(stage: Stage) -> None:
    """However much was written: nothing is cut, and nobody scrolls a projector."""
    async with stage.db.read() as db:
        there = await db.get(Session, "closing")
    if there is None:
        await plenary(stage)
    person = await moderates(stage, "Lea Leitung", "closing")
    for letters, question, readable in ((60, "Was hilft?", 24), (230, QUESTION[:200], 14), (500, QUESTION[:300], 10)):
        await much_to_read(stage, letters, question)
        page = await (await stage.context(person, viewport={"width": 1280, "height": 720})).new_page()
        await page.goto(f"{stage.base}/{PAGE}")
        for key in ("Home", "PageDown", "PageDown"):
            await page.keyboard.press(key)
        await shows(page, "forum")
        for full in (False, True):
            if full:
                await page.focus("#closing-deck [data-part=frame]")
                await page.keyboard.press("f")
                await page.wait_for_function("() => document.fullscreenElement?.id === 'closing-deck'")
            for size in ((1920, 1080), (1024, 768), (1280, 720)):
                await page.set_viewport_size({"width": size[0], "height": size[1]})
                await page.wait_for_function(f"() => innerWidth === {size[0]} && {FITS}", timeout=5000)
                found = await page.evaluate(NOT_CUT)
                assert (found["cut"], found["scrolls"]) == (0, False), (letters, size, full, found)
                assert found["letters"] >= readable, (letters, size, full, found)
            if PICTURES:
                await page.screenshot(path=Path(PICTURES) / f"five-{letters}-{'full' if full else 'page'}.png")
        assert await page.evaluate("window.__errors") == []
        await page.context.close()
