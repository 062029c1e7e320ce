"""A conference that is on right now with rooms for many people, everybody signed in, and its web part served alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from conference.access.model import Conference
from conference.base.clock import SystemClock
from conference.base.db import open_database
from conference.base.ids import RandomIds, digest
from conference.initiatives.model import Initiative
from conference.people.model import BrowserSession, Person, Role, RoleHeld, SignedIn
from conference.program.model import Floor, Kind, Place, Session
from tests.load.machine import child
from tests.processes.running import environment, finished, until

SLUG = "halle"
LAENDER = ("BB", "MV", "SN", "ST", "TH")


@dataclass(frozen=True)
class Hall:
    """cookies: one signed-in browser for each person; the first person is the moderator of every room."""

    folder: Path
    environ: dict[str, str]
    cookies: list[str]

    @property
    def port(self) -> int:
        return int(self.environ["MEETINGPOINT_PORT"])

    @property
    def database(self) -> Path:
        return self.folder / "data" / "meetingpoint.sqlite3"

    def page(self, room: str) -> str:
        return f"/{SLUG}/sessions/{room}/room"


def prepare(folder: Path, people: int, rooms: int = 1, floor: Floor = Floor.DISCUSSION, **settings: object) -> Hall:
    """Rooms are named room-1, room-2 ... Raises RuntimeError. `settings`: more of the installation's."""
    environ = environment(folder / "data", **{"bus_url": "memory:", **settings})
    migrated = finished(["migrate"], environ)
    if migrated.returncode:
        raise RuntimeError(migrated.stderr)
    hall = Hall(folder, environ, [RandomIds().secret() for _ in range(people)])
    asyncio.run(_fill(hall, rooms, floor))
    return hall


async def _fill(hall: Hall, rooms: int, floor: Floor) -> None:
    now = datetime.now(UTC)
    db = open_database(f"sqlite:///{hall.database}", SystemClock())
    async with db.work() as work:
        for rows in (_frame(now, rooms, floor), *_people(hall.cookies, now)):
            work.session.add_all(rows)
            await work.session.flush()
    await db.aclose()


def _frame(now: datetime, rooms: int, floor: Floor) -> list[Any]:
    words = {"de": "Treffen der Initiativen", "en": "Meeting of the initiatives"}
    conference = Conference(
        id="c1", slug=SLUG, title=words, motto=words, purpose=words, place=words, people_expected=words, hosts=[],
        contact={"name": words, "email": "b@example.org", "phone": ""}, legal={}, zone="Europe/Berlin",
        announced=now - timedelta(days=9), doors=now - timedelta(hours=2), live=now - timedelta(hours=1),
        archive=now + timedelta(hours=4), closes=now + timedelta(days=5), purge=now + timedelta(days=20),
    )  # fmt: skip
    sessions = [
        Session(
            id=f"room-{number}", conference_id="c1", slug=f"room-{number}", kind=Kind.FORUM, number=number, title=words,
            question=words, summary=words, floor=floor, where={}, changed=now, place=Place.ONLINE,
            starts=now - timedelta(minutes=20), ends=now + timedelta(hours=2),
        )
        for number in range(1, rooms + 1)
    ]  # fmt: skip
    initiatives = [Initiative(id=f"i{land}", slug=land.lower(), name=f"Agentur {land}", land=land, aim={}) for land in LAENDER]
    return [conference, *initiatives, *sessions]


def _people(cookies: list[str], now: datetime) -> tuple[list[Any], ...]:
    people: list[Any] = []
    held: list[Any] = []
    signed: list[Any] = []
    for number, cookie in enumerate(cookies):
        land, name = LAENDER[number % len(LAENDER)], f"Beispiel Person {number}"
        email, role = f"person-{number}@example.org", Role.ATTENDEE if number else Role.MODERATOR
        people += [
            Person(id=f"p{number}", conference_id="c1", name=name, email=email, land=land, initiative_id=f"i{land}", created=now),
            BrowserSession(digest=digest(cookie), created=now, expires=now + timedelta(days=1)),
        ]
        held.append(RoleHeld(id=f"r{number}", person_id=f"p{number}", role=role))
        signed.append(SignedIn(id=f"s{number}", browser=digest(cookie), person_id=f"p{number}"))
    return people, held, signed


@contextmanager
def served(hall: Hall, core: int | None = None) -> Iterator[int]:
    """The web part alone, on one core if `core` is given; yields its process id."""
    from tests.load.bench_page import _fetch

    with child(["-m", "conference", "web"], hall.environ, hall.folder / "web.log", core) as web:
        until(lambda: _fetch(hall.port, "/healthz")[0] == 200, 30, "the web part")
        yield web.pid
