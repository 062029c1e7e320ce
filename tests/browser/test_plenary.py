"""A plenary in real browsers, against all real processes: behind the stage, the curtain, the order, who takes over, a studio."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from playwright.async_api import Page

from conference.base.ids import RandomIds
from conference.people.actions import mint_token
from conference.people.model import Feed, Person, Role
from conference.program.model import Billing, Floor, Kind
from tests.browser.axe import source, violations
from tests.browser.room_house import MEDIA, SLUG, Stage, session_row, words
from tests.media import foreign_av
from tests.media.browsers.length import in_soak
from tests.services import skip_or_fail

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def axe() -> str:
    try:
        return source()
    except FileNotFoundError as error:
        skip_or_fail(str(error))


async def plenary(stage: Stage, name: str, **more: timedelta) -> None:
    """A plenary that starts in ten minutes, unless said otherwise."""
    now = datetime.now(UTC)
    starts = now + more.get("starts", timedelta(minutes=10))
    row = session_row(name, now, Floor.STAGE, 6, starts=starts, ends=starts + timedelta(hours=1))
    row.kind, row.number = Kind.PLENARY, None
    row.title, row.question = words("Eröffnung"), words("")
    async with stage.db.work() as work:
        work.session.add(row)
        await work.session.flush()
        for place, (who, role) in enumerate([("Dr. Sina Beispiel", "greeting"), ("Berta Muster", "panel")]):
            work.session.add(
                Billing(
                    id=f"{name} {place}",
                    session_id=name,
                    position=place,
                    name=who,
                    role=role,
                    title=words("Staatssekretärin"),
                    affiliation=words("Ministerium für Beispiele"),
                )
            )


@pytest.fixture
async def cast(stage: Stage) -> dict[str, Person]:
    return {
        "mo": await stage.person("Mo Moderat", Role.MODERATOR),
        "sina": await stage.person("Dr. Sina Beispiel", Role.SPEAKER),
        "anna": await stage.person("Anna Publikum"),
    }


async def shows(page: Page, selector: str, within: float = 10) -> None:
    await page.wait_for_selector(selector, timeout=within * 1000)


async def no_errors(*pages: Page) -> None:
    for page in pages:
        assert await page.evaluate("window.__errors") == []


async def decodes(page: Page) -> None:
    """Until a picture of somebody else plays."""
    plays = "v => !v.hidden && v.videoWidth > 0 && v.currentTime > 0.3"
    await page.wait_for_function(f'() => [...document.querySelectorAll(".stage .tile video")].some({plays})', timeout=15_000)


async def test_from_the_sound_check_onto_the_stage(stage: Stage, cast: dict[str, Person], axe: str) -> None:
    await plenary(stage, "opening")
    mo = await stage.enter(cast["mo"], "opening")
    sina = await stage.enter(cast["sina"], "opening")
    anna = await stage.enter(cast["anna"], "opening")

    # behind the stage they hear and see each other, and say so; in front of it there is the slide, and nothing else
    await shows(sina, "#my-place-strip[data-place=behind]:has-text('hört und sieht Sie nicht')")
    await sina.click("#tool-microphone")
    await sina.click("#tool-camera")
    await shows(mo, '.tile.backstage.seen:has-text("Dr. Sina Beispiel")')
    await decodes(mo)
    await shows(sina, "#place-level:not([hidden])")
    await mo.click('#behind-list li:has-text("Sina") [data-act=hear]')
    await shows(sina, "#place-heard:has-text('Wir hören Sie')")
    await shows(sina, "#place-turn:has-text('Sie beginnen')")
    await shows(anna, "#holding:has-text('Eröffnung'):has-text('Es beginnt gleich') #holding-count:has-text(':')")
    assert await anna.is_visible("#holding:has-text('Es wird nichts aufgezeichnet')")
    assert await anna.locator("#side li:has-text('Sina')").count() == 0
    assert (await anna.evaluate(MEDIA))["decoded"] == 0
    for page in (mo, sina, anna):
        assert await violations(page, axe) == []

    # onto the stage behind the closed curtain: still nothing gets through; then it opens
    await mo.click('#behind-list li:has-text("Sina") [data-act=on_stage]')
    await shows(sina, "#my-place-strip[data-place=stage]:has-text('Vorhang zu')")
    await mo.click("#order-next")
    await mo.click("#curtain")
    await anna.wait_for_selector("#holding", state="hidden")
    await decodes(anna)
    await decodes(mo)  # from behind the stage one follows it
    await shows(anna, '.tile.named:has-text("Sina") .third:has-text("Staatssekretärin, Ministerium für Beispiele")')
    await shows(sina, "#place-turn[data-turn=now]")
    assert await anna.is_hidden("#on-now")
    await mo.check("#show-now")
    await shows(anna, "#on-now:has-text('Dr. Sina Beispiel')")
    assert await violations(anna, axe) == []

    # a break: the slide with the moderator's words, and nothing gets through
    await mo.fill("#slide-text", "Wir sind um elf zurück")
    await mo.select_option("#slide-minutes", "5")
    await mo.click("#slide-save")
    await shows(anna, "#holding:has-text('Wir sind um elf zurück') #holding-count:text-matches('^[45]:')")
    before = (await anna.evaluate(MEDIA))["decoded"]
    await anna.wait_for_timeout(700)
    assert (await anna.evaluate(MEDIA))["decoded"] - before < 5
    await no_errors(mo, sina, anna)


@in_soak
async def test_the_order_is_led_and_the_deputy_takes_over(stage: Stage, cast: dict[str, Person], axe: str) -> None:
    await plenary(stage, "panel", starts=timedelta(minutes=-2))
    mo = await stage.enter(cast["mo"], "panel")
    sina = await stage.enter(cast["sina"], "panel")
    await shows(mo, '#order li:has-text("Dr. Sina Beispiel")[data-state=next]')

    # an entry more, by the keyboard; it goes to the front, and everybody of the stage sees it
    await mo.focus("#order-add")
    await mo.keyboard.press("Enter")
    await shows(mo, "#greeting[open]")
    assert await violations(mo, axe) == []
    await mo.keyboard.type("Kim Gruß")
    await mo.fill("#greeting-minutes", "3")
    await mo.keyboard.press("Enter")
    await shows(sina, '#order li:has-text("Kim Gruß"):has-text("3 Minuten")')
    for place in (2, 1):
        await mo.focus('#order li:has-text("Kim Gruß") [data-act=up]')
        await mo.keyboard.press("Enter")
        await shows(sina, f'#order li:nth-child({place}):has-text("Kim Gruß")')
    await mo.click("#order-next")
    await shows(sina, "#place-turn[data-turn=next]:has-text('Sie sind als Nächstes dran')")
    await shows(sina, '#order li[data-state=now]:has-text("Kim Gruß") .turn:has-text("2:5")')

    # the host drops: after ten seconds one click, and everything goes on as it was
    await mo.select_option("#deputy", label="Dr. Sina Beispiel")
    await shows(sina, "#host:has-text('Mo Moderat leitet')")
    desk = await (await stage.context(await stage.person("Olga Büro", Role.ORGANISER))).new_page()
    await mo.context.close()
    stage.contexts.remove(mo.context)
    await shows(sina, "#gone:not([hidden])", within=20)
    assert await violations(sina, axe) == []
    await desk.goto(f"{stage.base}/desk/{SLUG}")
    await shows(desk, "main:has-text('Mo Moderat')")
    await sina.click("#take-over")
    await shows(sina, "#tab-moderation:not([hidden])")
    await sina.click("#tab-plenary")
    await shows(sina, "#host:has-text('Sie leiten')")
    await shows(sina, '#order li[data-state=now]:has-text("Kim Gruß")')
    await sina.wait_for_selector("#gone", state="hidden")
    await no_errors(sina, desk)


@in_soak
async def test_a_studios_streams_and_the_deputy_when_the_stage_goes_dark(
    stage: Stage, cast: dict[str, Person], tmp_path: Path
) -> None:
    await plenary(stage, "studio", starts=timedelta(minutes=-2))
    mo = await stage.enter(cast["mo"], "studio")
    anna = await stage.enter(cast["anna"], "studio")
    certificate = foreign_av.write_certificate(tmp_path)
    stops = {feed: Event() for feed in Feed}
    streams = []
    for feed in Feed:
        async with stage.db.work() as work:
            secret = await mint_token(
                work, RandomIds(), stage.clock, conference_id="c1", session_id="studio", role="publisher", hours=1,
                label=f"Studio {feed}", feed=feed,
            )  # fmt: skip
        address = f"{stage.base}/{SLUG}/sessions/studio/whip"
        options = {"authorization": secret, "whip_flags": "dtls_active", **certificate}
        streams.append(asyncio.create_task(asyncio.to_thread(foreign_av.stream, address, options, stops[feed])))
    try:
        await shows(anna, '#tiles .tile.pinned.seen:has-text("Studio stage")', within=20)
        await shows(anna, '#signer .tile.seen:has-text("Studio signing")')
        await shows(mo, '#feeds li:has-text("Vertretung"):has-text("zurückgehalten"):has-text("verbunden")')
        assert await anna.locator('.tile:has-text("Studio deputy")').count() == 0
        stops[Feed.STAGE].set()
        await shows(anna, '#tiles .tile.pinned.seen:has-text("Studio deputy")', within=20)
        await mo.click('#feeds li:has-text("Bühne") [data-act=show]')
        await shows(mo, '#feeds li:has-text("Vertretung"):has-text("zurückgehalten")')
        await no_errors(mo, anna)
    finally:
        for stop in stops.values():
            stop.set()
        await asyncio.gather(*streams)
