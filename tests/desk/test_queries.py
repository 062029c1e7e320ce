"""No page of the desk asks the database more often for two hundred rows than for one, and none more than twelve times.

Whoever makes a page adds a line to PAGES, and where nothing fills its list yet a function to SEEDS: `await seed(site, count)`
puts `count` rows there. Both sites are made once; each page is counted as the first one that a browser opens.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from sqlalchemy import event
from sqlmodel import select

from conference.base.audit import record
from conference.base.db import Database
from conference.people.model import Person, Role, RoleHeld
from conference.program.store import session_by_slug
from conference.registration.model import AccessNeeds, Choice, Registration, RegistrationState, RegistrationTerms
from conference.registration.rules import ASKS
from tests.desk.editing.seeds import sessions
from tests.desk.letters.seeds import letters
from tests.keeping.attendance.seeds import present
from tests.site import MOMENTS, SLUG_2021, Site, open_site
from tests.survey.seeds import answers

MOST = 12
FEW, MANY = 1, 200


async def people(site: Site, count: int) -> None:
    conference = await site.conference()
    async with site.services.db.work() as work:
        for number in range(count):
            person = Person(
                id=f"somebody-{number}", conference_id=conference.id, name=f"Änne Muster {number:03}",
                email=f"a{number}@example.org", created=work.now,
            )  # fmt: skip
            work.session.add(person)
            await work.session.flush()
            work.session.add(RoleHeld(id=site.services.ids.new(), person_id=person.id, role=Role.ATTENDEE))


async def acts(site: Site, count: int) -> None:
    conference = await site.conference()
    async with site.services.db.work() as work:
        for number in range(count):
            record(work, "card published", conference_id=conference.id, person_id=f"gone {number}", card=f"card {number}")


async def registrations(site: Site, count: int) -> None:
    """After `people`: all of them have registered, chosen a session and need something."""
    conference = await site.conference()
    async with site.services.db.work() as work:
        forum = await session_by_slug(work.session, conference.id, "forum-1")
        work.session.add(RegistrationTerms(conference_id=conference.id, is_open=True, places=count // 2, asks=list(ASKS)))
        found = await work.session.exec(select(Person.id).where(Person.conference_id == conference.id))
        for turn, person in enumerate(list(found)[:count]):
            its = {"person_id": person, "conference_id": conference.id, "at": work.now}
            state = RegistrationState.CONFIRMED if turn % 2 else RegistrationState.WAITING
            work.session.add(Registration(**its, state=state, turn=turn))
            work.session.add(Choice(**its, id=site.services.ids.new(), session_id=forum.id))
            work.session.add(AccessNeeds(**its, needs=["signing"], text="Hund kommt mit"))


Seed = Callable[[Site, int], Awaitable[None]]
SEEDS: list[Seed] = [
    people,
    sessions,
    acts,
    letters,
    answers,
    present,
]
# Addresses below /desk/SLUG, with what they ask for.
PAGES = [
    "",
    "/settings",
    "/settings/times",
    "/settings/hosts",
    "/settings/address",
    "/look-as",
    "/export",
    "/program",
    "/program/new",
    "/program/forum-1",
    "/program/publish",
    "/program/versions",
    "/program/shift",
    "/program/schedule",
    "/letters",
    "/letters/new?kind=invitation",
    "/letters/a-draft/check",
    "/letters/a-draft/edit",
    "/letters/a-letter",
    "/letters/a-letter?show=uncertain",
    "/letters/templates/confirmed",
    "/letters/returns",
    "/people",
    "/people/import",
    "/people/merge",
    "/people/new",
    "/people/somebody-0",
    "/people/somebody-0/data",
    "/registration",
    "/registration/people",
    "/registration/needs",
    "/cards",
    "/cards/terms",
    "/cards/reminder",
    "/results",
    "/results/look",
    "/report",
    "/after",
    "/after/figures",
    "/handover",
    "/after/purge",
    "/after/survey",
    "/after/attendance",
    "/run",
    "/run/guests",
    "/run/doors",
    "/run/emergency",
    "/run/rooms/forum-1",
    "/announcements",
    "/ready",
    "/legal",
    "/legal/imprint",
    "/legal/privacy",
    "/legal/accessibility?template",
    "/studio",
    "/closing",
    "/after/check",
    "/access",
    "/audit",
    "/help",
    "/help?q=Einladung",
    "/help/organiser",
]


@contextmanager
def counted(db: Database) -> Iterator[list[str]]:
    """The statements that the database was asked in the block."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN")):
            statements.append(statement)

    engines = {db._read_engine.sync_engine, db._write_engine.sync_engine}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)


Opened = tuple[Site, httpx2.AsyncClient]


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=[FEW, MANY])
async def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Opened]:
    """A site with that many of each, and an organiser's browser."""
    async with open_site(tmp_path_factory.mktemp("counted")) as site:
        for seed in SEEDS:
            await seed(site, request.param)
        yield site, await site.signed_in("Olga Beispiel", Role.ORGANISER)


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_asks_twelve_times_at_most(opened: Opened, page: str) -> None:
    site, organiser = opened
    site.services.recent.committed(())
    with counted(site.services.db) as statements:
        answer = await organiser.get(f"/desk/{SLUG_2021}{page}")
    assert answer.status_code == 200, answer.text
    assert len(statements) <= MOST, "\n\n".join(statements)


async def test_the_office_itself_also_before_the_day(opened: Opened) -> None:
    site, organiser = opened
    site.clock.jump_to(MOMENTS["draft"])
    try:
        site.services.recent.committed(())
        with counted(site.services.db) as statements:
            answer = await organiser.get(f"/desk/{SLUG_2021}")
    finally:
        site.clock.jump_to(MOMENTS["live"])
    assert answer.status_code == 200, answer.text
    assert len(statements) <= MOST, "\n\n".join(statements)
