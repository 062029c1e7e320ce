"""Store and database of cards are equal after whatever happened, on each store and each database."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from conference.access.model import Conference
from conference.base.clock import FixedClock
from conference.base.db import Work, open_database
from conference.base.errors import Unavailable
from conference.base.ids import RandomIds
from conference.base.jobs import Job
from conference.base.limits import Limits
from conference.base.mail import MemoryMail
from conference.base.settings import read_settings
from conference.base.storage import ObjectStorage
from conference.cards.actions import NewFile, handlers, publish_card, store_card, withdraw_card
from conference.cards.file import CardFacts
from conference.cards.films import actions as arriving
from conference.cards.films.actions import Bringing
from conference.cards.films.ready import record_ready
from conference.cards.films.rules import Offer
from conference.cards.model import Card, CardFile, CardFilm, CardState, FileRole, FilmState
from conference.cards.reconcile import MOST_STRAYS, PREFIXES, Comparison, reconcile
from conference.cards.sweeping import missing_files
from conference.initiatives.model import Initiative
from conference.live.bus import MemoryBus
from conference.live.hub import LiveHub
from conference.live.outbox import Outbox
from conference.program.model import Session
from conference.web.services import Services
from conference.web.texts import read_texts
from tests.forums.fake_gateway import FakeGateway
from tests.media.browsers.length import LONG
from tests.tables import create_tables

NOW = datetime.now(UTC)
assert Session.__tablename__  # its table must be known for all of them to be made
FACTS = CardFacts(video="x.mp4", seconds=1)
STEPS = 25
# Each kind of store and of database, not each pair of them: a comparison asks one after the other.
pytestmark = pytest.mark.parametrize(
    ("storage", "database_url"),
    [("memory", "postgresql"), ("folder", "sqlite"), ("s3", "postgresql")],
    indirect=True,
    ids=["memory-postgresql", "folder-sqlite", "s3-postgresql"],
)
PART = b"p" * 64


class Crash(BaseException):
    """The process dies here."""


@dataclass
class Site:
    """Real database and store, a clock that tests move: what the store writes now is old once it has been moved."""

    services: Services
    clock: FixedClock
    conference_id: str
    initiatives: list[str] = field(default_factory=list)

    async def stored(self) -> tuple[set[str], set[tuple[str, str]]]:
        """Keys of objects, and (key, id) of open uploads."""
        storage = self.services.storage
        keys = {key for prefix in PREFIXES async for key in storage.list(prefix)}
        return keys, {(up.key, up.upload_id) for prefix in PREFIXES for up in await storage.list_open_parts(prefix)}

    async def named(self) -> tuple[set[str], set[tuple[str, str]]]:
        """The same as the rows have it."""
        async with self.services.db.read() as db:
            files = set(await db.exec(select(CardFile.key)))
            films = list(await db.exec(select(CardFilm)))
        whole = {film.key for film in films if film.key and not film.upload_id}
        return files | whole, {(film.key, film.upload_id) for film in films if film.key and film.upload_id}

    async def work_off(self) -> None:
        """The worker's part: objects that nobody names any more."""
        forget = handlers(self.services.storage)
        async with self.services.db.work() as work:
            for job in list(await work.session.exec(select(Job).where(col(Job.kind).in_(forget)))):
                await forget[job.kind](job)
                await work.session.delete(job)

    async def cards(self) -> list[Card]:
        async with self.services.db.read() as db:
            return list(await db.exec(select(Card).order_by(Card.id)))

    async def films(self, state: FilmState) -> list[CardFilm]:
        async with self.services.db.read() as db:
            return list(await db.exec(select(CardFilm).where(CardFilm.state == state).order_by(CardFilm.id)))

    @property
    def dying(self) -> Services:
        """The same in a process that dies just before its next commit."""
        return replace(self.services, db=Dying(self.services.db))  # type: ignore[arg-type]

    async def begin(self, services: Services, initiative_id: str, number: int = 0) -> CardFilm:
        return await arriving.begin(
            services, bringing(initiative_id), Offer(f"{number}.mp4", len(PART), "video/mp4", 1), replace=True
        )

    async def complete(self, services: Services, card: Card, film: CardFilm) -> None:
        assert film.key is not None
        assert film.upload_id is not None
        if (film.key, film.upload_id) in (await self.stored())[1]:
            await services.storage.put_part(film.key, film.upload_id, 1, PART)
        await arriving.complete(services, bringing(card.initiative_id), film.id)

    async def prepare(self, services: Services, film: CardFilm) -> None:
        """What is made of a film: first all of it into the store, then the rows."""
        key = f"cards/{services.ids.secret()}.mp4"
        await services.storage.put(key, PART, "video/mp4")
        file = CardFile(
            id=services.ids.new(), card_id=film.card_id, film_id=film.id, role=FileRole.RENDITION, key=key,
            content_type="video/mp4", size=len(PART), etag="x",
        )  # fmt: skip
        if not await record_ready(services, film, [file]):
            await services.storage.delete(key)


class Dying:
    """A database in whose unit of work the process dies, just before the commit."""

    def __init__(self, db: Any) -> None:
        self._db = db

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        async with self._db.work() as work:
            yield work
            await work.session.flush()
            raise Crash


@pytest.fixture
async def site(storage: ObjectStorage, database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    settings = read_settings(
        {}, data_dir=tmp_path, storage_url="memory:", bus_url="memory:", mail_url="memory:", secret_key="k" * 40
    )
    clock = FixedClock(datetime.now(UTC))
    db, bus = open_database(database_url, clock), MemoryBus()
    await create_tables(db)
    services = Services(
        settings=settings, clock=clock, ids=RandomIds(), db=db, storage=storage, outbox=Outbox(bus, clock),
        live=LiveHub(db, clock, bus, {}), renderers={}, bus=bus, media=FakeGateway(), mail=MemoryMail(),
        limits=Limits(clock), texts=read_texts(),
    )  # fmt: skip
    site = Site(services, clock, "c")
    async with db.work() as work:
        times: dict[str, Any] = dict.fromkeys(("announced", "doors", "live", "archive", "closes", "purge"), NOW)
        words: dict[str, Any] = {
            name: {} for name in ("title", "motto", "purpose", "place", "people_expected", "contact", "legal")
        }
        work.session.add(Conference(id="c", slug="c", hosts=[], zone="Europe/Berlin", **words, **times))
        for number in range(4):
            site.initiatives.append(f"i{number}")
            work.session.add(Initiative(id=f"i{number}", slug=f"i{number}", name=f"Initiative {number}", land="ST", aim={}))
    yield site
    await bus.aclose()
    await db.aclose()


def bringing(initiative_id: str) -> Bringing:
    return Bringing("c", initiative_id, None, organiser=True)


def film_bytes(number: int) -> bytes:
    """Enough of an MP4 to be stored as one."""
    return b"\0\0\0\x18ftypmp42" + number.to_bytes(4, "big")


def files_of(number: int) -> list[NewFile]:
    return [NewFile(FileRole.RENDITION, film_bytes(number)), NewFile(FileRole.POSTER, b"\xff\xd8\xff" + bytes([number % 250]))]


async def one_step(site: Site, chance: random.Random, number: int) -> str:
    """Anything that can happen to cards, deaths between store and database included."""
    services = site.services
    every = await site.cards()
    cards = {card.id: card for card in every if card.state is not CardState.WITHDRAWN}
    withdrawn = {card.initiative_id for card in every} - {card.initiative_id for card in cards.values()}
    step = chance.choice(["import", "import", "begin", "begin", "part", "complete", "complete", "prepare", "abort", "publish",
                          "withdraw", "jobs", "reconcile"])  # fmt: skip
    dies = chance.random() < 0.3
    with_death = site.dying if dies else services
    uploads, waiting = await site.films(FilmState.UPLOADING), await site.films(FilmState.WAITING)
    film = chance.choice(uploads) if uploads else None
    if step == "import":
        facts = FACTS.model_copy(update={"published": chance.random() < 0.5, "remains": chance.random() < 0.5})
        if free := [each for each in site.initiatives if each not in withdrawn]:
            await dead(store_card(with_death, site.conference_id, chance.choice(free), facts, files_of(number)))
    elif step == "begin":
        await dead(site.begin(with_death, chance.choice(site.initiatives), number))
    elif step == "part" and film and (film.key, film.upload_id) in (await site.stored())[1]:
        await services.storage.put_part(film.key or "", film.upload_id or "", chance.randint(1, 3), PART)
    elif step == "complete" and film:
        await dead(site.complete(with_death, cards[film.card_id], film))
    elif step == "prepare" and waiting:
        await dead(site.prepare(with_death, chance.choice(waiting)))
    elif step == "abort" and film:
        await dead(arriving.break_off(with_death, bringing(cards[film.card_id].initiative_id), film.id))
    elif step in ("publish", "withdraw") and cards:
        await dead(decided(with_death, step, chance.choice(list(cards.values()))))
    elif step == "jobs":
        await site.work_off()
    elif step == "reconcile":
        await reconcile(services)
    return f"{step}{' (dies)' if dies else ''}"


async def decided(services: Services, step: str, card: Card) -> None:
    async with services.db.work() as work:
        if step == "withdraw":
            await withdraw_card(services, work, card.id, by=None)
        elif card.state is CardState.READY:
            await publish_card(services, work, card.id, by=None)


async def dead(doing: Any) -> None:
    try:
        await doing
    except Crash:
        return


@pytest.mark.parametrize("seed", range(12) if LONG else [1])
async def test_after_any_history_the_store_holds_what_the_cards_name(site: Site, seed: int) -> None:
    chance = random.Random(seed)
    steps = [await one_step(site, chance, number) for number in range(STEPS)]
    await site.work_off()
    site.clock.advance(hours=2)
    found = await reconcile(site.services)
    assert found.missing == [], steps
    keys, uploads = await site.stored()
    named, arriving = await site.named()
    # An upload that became an object although its row was never told is still named by that row: nothing of it is lost.
    joined = {(key, upload) for key, upload in arriving if key in keys}
    assert keys == named | {key for key, _ in joined}, steps
    assert uploads == arriving - joined, steps
    assert await reconcile(site.services) == Comparison()


async def test_nothing_young_is_touched(site: Site) -> None:
    storage = site.services.storage
    await storage.put("cards/young.mp4", b"x", "video/mp4")
    upload = await storage.begin_parts("incoming/young", "video/mp4")
    for minutes in (0, 40):
        site.clock.advance(minutes=minutes)
        assert await reconcile(site.services) == Comparison()
    site.clock.advance(minutes=6)
    assert await reconcile(site.services) == Comparison(deleted=1, aborted=1)
    assert await site.stored() == (set(), set())
    await storage.abort_parts("incoming/young", upload)


async def test_an_empty_database_empties_no_store(site: Site) -> None:
    """Somebody has mistyped its address, say."""
    await site.services.storage.put("cards/somebodys.mp4", b"x", "video/mp4")
    async with site.services.db.work() as work:
        await work.session.delete(await work.session.get_one(Conference, "c"))
    site.clock.advance(hours=9)
    assert await reconcile(site.services) == Comparison()
    assert await site.stored() == ({"cards/somebodys.mp4"}, set())
    await site.services.storage.delete("cards/somebodys.mp4")


async def test_a_database_of_another_installation_empties_no_store(site: Site) -> None:
    keys = [f"cards/{'x' * 30}{number:03}.mp4" for number in range(MOST_STRAYS + 1)]
    for key in keys:
        await site.services.storage.put(key, b"theirs", "video/mp4")
    site.clock.advance(hours=9)
    assert await reconcile(site.services) == Comparison()
    assert set(keys) <= {key async for key in site.services.storage.list("cards/")}
    await site.services.storage.delete(keys[0])
    assert (await reconcile(site.services)).deleted == MOST_STRAYS


async def test_only_cards_are_looked_at(site: Site) -> None:
    storage = site.services.storage
    await storage.put("results/a.pdf", b"x", "application/pdf")
    await storage.put("slides/a.pdf", b"x", "application/pdf")
    upload = await storage.begin_parts("slides/b.pdf", "application/pdf")
    site.clock.advance(hours=9)
    assert await reconcile(site.services) == Comparison()
    assert await storage.get("results/a.pdf") == b"x"
    assert [one.upload_id for one in await storage.list_open_parts()] == [upload]
    await storage.abort_parts("slides/b.pdf", upload)
    for key in ("results/a.pdf", "slides/a.pdf"):
        await storage.delete(key)


async def test_what_is_missing_is_told_until_it_is_back(site: Site) -> None:
    services = site.services
    card = await store_card(services, "c", "i0", FACTS, files_of(1))
    async with services.db.read() as db:
        lost = list(await db.exec(select(CardFile).where(CardFile.card_id == card.id)))
    for file in lost:
        await services.storage.delete(file.key)
    for _again in range(2):
        found = await reconcile(services)
        assert sorted(each.key for each in found.missing) == sorted(file.key for file in lost)
        async with services.db.read() as db:
            entries = await missing_files(db)
        assert {name: entry.facts for name, entry in entries.items()} == {"c": {"missing": 2, "initiatives": "i0"}}
    await services.storage.put(lost[0].key, b"back", "video/mp4")
    await reconcile(services)
    async with services.db.read() as db:
        assert (await missing_files(db))["c"].facts["missing"] == 1
    await services.storage.put(lost[1].key, b"back", "image/jpeg")
    assert await reconcile(services) == Comparison()
    async with services.db.read() as db:
        assert await missing_files(db) == {}


async def test_an_upload_that_nobody_went_on_with_goes_after_a_week(site: Site) -> None:
    await store_card(site.services, "c", "i0", FACTS, files_of(1))
    film = await site.begin(site.services, "i0")
    site.clock.advance(days=6, hours=23)
    await reconcile(site.services)
    assert [each.id for each in await site.films(FilmState.UPLOADING)] == [film.id]
    assert (film.key, film.upload_id) in (await site.stored())[1]
    site.clock.advance(hours=2)
    await reconcile(site.services)
    await site.work_off()
    assert await site.films(FilmState.UPLOADING) == []
    assert (await site.stored())[1] == set()
    assert len((await site.stored())[0]) == 2


async def test_a_store_that_is_away_is_no_reason_to_delete(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    await store_card(site.services, "c", "i0", FACTS, files_of(1))

    async def away(*_args: Any) -> Any:
        raise Unavailable("store")

    monkeypatch.setattr(site.services.storage, "list_open_parts", away)
    site.clock.advance(hours=2)
    with pytest.raises(Unavailable):
        await reconcile(site.services)
    assert len((await site.named())[0]) == 2
    monkeypatch.undo()
    assert await reconcile(site.services) == Comparison()


async def test_two_workers_compare_at_the_same_time(site: Site) -> None:
    for number in range(2):
        await site.services.storage.put(f"cards/orphan-{number}.mp4", b"x", "video/mp4")
        await store_card(site.services, "c", "i1", FACTS, files_of(number))
    site.clock.advance(hours=1)
    found = await asyncio.gather(*(reconcile(site.services) for _ in range(2)))
    assert all(each.missing == [] for each in found)
    await site.work_off()
    assert (await site.stored())[0] == (await site.named())[0]
