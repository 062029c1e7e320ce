"""A whole site in this process: the real app on a real database, a folder as store, a clock that stands still."""

from __future__ import annotations

import asyncio
import atexit
import functools
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import asyncpg
import httpx2
import uvicorn
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference import migrate
from conference.access.model import Conference
from conference.access.store import conference_by_slug
from conference.app import build_app
from conference.base.clock import FixedClock
from conference.base.db import open_database
from conference.base.ids import RandomIds
from conference.base.limits import Limits
from conference.base.mail import MemoryMail
from conference.base.settings import Settings, read_settings
from conference.base.storage import open_storage
from conference.desk.importing import import_conference
from conference.live.bus import MemoryBus
from conference.live.hub import LiveHub
from conference.live.outbox import Outbox
from conference.people.actions import issue_link, put_person
from conference.people.model import Person, Role
from conference.program.store import session_by_slug
from conference.web.services import Services
from conference.web.texts import read_texts
from tests.forums.fake_gateway import FakeGateway

ORIGIN = "http://127.0.0.1:8000"
DEMO = Path(__file__).parents[1] / "conference" / "demo"
DATABASE = "meetingpoint.sqlite3"
SLUG_2021, SLUG_2024 = "vernetzungstreffen-2021", "meetingpoint-2024"
MOMENTS = {
    "draft": datetime(2021, 3, 1, 9, tzinfo=UTC),
    "announced": datetime(2021, 4, 20, 9, tzinfo=UTC),
    "doors": datetime(2021, 5, 4, 7, 45, tzinfo=UTC),
    "live": datetime(2021, 5, 4, 9, 20, tzinfo=UTC),
    "archive": datetime(2021, 5, 6, 9, tzinfo=UTC),
    "closed": datetime(2021, 5, 18, 9, tzinfo=UTC),
    "purged": datetime(2021, 6, 20, 9, tzinfo=UTC),
}


@dataclass
class Site:
    """`browser()` is a fresh browser; `signed_in(...)` one that is somebody."""

    app: Any
    services: Services
    clock: FixedClock
    mail: MemoryMail
    node: FakeGateway
    people: dict[str, Person] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        return self.services.settings.base_url

    def browser(self, language: str = "de") -> httpx2.AsyncClient:
        headers = {"accept-language": language, "accept": "text/html", "sec-fetch-site": "same-origin"}
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx2.AsyncClient(transport=transport, base_url=self.origin, headers=headers)

    async def conference(self, slug: str = SLUG_2021) -> Conference:
        async with self.services.db.read() as session:
            return await conference_by_slug(session, slug)

    async def invite(self, name: str, *roles: Role, session: str | None = None, slug: str = SLUG_2021) -> tuple[Person, str]:
        """A person with roles (in a session, when it is named) and the path of the personal link."""
        conference = await self.conference(slug)
        async with self.services.db.work() as work:
            session_id = (await session_by_slug(work.session, conference.id, session)).id if session else None
            person = await put_person(
                work,
                self.services.ids,
                conference_id=conference.id,
                name=name,
                email=f"{name.lower().replace(' ', '.')}@example.org",
                roles=[(role, session_id) for role in roles or (Role.ATTENDEE,)],
            )
            secret = await issue_link(work, self.services.ids, person.id)
        return person, f"/sign-in/{secret}"

    async def signed_in(self, name: str, *roles: Role, session: str | None = None, slug: str = SLUG_2021) -> httpx2.AsyncClient:
        _, path = await self.invite(name, *roles, session=session, slug=slug)
        browser = self.browser()
        response = await browser.post(path)
        assert response.status_code == 303, response.text
        return browser


async def persons_of(session: AsyncSession, conference_id: str) -> list[Person]:
    """Everybody of a conference, by name."""
    return list(await session.exec(select(Person).where(Person.conference_id == conference_id).order_by(Person.name)))


def settings_for(folder: Path, database_url: str = "") -> Settings:
    return _plain_settings(folder, database_url)


def _plain_settings(folder: Path, database_url: str, origin: str = ORIGIN) -> Settings:
    return read_settings(
        {},
        data_dir=folder,
        database_url=database_url,
        secret_key="k" * 40,
        bus_url="memory:",
        mail_url="memory:",
        base_url=origin,
    )


@asynccontextmanager
async def open_site(
    folder: Path, database_url: str = "", *, conferences: tuple[str, ...] = ("2021",), origin: str = ORIGIN
) -> AsyncIterator[Site]:
    """database_url: empty for SQLite in the folder, else that of an empty PostgreSQL database; origin: where `served` puts it."""
    server, _, name = database_url.rpartition("/") if database_url.startswith("postgresql") else ("", "", "")
    prepared = await asyncio.to_thread(_prepared, DEMO, conferences, server)
    await asyncio.to_thread(shutil.copytree, prepared, folder, dirs_exist_ok=True)
    if server:
        await _ask(server, f'DROP DATABASE "{name}"', f'CREATE DATABASE "{name}" TEMPLATE "{prepared.name}"')
    elif database_url:
        (folder / DATABASE).rename(database_url.removeprefix("sqlite:///"))
    async with _services(
        settings_for(folder, database_url) if origin == ORIGIN else _plain_settings(folder, database_url, origin)
    ) as services:
        app = build_app(services)
        async with _lifespan(app):
            clock, mail, node = (
                cast(FixedClock, services.clock),
                cast(MemoryMail, services.mail),
                cast(FakeGateway, services.media),
            )
            yield Site(app, services, clock, mail, node)


@asynccontextmanager
async def served(site: Site) -> AsyncIterator[None]:
    """The site reachable by real browsers at its origin."""
    port = int(site.origin.rpartition(":")[2])
    server = uvicorn.Server(uvicorn.Config(site.app, port=port, lifespan="off", log_level="warning"))
    running = asyncio.create_task(server.serve())
    try:
        while not server.started:
            await asyncio.sleep(0.02)
        yield
    finally:
        server.should_exit = True
        await running


def migrated_database(path: Path) -> None:
    """Put an empty SQLite database with all tables there."""
    shutil.copyfile(_prepared(DEMO, (), "") / DATABASE, path)


@functools.cache
def _prepared(source: Path, conferences: tuple[str, ...], server: str) -> Path:
    """A data folder with these conferences of `source`, made once in a run: to migrate and to read them takes a second.

    server: for PostgreSQL its URL; the database to copy is then called as the folder.
    """
    folder = Path(tempfile.mkdtemp(prefix="meetingpoint-prepared-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    asyncio.run(_prepare(folder, server, [source / name for name in conferences]))
    return folder


async def _prepare(folder: Path, server: str, conferences: Iterable[Path]) -> None:
    if server:
        await _ask(server, f'CREATE DATABASE "{folder.name}"')
    settings = _plain_settings(folder, f"{server}/{folder.name}" if server else "")
    await migrate.upgrade(settings)
    async with _services(settings) as services:
        for each in conferences:
            await import_conference(services, each)


async def _ask(server: str, *statements: str) -> None:
    connection = await asyncpg.connect(f"{server}/postgres")
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


@asynccontextmanager
async def _services(settings: Settings) -> AsyncIterator[Services]:
    """All in this process, the clock in the middle of the forums."""
    clock, bus, renderers = FixedClock(MOMENTS["live"]), MemoryBus(), dict[str, Any]()
    db = open_database(settings.database_url, clock)
    services = Services(
        settings=settings,
        clock=clock,
        ids=RandomIds(),
        db=db,
        storage=open_storage(settings, clock),
        outbox=Outbox(bus, clock),
        live=LiveHub(db, clock, bus, renderers),
        renderers=renderers,
        bus=bus,
        media=FakeGateway(),
        mail=MemoryMail(),
        limits=Limits(clock),
        texts=read_texts(),
    )
    yield services
    await services.media.aclose()
    await bus.aclose()
    await services.storage.aclose()
    await db.aclose()


@asynccontextmanager
async def _lifespan(app: Any) -> AsyncIterator[None]:
    """Run the app's start and end as a server does."""
    to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    task = asyncio.create_task(app({"type": "lifespan", "state": {}}, to_app.get, from_app.put))
    await to_app.put({"type": "lifespan.startup"})
    started = await from_app.get()
    assert started["type"] == "lifespan.startup.complete", started
    yield
    await to_app.put({"type": "lifespan.shutdown"})
    await from_app.get()
    await task
