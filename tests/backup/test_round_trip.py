"""A backup brings back what was there: every row and every object, on the other database and in another store as well."""

from __future__ import annotations

import asyncio
import json
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import select

from conference.access.model import Conference
from conference.backup.reading import check_revision, opened, restore, rows_there
from conference.backup.shape import MANIFEST, OBJECTS, BackupRefused, member_of
from conference.backup.writing import write_backup
from conference.base.errors import Unavailable
from conference.base.storage import Chunks, ObjectFacts
from conference.base.storage.memory import MemoryStorage
from conference.cards.model import Card, CardPlays
from conference.live.model import OutboxRow
from conference.people.actions import issue_link, put_person
from conference.people.model import Person, Role, SignInLink
from conference.program.model import Session
from conference.web.services import Services
from tests.services import Postgres
from tests.site import Site, open_site


async def brought_back(services: Services, path: Path, **options: bool) -> None:
    with opened(path) as found:
        await check_revision(services, found)
        await restore(services, found, **{"replace": False, **options})


def sums_of(path: Path) -> tuple[object, object]:
    """What the manifest says of tables and objects; the same rows and objects give the same."""
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read(MANIFEST))
    return manifest["tables"], manifest["objects"]


async def fill(site: Site) -> None:
    """Values that databases write differently: days, NULL beside JSON's null, numbers that are given out, words with umlauts."""
    conference = await site.conference()
    await site.invite("Öz Beispiel")
    async with site.services.db.work() as work:
        card = (await work.session.exec(select(Card))).first()
        assert card is not None
        work.session.add(CardPlays(card_id=card.id, day=date(2021, 5, 4), plays=3, ends=1))
        await work.session.exec(text("UPDATE conference SET emergency = 'null'"))  # type: ignore[call-overload]
        site.services.outbox.tell(work, f"conference:{conference.id}", "conference.changed", conference_id=conference.id)
    async with site.services.db.work() as work:
        site.services.outbox.tell(work, f"conference:{conference.id}", "conference.changed", conference_id=conference.id)
    async with site.services.db.work() as work:
        newest = (await work.session.exec(select(OutboxRow).order_by(OutboxRow.id.desc()))).first()  # type: ignore[union-attr]
        await work.session.delete(newest)


async def test_all_of_it_comes_back_on_the_other_database(tmp_path: Path, database_url: str, postgres: Postgres) -> None:
    other = "" if database_url.startswith("postgresql") else postgres.create()
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    async with open_site(tmp_path / "one", database_url) as site, open_site(tmp_path / "two", other, conferences=()) as target:
        await fill(site)
        counts = await write_backup(site.services, first)
        assert (counts.rows, first.stat().st_mode & 0o777) == (await rows_there(site.services), 0o600)
        assert counts.objects == len([key async for key in site.services.storage.list()]) > 10
        await brought_back(target.services, first)
        await write_backup(target.services, second)
        assert sums_of(second) == sums_of(first)
        async with site.services.db.read() as one, target.services.db.read() as two:
            for model in (Conference, Session, Person, CardPlays):
                rows = [
                    sorted((row.model_dump(mode="json") for row in await db.exec(select(model))), key=str) for db in (one, two)
                ]  # type: ignore[var-annotated]
                assert rows[0] == rows[1], model
            nulls = text("SELECT count(*) FROM conference WHERE emergency IS NOT NULL")
            assert (await two.exec(nulls)).scalar_one() == 1  # type: ignore[call-overload]
            last = (await one.exec(select(OutboxRow.id).order_by(OutboxRow.id.desc()))).first()  # type: ignore[union-attr]
        async with target.services.db.work() as work:
            target.services.outbox.tell(work, "conference:x", "conference.changed", conference_id=None)
        async with target.services.db.read() as two:
            new = (await two.exec(select(OutboxRow.id).order_by(OutboxRow.id.desc()))).first()  # type: ignore[union-attr]
        assert last is not None
        assert new == last + 2  # the number of the row that was deleted is never used again
    if other:
        postgres.drop(other)


async def test_every_table_is_as_of_one_moment(tmp_path: Path, database_url: str) -> None:
    """People and their links are written together, while the backup is made."""
    async with open_site(tmp_path / "one", database_url, conferences=("2024",)) as site:
        services, written = site.services, 0

        async def write() -> None:
            nonlocal written
            while True:
                async with services.db.work() as work:
                    of = {"conference_id": None, "roles": [(Role.ORGANISER, None)]}
                    person = await put_person(work, services.ids, name="Mia", email=f"mia{written}@example.org", **of)  # type: ignore[arg-type]
                    await issue_link(work, services.ids, person.id)
                written += 1
                await asyncio.sleep(0)

        writer = asyncio.create_task(write())
        async with asyncio.timeout(60):  # a writer that failed would be waited for without end
            while written < 3:
                await asyncio.sleep(0)
        await write_backup(services, tmp_path / "one.zip")
        writer.cancel()
        with suppress(asyncio.CancelledError):
            await writer
    with opened(tmp_path / "one.zip") as found:
        people = {json.loads(line)["id"] for line in found.lines("person")}
        links = {json.loads(line)["person_id"] for line in found.lines("signinlink")}
    assert len(people) >= 3
    assert people == links


async def test_it_takes_the_place_of_what_was_there_when_asked(tmp_path: Path) -> None:
    async with (
        open_site(tmp_path / "one", conferences=("2024",)) as site,
        open_site(tmp_path / "two") as target,
    ):
        await write_backup(site.services, tmp_path / "one.zip")
        with pytest.raises(BackupRefused, match="Somebody else writes"):
            await brought_back(target.services, tmp_path / "one.zip")
        await brought_back(target.services, tmp_path / "one.zip", replace=True)
        await write_backup(target.services, tmp_path / "two.zip")
        assert sums_of(tmp_path / "two.zip") == sums_of(tmp_path / "one.zip")


async def test_it_comes_back_into_another_store(tmp_path: Path) -> None:
    async with open_site(tmp_path / "one") as site, open_site(tmp_path / "two", conferences=()) as target:
        await write_backup(site.services, tmp_path / "one.zip")
        store = MemoryStorage(b"k" * 40, target.clock)
        await brought_back(replace(target.services, storage=store), tmp_path / "one.zip")
        keys = [key async for key in site.services.storage.list()]
        assert [key async for key in store.list()] == keys
        for key in keys:
            assert await store.get(key) == await site.services.storage.get(key)
            assert (await store.head(key)).content_type == (await site.services.storage.head(key)).content_type


class Away(MemoryStorage):
    """A store that breaks off."""

    async def open_range(self, key: str, start: int = 0, end: int | None = None) -> tuple[ObjectFacts, Chunks]:
        raise Unavailable("store")


async def test_what_breaks_off_leaves_the_backup_before_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "night.zip"
    target.write_bytes(b"the one before")
    async with open_site(tmp_path / "one", conferences=()) as site:
        store = Away(b"k" * 40, site.clock)
        await store.put("a", b"x", "text/plain")
        with pytest.raises(Unavailable):
            await write_backup(replace(site.services, storage=store), target)
    assert target.read_bytes() == b"the one before"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["night.zip"]


def rewritten(path: Path, member: str, change: Callable[[bytes], bytes]) -> Path:
    """The zip with another content of one member; all its own sums are right."""
    target = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(target, "w") as after:
        for name in before.namelist():
            data = before.read(name)
            after.writestr(name, change(data) if name == member else data)
    return target


async def test_what_is_damaged_or_of_another_version_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "one.zip"
    async with open_site(tmp_path / "one") as site:
        await write_backup(site.services, path)
    objects = zipfile.ZipFile(path).namelist()
    film = next(name for name in objects if name.startswith("objects/"))
    short, text_file, bent = tmp_path / "short.zip", tmp_path / "text.zip", tmp_path / "bent.zip"
    short.write_bytes(path.read_bytes()[:-100])
    text_file.write_text("no backup")
    whole, begins = path.read_bytes(), zipfile.ZipFile(path).getinfo(MANIFEST).header_offset + 30 + len(MANIFEST) + 20
    bent.write_bytes(whole[:begins] + b"\xff" * 8 + whole[begins + 8 :])  # what is no deflated data at all
    locked, coded = tmp_path / "locked.zip", bytearray(whole)
    for head, flags in ((zipfile.ZipFile(path).getinfo(MANIFEST).header_offset, 6), (whole.rindex(b"PK\x01\x02"), 8)):
        coded[head + flags] |= 1  # encrypted, says one of the two heads of a member
    locked.write_bytes(coded)
    async with open_site(tmp_path / "two", conferences=()) as target:
        for damaged in (
            short,
            bent,
            locked,
            text_file,
            rewritten(path, member_of("session"), lambda data: data.replace(b"Forum", b"Morum", 1)),
            rewritten(path, film, lambda data: data[:-1]),
            rewritten(path, OBJECTS, lambda data: data.split(b"\n", 1)[1]),
            rewritten(path, MANIFEST, lambda data: b"{}"),
            rewritten(path, MANIFEST, lambda data: data.replace(b'"format": 1', b'"format": 2')),
            rewritten(path, MANIFEST, lambda data: data.replace(b'"revision": "0', b'"revision": "9')),
        ):
            with pytest.raises(BackupRefused):
                await brought_back(target.services, damaged)
        assert await rows_there(target.services) == 0
        assert [key async for key in target.services.storage.list()] == []


async def test_what_fails_while_a_whole_backup_is_brought_back_is_not_said_of_the_file(tmp_path: Path) -> None:
    async with open_site(tmp_path / "one", conferences=("2024",)) as site:
        await write_backup(site.services, tmp_path / "one.zip")
    with pytest.raises(OSError, match="full"), opened(tmp_path / "one.zip"):
        raise OSError("the disk is full")


async def test_links_that_were_given_out_open_after_it(tmp_path: Path) -> None:
    async with open_site(tmp_path / "one") as site, open_site(tmp_path / "two", conferences=()) as target:
        _person, link = await site.invite("Anna Beispiel")
        await write_backup(site.services, tmp_path / "one.zip")
        await brought_back(target.services, tmp_path / "one.zip")
        assert (await target.browser().post(link)).status_code == 303
        async with target.services.db.read() as session:
            assert len((await session.exec(select(SignInLink))).all()) == 1
