"""The desk's list of results, the one letter about what is new, all PDFs in one file, and what open pages say."""

from __future__ import annotations

import asyncio
import io
import os
import re
import tracemalloc
import zipfile
from html import unescape
from pathlib import Path

from sqlmodel import select

from conference.access.model import State
from conference.base.jobs import Job
from conference.people.actions import put_person
from conference.people.model import Role
from conference.results.actions import keep_sheet, store_document
from conference.results.publishing.actions import publish, unpublish
from conference.results.publishing.archive import packed
from conference.results.publishing.news import news_of
from conference.results.store import documents_of
from tests.results.house import SLUG, House, house_at
from tests.results.publishing.test_actions import say
from tests.results.test_actions import FACTS

DESK = "/desk/treffen/results"
NOTICE = f"{DESK}/notice"


async def letters(house: House) -> list[str]:
    async with house.services.db.read() as db:
        return sorted(job.facts["to"] for job in await db.exec(select(Job)) if job.kind == "mail.send")


async def test_the_desk_shows_where_each_session_stands(house: House) -> None:
    await say(house, "Neu")
    async with house.services.db.work() as work:
        await unpublish(house.services, work, await house.session("raum-3"), by=None)
    with house.counted() as statements:
        page = (await house.get(f"/{DESK}", "organiser")).text
    assert len(statements) < 14
    assert "2 von 3 Programmpunkten haben öffentliche Ergebnisse." in page
    assert page.count("Der Entwurf wurde seither geändert") == 1
    assert "Forum eins" in page
    assert "Pause" not in page.partition("<main")[2]
    for who, status in (("stranger", 401), ("attendee", 403)):
        assert (await house.get(f"/{DESK}", who)).status_code == status


async def test_publishing_from_the_desk(house: House) -> None:
    await say(house, "Vom Büro")
    answer = await house.post(f"/{DESK}", "organiser", session="forum-1", do="publish")
    assert answer.headers["location"] == f"{DESK}?done=published#forum-1"
    assert "Vom Büro" in (await house.get("/sessions/forum-1/results")).text
    await house.post(f"/{DESK}", "organiser", session="raum-3", do="publish")
    assert "/sessions/raum-3/results/ergebnisse.pdf" in (await house.get(f"/{DESK}", "organiser")).text
    await house.post(f"/{DESK}", "organiser", session="forum-1", do="unpublish")
    assert (await house.get("/sessions/forum-1/results")).status_code == 404
    assert (await house.post(f"/{DESK}", "organiser", session="nirgends", do="publish")).status_code == 404
    assert (await house.post(f"/{DESK}", "attendee", session="forum-1", do="publish")).status_code == 403


async def test_one_letter_about_all_that_is_new(house: House) -> None:
    async with house.services.db.work() as work:
        for number, roles in enumerate(([(Role.APPROVER, None)], [(Role.ATTENDEE, None), (Role.APPROVER, None)])):
            await put_person(
                work, house.services.ids, conference_id=house.conference.id, name=f"P{number}", email=f"p{number}@example.org",
                roles=roles, initiative_id=None,
            )  # fmt: skip
    page = (await house.get(f"/{NOTICE}", "organiser")).text
    assert "4 E-Mails jetzt senden" in page
    assert "Neu sind die Ergebnisse von 3 Programmpunkten." in page
    seen = unescape(re.search(r'name="sheets" value="([^"]+)"', page)[1])  # type: ignore[index]
    answers = await asyncio.gather(*(house.post(f"/{NOTICE}", "organiser", sheets=seen) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [303, 409, 409]
    assert await letters(house) == ["attendee@example.org", "initiative@example.org", "organiser@example.org", "p1@example.org"]
    assert "Es gibt keine neuen Ergebnisse" in (await house.get(f"/{NOTICE}", "organiser")).text
    async with house.services.db.read() as db:
        text = next(job.facts["text"] for job in await db.exec(select(Job)) if job.kind == "mail.send")
    assert f"/{SLUG}/sessions/forum-1/results\n" in text
    assert "Ergebnisse von „Vernetzungstreffen“ sind veröffentlicht:" in text
    await say(house, "Korrigiert")
    await publish(house.services, await house.session("forum-1"), by=None)
    assert "Es gibt keine neuen Ergebnisse" in (await house.get(f"/{NOTICE}", "organiser")).text


async def test_no_letter_about_what_nobody_can_read_yet(house: House) -> None:
    """Published before the day has begun, or already over."""
    forum = await house.session("forum-1")
    house.at(State.DOORS)
    await publish(house.services, await house.session("forum-1"), by=None)
    assert (await house.get("/sessions/forum-1/results", "attendee")).status_code == 404
    assert "Es gibt keine neuen Ergebnisse" in (await house.get(f"/{NOTICE}", "organiser")).text
    assert (await house.post(f"/{NOTICE}", "organiser", sheets=forum.id)).status_code == 409
    house.clock.jump_to(forum.starts)
    assert "E-Mails jetzt senden" in (await house.get(f"/{NOTICE}", "organiser")).text
    async with house.services.db.work() as work:
        await keep_sheet(house.services, work, forum, False, by=None)
    house.at(State.CLOSED)
    assert (await house.post(f"/{NOTICE}", "organiser", sheets=forum.id)).status_code == 409
    assert await letters(house) == []


async def test_all_pdfs_in_one_file(any_house: House) -> None:
    house = any_house
    await publish(house.services, await house.session("raum-3"), by=None)
    found = await house.get("/results.zip")
    assert found.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(found.content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["forum-1-ergebnisse.pdf", "forum-2-ergebnisse.pdf", "raum-3-ergebnisse.pdf"]
        for name in archive.namelist():
            slug = name.removesuffix("-ergebnisse.pdf")
            assert archive.read(name) == (await house.get(f"/sessions/{slug}/results/ergebnisse.pdf")).content
    assert f'href="/{SLUG}/results.zip"' in (await house.get("/")).text
    organisers = await house.get("/results.zip", "organiser")
    assert organisers.content == found.content
    house.at(State.LIVE)
    assert (await house.get("/results.zip")).status_code == 401
    assert (await house.get("/results.zip", "attendee")).status_code == 200
    house.at(State.CLOSED)
    with zipfile.ZipFile(io.BytesIO((await house.get("/results.zip")).content)) as archive:
        assert archive.namelist() == ["forum-1-ergebnisse.pdf", "raum-3-ergebnisse.pdf"]


async def test_large_pdfs_are_not_held_in_memory(tmp_path: Path) -> None:
    async with house_at(tmp_path, "folder") as house:
        forum = await house.session("forum-1")
        data = b"%PDF-1.7\n" + os.urandom(16 * 1024 * 1024) + b"\n%%EOF\n"
        await store_document(house.services, forum, FACTS, data)
        async with house.services.db.read() as db:
            (key,) = [one.object_key for one in await documents_of(db, forum.id)]
        tracemalloc.start()
        try:
            with await packed(house.services, [("a.pdf", key), ("b.pdf", key), ("c.pdf", "results/gone.pdf")]) as file:
                assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
                with zipfile.ZipFile(file) as archive:
                    assert archive.namelist() == ["a.pdf", "b.pdf"]
                    assert archive.read("b.pdf") == data
        finally:
            tracemalloc.stop()
        assert (await house.get("/results.zip")).headers["content-length"] == str(len((await house.get("/results.zip")).content))


async def test_open_pages_say_what_is_new(house: House) -> None:
    render = news_of(house.services)
    facts = {"conference": house.conference.id, "session": "forum-1", "news": True}
    said = await render(facts, "de")
    assert re.fullmatch(r"Neue Ergebnisse: \w+ 1: Forum eins", said["news"]["text"])
    assert said["news"]["href"] == f"/{SLUG}/sessions/forum-1/results"
    assert await render({**facts, "news": False}, "de") == {"type": "conference.state", "within": 0.5}
    house.at(State.ANNOUNCED)
    assert await render(facts, "en") == {"type": "conference.state"}
