"""Bringing a backup back: looked through to its last byte first, then the store, then all rows in one transaction."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Table, delete, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from conference.backup.shape import (
    BATCH,
    FORMAT,
    MANIFEST,
    OBJECTS,
    PIECE,
    BackupRefused,
    Counts,
    Manifest,
    member_of,
    object_member,
    plain,
    row_of,
)
from conference.backup.writing import SEALED
from conference.base.ids import sealed_by
from conference.base.storage import check_key
from conference.migrate import metadata_of_all
from conference.web.services import Services

DAMAGED = "The backup is damaged ({what}). Nothing was changed."
WAITING = (
    "SELECT (SELECT count(*) FROM delivery WHERE state = 'waiting')"
    " + (SELECT count(*) FROM job WHERE kind = 'mail.send' AND done_at IS NULL AND failed_at IS NULL)"
)


class Backup:
    """An opened backup whose every sum is right."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest, objects: list[dict[str, Any]]) -> None:
        self.archive = archive
        self.manifest = manifest
        self.objects = objects

    def lines(self, table: str) -> Iterator[bytes]:
        with self.archive.open(member_of(table)) as entry:
            yield from entry


@contextmanager
def opened(path: Path) -> Iterator[Backup]:
    """Read it all once. Raises BackupRefused for what is no backup, or not whole; what is raised with it later goes through."""
    with ExitStack() as stack:
        try:
            found = _looked_through(stack.enter_context(zipfile.ZipFile(path)))
        except OSError as error:
            raise BackupRefused("{file} cannot be read ({reason}).", file=path, reason=error.strerror) from error
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:  # the last: encrypted, packed in another way
            raise BackupRefused(DAMAGED, what=error) from error
        yield found


def _looked_through(archive: zipfile.ZipFile) -> Backup:
    try:
        said = json.loads(archive.read(MANIFEST))
        if said["format"] != FORMAT:
            raise BackupRefused("This backup was written by another version ({program}).", program=said["program"])
        manifest = Manifest(**said)
    except (KeyError, TypeError, ValueError) as error:
        raise BackupRefused("This is no backup of Meetingpoint.") from error
    for name, facts in manifest.tables.items():
        _compare(archive, member_of(name), facts["sha256"])
    _compare(archive, OBJECTS, manifest.objects["sha256"])
    objects = [json.loads(line) for line in archive.read(OBJECTS).splitlines()]
    for each in objects:
        try:
            _compare(archive, object_member(check_key(each["key"])), each["sha256"])
        except (KeyError, TypeError, ValueError) as error:
            raise BackupRefused(DAMAGED, what=OBJECTS) from error
    return Backup(archive, manifest, objects)


def _compare(archive: zipfile.ZipFile, member: str, sha256: str) -> None:
    digest = hashlib.sha256()
    try:
        with archive.open(member) as entry:
            while data := entry.read(PIECE):
                digest.update(data)
    except KeyError:
        raise BackupRefused(DAMAGED, what=member) from None
    if digest.hexdigest() != sha256:
        raise BackupRefused(DAMAGED, what=member)


async def rows_there(services: Services) -> int:
    """How many rows the database holds in all tables."""
    async with services.db.read() as session:
        connection = await session.connection()
        counts = [await connection.execute(select(func.count()).select_from(each)) for each in metadata_of_all().sorted_tables]
    return sum(int(count.scalar_one()) for count in counts)


async def check_revision(services: Services, backup: Backup) -> None:
    """Rows fit the tables that they were read from alone. Raises BackupRefused."""
    async with services.db.read() as session:
        connection = await session.connection()
        here = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one()
    if backup.manifest.revision != here:
        raise BackupRefused(
            "The backup is of revision {backup} and the database of {here}. Restore it with the version that made it ({program}),"
            " and bring that up to date afterwards.",
            backup=backup.manifest.revision, here=here, program=backup.manifest.program,
        )  # fmt: skip
    if set(backup.manifest.tables) != set(metadata_of_all().tables):
        raise BackupRefused(DAMAGED, what=MANIFEST)


async def restore(services: Services, backup: Backup, *, replace: bool) -> Counts:
    """Bring it back into an empty database, or (replace) in place of everything that is there. May be repeated when it broke off.

    Objects come first, so that no row ever names one that is not there. Raises BackupRefused, Unavailable.
    """
    await _put_objects(services, backup)
    async with services.db.work() as work:
        connection = await work.session.connection()
        tables = metadata_of_all().sorted_tables
        for table in reversed(tables):
            if replace:
                await connection.execute(delete(table))
            elif (await connection.execute(select(func.count()).select_from(table))).scalar_one():
                raise BackupRefused("Somebody else writes into this database. Nothing was changed.")
        for table in tables:
            await _insert(connection, backup, table)
        for name, number in backup.manifest.numbers.items():
            await _go_on_from(connection, metadata_of_all().tables[name], number)
        waiting = int((await connection.execute(text(WAITING))).scalar_one())
    if replace:
        await _drop_others(services, backup)
    manifest = backup.manifest
    other = not sealed_by(services.settings.key, SEALED, manifest.made, manifest.key)
    rows = sum(each["rows"] for each in manifest.tables.values())
    return Counts(rows, len(tables), len(backup.objects), manifest.objects["bytes"], waiting, other_key=other)


async def _insert(connection: AsyncConnection, backup: Backup, model: Table) -> None:
    table, batch = plain(model), []
    try:
        for line in backup.lines(model.name):
            batch.append(row_of(line, table))
            if len(batch) == BATCH:
                await connection.execute(insert(table), batch)
                batch = []
    except (ValueError, TypeError) as error:
        raise BackupRefused(DAMAGED, what=member_of(model.name)) from error
    if batch:
        await connection.execute(insert(table), batch)


async def _go_on_from(connection: AsyncConnection, table: Table, number: int) -> None:
    """Let the next number be higher than every one that was given out before."""
    column = table.autoincrement_column
    assert column is not None
    if connection.dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(table.name, column.name)
        await connection.execute(select(func.setval(sequence, max(number, 1), number > 0)))
        return
    named = {"name": table.name, "seq": number}
    await connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
    await connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :seq)"), named)


async def _put_objects(services: Services, backup: Backup) -> None:
    """One after the other over a file on the disk of the data: none is held in memory."""
    services.settings.data_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="restoring-", dir=services.settings.data_dir) as folder:
        part = Path(folder) / "object"
        for each in backup.objects:
            with backup.archive.open(object_member(each["key"])) as entry, part.open("wb") as out:
                shutil.copyfileobj(entry, out, PIECE)
            await services.storage.put(each["key"], part, each["type"])


async def _drop_others(services: Services, backup: Backup) -> None:
    """What was in the store before and is not in the backup."""
    kept = {each["key"] for each in backup.objects}
    for key in [key async for key in services.storage.list() if key not in kept]:
        await services.storage.delete(key)
