"""The check from outside against a real server: green when all is closed, red with holes, and what the page says of each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from starlette.types import ASGIApp, Receive, Scope, Send

from conference.access.actions import move_closing
from conference.base.clock import FixedClock
from conference.base.errors import Conflict
from conference.base.jobs import Job
from conference.base.storage import open_storage
from conference.desk.creating.actions import Wanted, make_conference
from conference.desk.creating.templates import TEMPLATES
from conference.keeping.checking.actions import KIND, ask_for_check, ask_for_due_checks, lent, run_check
from conference.keeping.checking.asking import answers_to
from conference.keeping.checking.listing import Lent, probes_of
from conference.keeping.checking.rules import LEFT_OUT, LONGEST, Kind, Probe
from conference.keeping.checking.store import last_check, sizes_of
from conference.keeping.model import CloseCheck
from conference.people.model import AccessToken, Role, SignInLink
from conference.web.services import Services
from conference.worker import forget_old
from tests.keeping.checking.test_listing import fill
from tests.media.browsers.length import in_soak
from tests.services import free_ports
from tests.site import MOMENTS, SLUG_2021, Site, open_site, served

DESK = f"/desk/{SLUG_2021}/after/check"
Answer = tuple[int, dict[str, str]]


async def make_small(site: Site) -> None:
    """The empty template at the time of the large example."""
    facts = {"rooms": 0, "host": "Beispielamt", "contact": "", "email": "amt@example.org", "phone": ""}
    async with site.services.db.work() as work:
        wanted = Wanted(template=TEMPLATES["empty"], title="Klein", begins=MOMENTS["live"], **facts)  # type: ignore[arg-type]
        small = await make_conference(work, site.services, wanted, by=None)
        small.slug, small.announced = SLUG_2021, MOMENTS["announced"]
        small.closes, small.purge = MOMENTS["closed"], MOMENTS["purged"]
        work.session.add(small)


class Holes:
    """The app with holes in it. holes: path -> status and headers that come instead; sockets: they let everybody in."""

    def __init__(self, app: ASGIApp, holes: dict[str, Answer], *, sockets: bool = False) -> None:
        self._app, self._holes, self._sockets = app, holes, sockets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] in self._holes:
            status, headers = self._holes[scope["path"]]
            raw = [(name.encode(), value.encode()) for name, value in headers.items()]
            await send({"type": "http.response.start", "status": status, "headers": raw})
            await send({"type": "http.response.body", "body": b"still here"})
        elif scope["type"] == "websocket" and self._sockets:
            await receive()
            await send({"type": "websocket.accept"})
            await receive()
            await send({"type": "websocket.send", "text": '{"type": "welcome", "topics": []}'})
        else:
            await self._app(scope, receive, send)


@asynccontextmanager
async def closed(
    folder: Path, database_url: str = "", conferences: tuple[str, ...] = ("2021",)
) -> AsyncIterator[tuple[Site, Services]]:
    """A closed conference that real programs reach, and services whose store signs with a clock that is an hour late: what they
    sign has run out."""
    (port,) = free_ports()
    async with open_site(folder, database_url, conferences=conferences, origin=f"http://127.0.0.1:{port}") as site:
        if not conferences:
            await make_small(site)
        await site.invite("Anna Beispiel")
        await site.invite("Olga Beispiel", Role.ORGANISER)
        await (fill(site) if conferences else asyncio.sleep(0))
        site.clock.jump_to(MOMENTS["closed"])
        late = open_storage(site.services.settings, FixedClock(site.clock.now() - timedelta(hours=1)))
        yield site, replace(site.services, storage=late)
        await late.aclose()


async def checked(services: Services) -> CloseCheck:
    """Ask for a check and do it, as the worker does."""
    async with services.db.read() as session:
        job = (await session.exec(select(Job).where(Job.kind == KIND))).one()
    await run_check(services, job.facts["check"])
    async with services.db.read() as session:
        return await session.get_one(CloseCheck, job.facts["check"])


async def ask(services: Services, conference_id: str) -> None:
    async with services.db.work() as work:
        await ask_for_check(services, work, conference_id, by=None)


async def newest(services: Services, conference_id: str) -> CloseCheck:
    async with services.db.read() as session:
        found = await last_check(session, conference_id)
    assert found is not None
    return found


async def counts(site: Site, *models: Any) -> list[int]:
    async with site.services.db.read() as session:
        return [len((await session.exec(select(model))).all()) for model in models]


async def test_a_closed_conference_is_green(tmp_path: Path) -> None:
    """A small one out of a template; of the large one nothing but the holes is found below, and all of it in the long runs."""
    async with closed(tmp_path, conferences=()) as (site, services), served(site):
        await green(site, services)


@in_soak
async def test_a_whole_conference_is_green(tmp_path: Path) -> None:
    async with closed(tmp_path) as (site, services), served(site):
        found = await green(site, services)
        assert found.tried.keys() == {str(kind) for kind in Kind}
        site.clock.jump_to(MOMENTS["purged"])
        await forget_old(site.services)
        await ask(services, (await site.conference()).id)
        again = await newest(services, (await site.conference()).id)
        await run_check(services, again.id)
        async with services.db.read() as session:
            assert (await session.get_one(CloseCheck, again.id)).faults == []


async def green(site: Site, services: Services) -> CloseCheck:
    """Look by itself, once, and leave nothing behind."""
    before = await counts(site, AccessToken, SignInLink)
    assert await ask_for_due_checks(services) == 1
    found = await checked(services)
    assert (found.faults, found.ended) == ([], site.clock.now())
    assert await counts(site, AccessToken, SignInLink) == before
    assert await ask_for_due_checks(services) == 0
    assert site.mail.letters == []
    site.clock.jump_to(MOMENTS["live"])
    organiser = await site.signed_in("Otto Beispiel", Role.ORGANISER)
    site.clock.jump_to(MOMENTS["closed"])
    shown = (await organiser.get(DESK)).text
    assert "Alles ist geschlossen." in shown
    assert f"{sum(found.tried.values())} Adressen" in shown
    return found


async def test_holes_are_found_told_and_shown(tmp_path: Path) -> None:
    async with closed(tmp_path) as (site, services):
        conference = await site.conference()
        base = f"/{SLUG_2021}"
        hidden = {"X-Robots-Tag": "noindex"}
        holes: dict[str, Answer] = {
            "/objects/slides/clip.mp4": (200, {}),
            f"{base}/program": (200, hidden),
            f"{base}/": (410, {}),
            f"{base}/sessions/forum-1.ics": (302, {"Location": "http://copies.example.org/forum-1.ics"}),
            f"{base}/sessions/forum-1/whep": (201, {}),
            f"{base}/legal/imprint": (404, hidden),
            f"{base}/schedule.xml": (500, {}),
        }
        site.app = Holes(site.app, holes, sockets=True)
        async with served(site):
            await ask(services, conference.id)
            found = await checked(services)
        by_address: dict[str, set[tuple[str, str]]] = {}
        for fault in found.faults:
            path = fault["address"].removeprefix(site.origin).partition("?")[0]
            by_address.setdefault(path, set()).add((fault["kind"], fault["answer"]))
        assert by_address == {
            "/objects/slides/clip.mp4": {("object", "open"), ("signed", "open")},
            f"{base}/program": {("page", "open")},
            f"{base}/": {("page", "found")},
            f"{base}/sessions/forum-1.ics": {("calendar", "elsewhere")},
            f"{base}/sessions/forum-1/whep": {("call", "open")},
            f"{base}/legal/imprint": {("legal", "missing")},
            f"{base}/schedule.xml": {("schedule", "broken")},
            "/live": {("live", "open")},
        }
        async with services.db.read() as session:
            letters = [job.facts for job in await session.exec(select(Job).where(Job.kind == "mail.send"))]
        assert [letter["to"] for letter in letters] == ["olga.beispiel@example.org"]
        assert f"{site.origin}{DESK}" in letters[0]["text"]
        site.app = site.app._app
        await the_page_says(site, found)


async def the_page_says(site: Site, found: CloseCheck) -> None:
    site.clock.jump_to(MOMENTS["live"])
    organiser = await site.signed_in("Otto Beispiel", Role.ORGANISER)
    site.clock.jump_to(MOMENTS["closed"])
    shown = (await organiser.get(DESK)).text
    assert f"{len(found.faults)} Adressen antworten nicht so" in shown
    for words in ("copies.example.org", "noch offen", "obwohl es bleiben soll", "Speicher sofort sperren", "Suchmaschinen"):
        assert words in shown, words
    assert "/sign-in/" not in shown


async def test_what_is_lent_is_taken_back_and_both_databases_are_asked_the_same(tmp_path: Path, database_url: str) -> None:
    async with closed(tmp_path, database_url) as (site, services):
        conference = await site.conference()
        async with lent(services, conference) as things:
            assert things.tokens
            assert things.link
            assert (await counts(site, AccessToken))[0] == len(things.tokens)
            async with lent(services, conference) as again:  # as if the first had been killed
                assert (await counts(site, AccessToken))[0] == len(again.tokens)
        assert await counts(site, AccessToken, SignInLink) == [0, 2]
        async with services.db.read() as session:
            probes = await probes_of(services, session, conference, Lent())
            assert (await sizes_of(session, conference.id))["files"] == len(
                [each for each in probes if each.kind is Kind.OBJECT]
            ) - 1


async def test_a_purged_conference_gets_nothing_new(tmp_path: Path) -> None:
    async with closed(tmp_path, conferences=()) as (site, services):
        site.clock.jump_to(MOMENTS["purged"])
        async with lent(services, await site.conference()) as things:
            assert (things.tokens, things.link) == ({}, None)


async def test_what_the_page_says_before_meanwhile_and_when_the_worker_died(tmp_path: Path) -> None:
    async with closed(tmp_path, conferences=()) as (site, services):
        conference = await site.conference()
        site.clock.jump_to(MOMENTS["live"])
        organiser = await site.signed_in("Otto Beispiel", Role.ORGANISER)
        assert "innerhalb von zehn Minuten nach dem Schließen" in (await organiser.get(DESK)).text
        assert (await organiser.post(DESK)).status_code == 409
        with pytest.raises(Conflict):
            await ask(services, conference.id)
        site.clock.jump_to(MOMENTS["closed"])
        assert "Es wurde noch nicht geprüft." in (await organiser.get(DESK)).text
        assert (await organiser.post(DESK)).status_code == 303
        assert (await organiser.post(DESK)).status_code == 303  # adds nothing
        assert await counts(site, CloseCheck) == [1]
        assert "Die Prüfung läuft." in (await organiser.get(DESK)).text
        site.clock.advance(seconds=LONGEST.total_seconds())
        assert "Die Prüfung wurde nicht fertig." in (await organiser.get(DESK)).text
        found = await checked(services)
        shown = (await organiser.get(DESK)).text
        assert "hat ihre eigene Adresse nicht erreicht" in shown
        assert site.origin in shown
        assert found.tried
        site.clock.advance(seconds=1)
        await ask(services, conference.id)
        again = await newest(services, conference.id)
        await run_check(services, again.id)
        assert again.id != found.id
        assert (await newest(services, conference.id)).faults == found.faults
        async with services.db.read() as session:
            letters = list(await session.exec(select(Job).where(Job.kind == "mail.send")))
        assert len(letters) == 2  # each organiser heard of it once
        for tried, faults, words in (
            ({"page": 7, LEFT_OUT: 2}, [], "Für 2 weitere war keine Zeit"),
            ({"page": 7}, [{"kind": "more", "address": "", "answer": "12"}], "12 weitere sind nicht aufgeführt"),
        ):
            site.clock.advance(seconds=1)
            of = {"id": words, "conference_id": conference.id, "begun": site.clock.now(), "ended": site.clock.now()}
            async with services.db.work() as work:
                work.session.add(CloseCheck(tried=tried, faults=faults, **of))
            assert words in (await organiser.get(DESK)).text
        site.clock.jump_to(MOMENTS["purged"])
        assert (await organiser.get(DESK)).status_code == 200


async def test_a_conference_that_was_opened_again_meanwhile_is_not_judged(tmp_path: Path) -> None:
    async with closed(tmp_path, conferences=()) as (site, services):
        conference = await site.conference()
        await ask(services, conference.id)
        asked = await newest(services, conference.id)
        async with services.db.work() as work:
            later = site.clock.now() + timedelta(days=7)
            await move_closing(work, services.outbox, conference.id, later, by=None, reason="longer")
        await run_check(services, asked.id)
        assert await counts(site, CloseCheck) == [0]


async def test_who_asks_knows_nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process has none of our settings, and says in a word why nobody answered."""
    monkeypatch.setenv("MEETINGPOINT_SECRET_KEY", "s" * 40)
    (port,) = free_ports()
    base = f"http://127.0.0.1:{port}"
    probes = [Probe(Kind.PAGE, f"{base}/"), Probe(Kind.LIVE, f"{base}/live?c=a", topics=["conference:a"])]
    answers = await answers_to(base, probes, within=2)
    assert [(answers[number].status, answers[number].reason) for number in (0, 1)] == [(0, "ConnectionRefusedError")] * 2


async def test_organisers_alone_see_it(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        assert (await site.browser().get(DESK)).status_code == 401
        anna = await site.signed_in("Anna Beispiel")
        assert (await anna.get(DESK)).status_code == 403
