"""Sheets are published, corrected, planned, taken back: what is public is frozen, and the clock alone decides."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlmodel import select

from conference.base.errors import Conflict, Invalid
from conference.doors.gate import ConferenceGate, SocketViewer
from conference.doors.guard import visit_of
from conference.doors.visit import Viewer
from conference.live.audience import LiveSocket
from conference.live.limits import Limits
from conference.live.line import Line
from conference.results.content import content_from
from conference.results.events import SHEET_CHANGED
from conference.results.history import events_of
from conference.results.model import Finding, SheetVersion
from conference.results.publishing.actions import call_off, publish, unpublish
from conference.results.publishing.news import news_of
from conference.results.store import next_publication, versions_of
from conference.ticker import Ticker
from conference.web.page_cache import PageCache
from tests.results.closing.test_live import until
from tests.results.house import House, house_at

SHEET = "/sessions/forum-1/results"


async def say(house: House, text: str) -> None:
    """Exchange the first finding of forum 1."""
    session = await house.session("forum-1")
    async with house.services.db.work() as work:
        rows = await work.session.exec(select(Finding).where(Finding.session_id == session.id).order_by(Finding.position))
        finding = rows.first()
        assert finding is not None
        finding.text = {"de": text}
        work.session.add(finding)


def listening(house: House) -> list[dict[str, Any]]:
    """What an open page of a stranger hears of the conference, from now on."""
    frames: list[dict[str, Any]] = []

    async def send(event: Any) -> None:
        if "text" in event:
            frames.append(json.loads(event["text"]))

    visit, limits = visit_of(house.services, house.conference, Viewer(), "de"), Limits()
    line = Line(send, lambda: None, limits)
    socket = LiveSocket(cast(Any, SocketViewer(visit, "")), "127.0.0.1", line, limits, lambda *_: "")
    house.services.live.audience.join(socket)
    house.services.live.audience.subscribe(socket, [f"conference:{house.conference.id}"])
    return frames


async def versions(house: House) -> list[tuple[int, str]]:
    session = await house.session("forum-1")
    async with house.services.db.read() as db:
        return [(one.number, content_from(one.content).entries[1].text["de"]) for one in await versions_of(db, session.id)]


async def test_what_is_public_does_not_change_with_the_draft(house: House) -> None:
    await say(house, "Ein anderer Kalender")
    assert "Ein anderer Kalender" not in (await house.get(SHEET)).text
    assert "Ein anderer Kalender" not in (await house.get("/sessions/forum-1")).text
    session = await house.session("forum-1")
    house.clock.advance(minutes=1)
    version = await publish(house.services, session, by=None, note="Kalender  berichtigt")
    assert (version.number, version.note) == (2, "Kalender berichtigt")
    page = (await house.get(SHEET)).text
    assert "Ein anderer Kalender" in page
    assert "Korrigiert am 10. Mai 2021</span>" in page.replace(": Kalender berichtigt", "")
    assert "Fassung 1, 4. Mai 2021" in page
    async with house.services.db.read() as db:
        whats = [event.what for event in await events_of(db, session.id)]
    assert whats == ["published", "imported"]


async def test_the_same_again_is_no_new_version(house: House) -> None:
    session = await house.session("forum-1")
    again = await publish(house.services, session, by=None)
    assert (again.number, len(await versions(house))) == (1, 1)
    async with house.services.db.work() as work:
        await unpublish(house.services, work, session, by=None)
    assert (await house.get(SHEET)).status_code == 404
    await publish(house.services, session, by=None)
    assert (await house.get(SHEET)).status_code == 200
    assert len(await versions(house)) == 1


async def test_a_double_click_makes_one_version(database_url: str, tmp_path: Path) -> None:
    """The first one, and a correction with its note; the PDF of the slower click is gone."""
    async with house_at(tmp_path, database_url=database_url) as house:
        session = await house.session("forum-1")
        async with house.services.db.work() as work:
            await unpublish(house.services, work, session, by=None)
            for version in await versions_of(work.session, session.id):
                await work.session.delete(version)
        for number, note in ((1, ""), (2, "berichtigt")):
            before = await house.keys()
            released = await asyncio.gather(*(publish(house.services, session, by=None, note=note) for _ in range(2)))
            assert {(one.number, one.note) for one in released} == {(number, note)}
            assert len(await versions(house)) == number
            assert len(await house.keys()) == len(before) + 1
            await say(house, "Ein anderer Kalender")


async def test_a_planned_correction_appears_with_its_second(house: House) -> None:
    """Pages kept for strangers as well."""
    await say(house, "Später")
    session, moment = await house.session("forum-1"), house.clock.now() + timedelta(hours=2)
    await publish(house.services, session, by=None, at=moment)
    for page in (SHEET, "/sessions/forum-1"):
        assert "Später" not in (await house.get(page)).text
    async with house.services.db.read() as db:
        assert await next_publication(db, house.conference.id, house.clock.now()) == moment
    house.clock.jump_to(moment - timedelta(seconds=1))
    assert "Später" not in (await house.get("/sessions/forum-1")).text
    house.clock.jump_to(moment)
    for page in (SHEET, "/sessions/forum-1"):
        assert "Später" in (await house.get(page)).text
    async with house.services.db.read() as db:
        assert await next_publication(db, house.conference.id, house.clock.now()) is None


async def test_planning_again_replaces_what_waits(house: House) -> None:
    session, now = await house.session("forum-1"), house.clock.now()
    for hours, text in ((2, "Zwei"), (5, "Fünf")):
        await say(house, text)
        await publish(house.services, session, by=None, at=now + timedelta(hours=hours))
    assert await versions(house) == [(2, "Fünf"), (1, "Ein gemeinsamer Kalender")]
    house.clock.advance(hours=3)
    assert "Ein gemeinsamer Kalender" in (await house.get(SHEET)).text
    await publish(house.services, session, by=None)
    assert "Fünf" in (await house.get(SHEET)).text
    assert [number for number, _ in await versions(house)] == [2, 1]


async def test_a_sheet_planned_for_the_first_time(house: House) -> None:
    """raum-3 has findings; it is taken back first, then planned, called off, planned again."""
    session, path = await house.session("raum-3"), "/sessions/raum-3/results"
    async with house.services.db.work() as work:
        await unpublish(house.services, work, session, by=None)
    moment = house.clock.now() + timedelta(hours=1)
    await publish(house.services, session, by=None, at=moment)
    async with house.services.db.work() as work:
        sheet = await call_off(house.services, work, session, by=None)
    assert (sheet.published, sheet.state) == (None, "draft")
    await publish(house.services, session, by=None, at=moment)
    assert (await house.get(path)).status_code == 404
    assert "Noch nicht öffentlich" in (await house.get(path, "organiser")).text
    house.clock.jump_to(moment)
    assert (await house.get(path)).status_code == 200


async def test_calling_off_a_correction_leaves_what_is_public(house: House) -> None:
    await say(house, "Später")
    session = await house.session("forum-1")
    await publish(house.services, session, by=None, at=house.clock.now() + timedelta(hours=1))
    async with house.services.db.work() as work:
        await call_off(house.services, work, session, by=None)
        await call_off(house.services, work, session, by=None)
    house.clock.advance(hours=2)
    assert "Ein gemeinsamer Kalender" in (await house.get(SHEET)).text
    assert len(await versions(house)) == 1


async def test_what_cannot_be_published(house: House) -> None:
    session = await house.session("forum-1")
    with pytest.raises(Invalid, match="publish_at"):
        await publish(house.services, session, by=None, at=house.clock.now())
    with pytest.raises(Invalid, match="text_too_long"):
        await publish(house.services, session, by=None, note="x" * 300)
    with pytest.raises(Conflict, match="sheet_empty"):
        await publish(house.services, await house.session("pause"), by=None)
    async with house.services.db.read() as db:
        assert len(list(await db.exec(select(SheetVersion)))) == 3


async def test_the_ticker_tells_open_pages_when_something_planned_is_public(house: House) -> None:
    """Kept pages are forgotten within that second, and pages load anew."""
    dropped: list[str] = []
    cache = cast(PageCache, SimpleNamespace(drop=dropped.append, conference_changed=dropped.append))
    ticker = Ticker(house.services, ConferenceGate(house.services, {}), cache, {SHEET_CHANGED: news_of(house.services)})
    heard = listening(house)
    moment = house.clock.now() + timedelta(hours=1)
    await publish(house.services, await house.session("raum-3"), by=None, note="später", at=moment)
    await ticker.tick()
    dropped.clear()
    house.clock.jump_to(moment - timedelta(seconds=1))
    await ticker.tick()
    assert dropped == []
    house.clock.jump_to(moment)
    await ticker.tick()
    assert dropped == [house.conference.id]
    await ticker.tick()
    assert dropped == [house.conference.id]
    await until(lambda: heard)
    assert [said["data"]["news"]["text"] for said in heard] == ["Neue Ergebnisse: Themenraum 3: Themenraum"]
