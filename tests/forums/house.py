"""A small house for the rooms' tests: two conferences, some sessions and people, browsers on `/live`, a node in memory."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from conference.access.model import Conference
from conference.base.clock import FixedClock
from conference.base.db import open_database
from conference.base.errors import ConferenceError
from conference.base.ids import RandomIds
from conference.base.limits import Limits
from conference.base.settings import Settings
from conference.base.storage import open_storage
from conference.doors.gate import ConferenceGate, SocketViewer
from conference.doors.guard import visit_of
from conference.doors.visit import Viewer
from conference.forums import live as forums_live
from conference.forums import store
from conference.forums.rooms import RoomKeeper
from conference.initiatives.model import Initiative
from conference.live.audience import LiveSocket
from conference.live.bus import MemoryBus
from conference.live.hub import LiveHub
from conference.live.limits import Limits as LiveLimits
from conference.live.line import Line
from conference.live.outbox import Outbox
from conference.people.model import Person, Role, RoleHeld
from conference.program.model import Floor, Kind, Place, Session
from conference.web.services import Services
from conference.web.texts import Language, Texts
from tests.forums.fake_gateway import FakeGateway
from tests.tables import create_tables

START = datetime(2021, 5, 4, 8, 0, tzinfo=UTC)
NOW = START + timedelta(minutes=70)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


class RunningClock(FixedClock):
    """Conference time stands still; what is measured runs on, so that waiting for half a second ends."""

    def __init__(self, now: datetime) -> None:
        super().__init__(now)
        self._began = time.monotonic()

    def monotonic(self) -> float:
        return super().monotonic() + time.monotonic() - self._began


@dataclass
class Browser:
    """One page's socket, driven as the live endpoint drives it."""

    house: House
    socket: LiveSocket
    frames: list[dict[str, Any]] = field(default_factory=list)

    async def ask(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The answer to a message. Raises the handler's ConferenceError."""
        return dict(await self.house.live.handlers[kind](self.socket, {"type": kind, **fields}) or {})

    async def enter(self, session: str = "forum") -> dict[str, Any]:
        return await self.ask("room.enter", session=session)

    async def refusal(self, kind: str, **fields: Any) -> str:
        """The code of the refusal of a message."""
        try:
            await self.ask(kind, **fields)
        except ConferenceError as error:
            return error.code
        return "none"

    async def hear(self, fits: Callable[[dict[str, Any]], bool], within: float = 15) -> dict[str, Any]:
        """The first frame that fits, of those that came and those that come."""
        async with asyncio.timeout(within):
            while True:
                for frame in self.frames:
                    if fits(frame):
                        return frame
                await asyncio.sleep(0.01)

    async def hear_kind(self, kind: str) -> dict[str, Any]:
        return await self.hear(lambda frame: frame["type"] == kind)

    async def see(self, seat: str, **expected: Any) -> dict[str, Any]:
        """Until somebody is shown so."""

        def shown(frame: dict[str, Any]) -> bool:
            return frame["type"] == "room.people" and any(
                person["seat"] == seat and expected.items() <= person.items() for person in frame["people"]
            )

        frame = await self.hear(shown)
        return next(person for person in frame["people"] if person["seat"] == seat)

    async def miss(self, seat: str) -> None:
        """Until somebody is gone."""
        await self.hear(lambda frame: frame["type"] == "room.people" and seat in frame["gone"])

    async def close(self) -> None:
        await self.socket.ended()


@dataclass
class House:
    services: Services
    clock: FixedClock
    node: FakeGateway
    live: forums_live.Rooms
    conference: Conference

    @property
    def keeper(self) -> RoomKeeper:
        return self.live.keeper

    async def add(self, *rows: Any) -> None:
        async with self.services.db.work() as work:
            for row in rows:
                work.session.add(row)
                await work.session.flush()

    async def until(self, condition: Callable[[], object], within: float = 3) -> None:
        async with asyncio.timeout(within):
            while not condition():
                await asyncio.sleep(0.01)

    async def person(self, name: str, role: Role = Role.ATTENDEE, session: str | None = None, **more: Any) -> Person:
        fields = {"conference_id": "c1", "email": f"{name}@example.org", "created": START, **more}
        person = Person(id=name, name=name.capitalize(), **fields)
        await self.add(person, RoleHeld(id=f"{name}-{role}", person_id=name, role=role, session_id=session))
        return person

    def browser(
        self, person: Person | None, roles: frozenset[Role] = frozenset({Role.ATTENDEE}), cookie: str | None = None
    ) -> Browser:
        visit = visit_of(self.services, self.conference, Viewer(person=person, roles=roles), "de")
        frames: list[dict[str, Any]] = []

        async def send(event: Any) -> None:
            if "text" in event:
                frames.append(json.loads(event["text"]))

        limits = LiveLimits()
        line = Line(send, lambda: None, limits)
        socket = LiveSocket(cast(Any, SocketViewer(visit, cookie)), "127.0.0.1", line, limits, lambda error, language: error.code)
        return Browser(self, socket, frames)

    async def joined(self, name: str, role: Role = Role.ATTENDEE, session: str = "forum", **more: Any) -> tuple[Browser, str]:
        """Somebody in a room, and the seat."""
        person = await self.person(name, role, **more)
        browser = self.browser(person, frozenset({role}))
        entered = await browser.enter(session)
        return browser, entered["you"]["seat"]

    async def pass_time(self, seconds: float) -> None:
        """Let the clock run on, and the rooms notice."""
        self.clock.advance(seconds=seconds)
        self.keeper.presence.forget(self.clock.monotonic())
        for session in self.keeper.presence.sessions():
            await self.keeper.refresh(session)

    async def seated(self, session: str, seat: str) -> store.Seated:
        async with self.services.db.read() as reading:
            return (await store.seated_in(reading, session, seat))[0]


def conference_row(name: str, slug: str) -> Conference:
    words = {"de": slug, "en": slug}
    return Conference(
        id=name, slug=slug, title=words, motto=words, purpose=words, place=words, people_expected=words, hosts=[],
        contact={"name": words, "email": "", "phone": ""}, legal={}, zone="Europe/Berlin",
        announced=at(-10_000), doors=at(-30), live=at(0), archive=at(300), closes=at(20_000),
        purge=at(50_000),
    )  # fmt: skip


def session_row(name: str, floor: Floor = Floor.DISCUSSION, conference: str = "c1", **more: Any) -> Session:
    words = {"de": name, "en": name}
    fields = {
        "kind": Kind.FORUM, "place": Place.ONLINE, "starts": at(60), "ends": at(120), "number": 1, **more,
    }  # fmt: skip
    return Session(
        id=name, conference_id=conference, slug=name, title=words, question=words, summary=words, floor=floor, where=words,
        changed=START, **fields,
    )  # fmt: skip


@asynccontextmanager
async def house(url: str, folder: Path) -> AsyncIterator[House]:
    clock = RunningClock(NOW)
    settings = Settings(data_dir=folder, storage_url="memory:", secret_key="x" * 40)  # type: ignore[arg-type]
    db = open_database(url, clock)
    await create_tables(db)
    bus, node = MemoryBus(), FakeGateway()
    hub = LiveHub(db, clock, bus, {})
    services = Services(
        settings=settings, clock=clock, ids=RandomIds(), db=db, storage=open_storage(settings, clock),
        outbox=Outbox(bus, clock), live=hub,
        renderers={}, bus=bus, media=node, mail=cast(Any, None), limits=Limits(clock),
        texts=Texts([Language("de", {}), Language("en", {})]),
    )  # fmt: skip
    await hub.start()
    await hub.ready.wait()
    live = forums_live.Rooms(services, ConferenceGate(services, forums_live.topics))
    built = House(services, clock, node, live, conference_row("c1", "treffen"))
    await built.add(built.conference, conference_row("c2", "anderes"))
    await built.add(
        session_row("forum"),
        session_row("stage", Floor.STAGE),
        session_row("round", Floor.OPEN_ROUND),
        session_row("open", guests=True),
        session_row("site", place=Place.ON_SITE),
        session_row("later", starts=at(200), ends=at(260)),
        session_row("foreign", conference="c2"),
        Initiative(id="i1", slug="i1", name="Agentur Musterland", land="ST", aim={}),
    )
    running = asyncio.create_task(live.run())
    try:
        yield built
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await hub.aclose()
        await bus.aclose()
        await node.aclose()
        await db.aclose()
