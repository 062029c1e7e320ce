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

from conference.base.audit import record
from conference.base.db import Database
from conference.people.model import Person, Role, RoleHeld
from tests.desk.editing.seeds import sessions
from tests.desk.letters.seeds import letters
from tests.site import SLUG_2021, Site, open_site

MOST = 12
FEW, MANY = 1, 200


async def people(site: Site, count: int) -> None:
    conference = await site.conference()
    async with site.services.db.work() as work:
        for number in range(count):
            person = Person(
                id=site.services.ids.new(), conference_id=conference.id, name=f"Änne Muster {number:03}",
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


Seed = Callable[[Site, int], Awaitable[None]]
SEEDS: list[Seed] = [
    people,
    sessions,
    acts,
    letters,
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
    "/people/new",
    "/cards",
    "/cards/terms",
    "/cards/reminder",
    "/results",
    "/results/look",
    "/report",
    "/announcements",
    "/ready",
    "/legal",
    "/legal/imprint",
    "/legal/privacy",
    "/legal/accessibility?template",
    "/studio",
    "/closing",
    "/access",
    "/audit",
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
