"""A film's whole way, from its first part to the gallery, in a process that kills itself at a chosen point.

    python -m tests.cards.kill_flow DATA_DIR STORAGE_URL INITIATIVE CONFERENCE FILM

Reads lines of JSON: {"point": number or null, "now": Unix seconds, "anew": bool}; each is walked in a fork. Points are counted
where the platform asks its store or commits: before, within and after each. Answers {"ended": exit code, "calls": [names]}.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conference.base.clock import FixedClock
from conference.base.db import open_database
from conference.base.ids import RandomIds
from conference.base.jobs import Handler, Job, Worker
from conference.base.limits import Limits
from conference.base.mail import MemoryMail, mail_handlers
from conference.base.settings import Settings
from conference.base.storage import open_storage
from conference.cards.actions import handlers as card_handlers
from conference.cards.actions import publish_card
from conference.cards.films import actions, preparing
from conference.cards.films.actions import Bringing
from conference.cards.films.rules import Offer
from conference.cards.films.store import PREPARE
from conference.cards.model import CardState, FilmState
from conference.cards.store import card_of, films_of
from conference.live.bus import MemoryBus
from conference.live.hub import LiveHub
from conference.live.outbox import Outbox
from conference.web.services import Services
from conference.web.texts import read_texts
from tests.forums.fake_gateway import FakeGateway

ASKED = frozenset(
    {"put", "delete", "head", "open_range", "begin_parts", "put_part", "list_parts", "complete_parts", "abort_parts"}
)
WITHIN_SECONDS = 0.0008
MIDST_SECONDS = (0.15, 0.4, 0.8)
KEY = "k" * 40


@dataclass
class Points:
    """Counts; at the chosen number the process dies."""

    chosen: int | None
    count: int = 0

    def reached(self, name: str) -> bool:
        self.count += 1
        os.write(2, f"{name}\n".encode())
        return self.count == self.chosen

    def passed(self, name: str) -> None:
        if self.reached(name):
            die()

    def within(self, name: str, seconds: float = WITHIN_SECONDS) -> None:
        if self.reached(name):
            threading.Timer(seconds, die).start()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class DyingStore:
    """The store, with a point before, within and after whatever is asked of it."""

    def __init__(self, storage: Any, points: Points) -> None:
        self._storage = storage
        self._points = points

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._storage, name)
        return self._asked(name, found) if name in ASKED else found

    def in_the_midst(self, handler: Handler) -> Handler:
        """The job that prepares films, with points while its child is at work."""

        async def prepare(job: Job) -> None:
            for seconds in MIDST_SECONDS:
                self._points.within("prepare", seconds)
            await handler(job)

        return prepare

    def _asked(self, name: str, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def asked(*given: Any, **named: Any) -> Any:
            self._points.passed(f"before {name}")
            self._points.within(f"within {name}")
            value = await call(*given, **named)
            self._points.passed(f"after {name}")
            return value

        return asked


class DyingDatabase:
    """The database, with a point before, within and after each commit."""

    def __init__(self, db: Any, points: Points) -> None:
        self._db = db
        self._points = points

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Any]:
        async with self._db.work() as work:
            yield work
            self._points.passed("before commit")
            self._points.within("within commit")
        self._points.passed("after commit")


@asynccontextmanager
async def opened(settings: Settings, now: float) -> AsyncIterator[Services]:
    clock = FixedClock(datetime.fromtimestamp(now, UTC))
    db, bus = open_database(settings.database_url, clock), MemoryBus()
    services = Services(
        settings=settings, clock=clock, ids=RandomIds(), db=db, storage=open_storage(settings, clock), outbox=Outbox(bus, clock),
        live=LiveHub(db, clock, bus, {}), renderers={}, bus=bus, media=FakeGateway(), mail=MemoryMail(), limits=Limits(clock),
        texts=read_texts(),
    )  # fmt: skip
    try:
        yield services
    finally:
        await bus.aclose()
        await services.storage.aclose()
        await db.aclose()


async def walk(services: Services, bringing: Bringing, film: Path, *, anew: bool) -> None:
    """What owner, worker and organiser do until the card is public; goes on where an earlier walk ended.

    anew: its owner brings the film once more, although one is on its way.
    """
    data = film.read_bytes()
    async with services.db.read() as db:
        card = await card_of(db, bringing.conference_id, bringing.initiative_id)
        films = await films_of(db, card.id) if card else []
    if card is not None and card.state is CardState.PUBLISHED:
        await work_off(services)
        return
    on_their_way = {FilmState.WAITING, FilmState.PREPARING, FilmState.READY}
    if anew or not any(film.state in on_their_way for film in films):
        await bring(services, bringing, data)
    await work_off(services)
    async with services.db.read() as db:
        card = await card_of(db, bringing.conference_id, bringing.initiative_id)
    assert card is not None
    async with services.db.work() as work:
        await publish_card(services, work, card.id, by=None)
    await work_off(services)


async def bring(services: Services, bringing: Bringing, data: bytes) -> None:
    film = await actions.begin(services, bringing, Offer("film.mp4", len(data), "video/mp4"))
    arrived = await actions.arrived(services, bringing, film.id)
    start = 0
    for number, size in enumerate(arrived.sizes, 1):
        if number not in arrived.there:
            await actions.sign_parts(services, bringing, film.id, [number], 900)
            assert film.key is not None
            assert film.upload_id is not None
            await services.storage.put_part(film.key, film.upload_id, number, data[start : start + size])
        start += size
    await actions.complete(services, bringing, film.id)


async def work_off(services: Services) -> None:
    handlers = {**mail_handlers(services.mail), **card_handlers(services.storage), **preparing.handlers(services)}
    if isinstance(services.storage, DyingStore):
        handlers[PREPARE] = services.storage.in_the_midst(handlers[PREPARE])
    worker = Worker(services.db, services.clock, services.ids, handlers)
    while await worker.run_once():
        pass


async def _one(settings: Settings, bringing: Bringing, film: Path, asked: dict[str, Any]) -> None:
    points = Points(asked["point"])
    async with opened(settings, asked["now"]) as services:
        dying = replace(services, storage=DyingStore(services.storage, points), db=DyingDatabase(services.db, points))  # type: ignore[arg-type]
        await walk(dying, bringing, film, anew=asked["anew"])


def _forked(settings: Settings, bringing: Bringing, film: Path, asked: dict[str, Any]) -> dict[str, Any]:
    out, into = os.pipe()
    child = os.fork()
    if not child:
        os.close(out)
        os.dup2(into, 2)
        try:
            asyncio.run(_one(settings, bringing, film, asked))
        except BaseException as error:
            os.write(2, f"! {error!r}\n".encode())
            os._exit(1)
        os._exit(0)
    os.close(into)
    with os.fdopen(out, errors="replace") as said:
        calls = said.read().splitlines()
    return {"ended": os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), "calls": calls}


def main(data_dir: str, storage_url: str, initiative: str, conference: str, film: str, *more: str) -> None:
    access = dict(zip(("storage_access_key", "storage_secret_key"), more, strict=False))
    settings = Settings.model_validate(
        {
            "data_dir": data_dir,
            "storage_url": storage_url,
            "bus_url": "memory:",
            "mail_url": "memory:",
            "secret_key": KEY,
            **access,
        }
    )
    for line in sys.stdin:
        answer = _forked(settings, Bringing(conference, initiative, None), Path(film), json.loads(line))
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
