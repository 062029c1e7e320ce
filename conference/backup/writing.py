"""Making a backup: all tables as of one moment, then the store, into a file that appears when it is whole."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import zipfile
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Table, func, null, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

import conference
from conference.backup.shape import (
    BATCH,
    MANIFEST,
    OBJECTS,
    BackupRefused,
    Counts,
    Manifest,
    holds_json,
    line_of,
    member_of,
    object_member,
    plain,
)
from conference.base.errors import NotFound
from conference.base.ids import seal
from conference.base.settings import PREFIX
from conference.base.storage import check_key
from conference.migrate import metadata_of_all
from conference.web.services import Services

SEALED = "backup"


async def write_backup(services: Services, target: Path) -> Counts:
    """Write `target` (mode 0600), in place of one that is there. Beside a running server: nobody waits for it.

    Raises BackupRefused, Unavailable; then what was there before is untouched.
    """
    with _appearing(target) as out, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        async with services.db.read() as session:
            # PostgreSQL sees what was committed when the first table is read; SQLite does so anyway.
            level = {"isolation_level": "REPEATABLE READ"} if services.db.dialect == "postgresql" else {}
            connection = await session.connection(execution_options=level)
            revision = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one()
            every = metadata_of_all().sorted_tables
            tables = {table.name: await _write_table(archive, connection, table) for table in every}
            numbers = {table.name: await _number(connection, table) for table in every if table.autoincrement_column is not None}
        objects, gone = await _write_objects(archive, services)
        made = datetime.fromtimestamp(services.clock.real(), UTC).isoformat()
        manifest = Manifest(
            revision=revision, made=made, program=conference.__version__, database=services.db.dialect, tables=tables,
            objects=objects, numbers=numbers, settings=_settings(services), gone=gone,
            key=seal(services.settings.key, SEALED, made),
        )  # fmt: skip
        archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))
    rows = sum(each["rows"] for each in tables.values())
    return Counts(rows, len(tables), objects["count"], objects["bytes"])


@contextmanager
def _appearing(target: Path) -> Iterator[IO[bytes]]:
    """A file beside `target` that takes its name once it is whole and on the disk. One at a time; what a killed one left is
    overwritten."""
    part = target.with_name(f".{target.name}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise BackupRefused("{file} cannot be written ({reason}).", file=target, reason=error.strerror) from error
    with os.fdopen(descriptor, "wb") as out:
        try:
            fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupRefused("Another backup is being written to {file}.", file=target) from None
        os.ftruncate(descriptor, 0)
        os.fchmod(descriptor, 0o600)
        try:
            yield out
            out.flush()
            os.fsync(descriptor)
            part.replace(target)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise BackupRefused("{file} cannot be written ({reason}).", file=target, reason=error.strerror) from error
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


async def _write_table(archive: zipfile.ZipFile, connection: AsyncConnection, table: Table) -> dict[str, Any]:
    digest, rows = hashlib.sha256(), 0
    with archive.open(member_of(table.name), "w", force_zip64=True) as entry:
        async with aclosing(_rows_of(connection, table)) as found:
            async for row in found:
                line = line_of(row)
                digest.update(line)
                entry.write(line)
                rows += 1
    return {"rows": rows, "sha256": digest.hexdigest()}


async def _rows_of(connection: AsyncConnection, model: Table) -> AsyncGenerator[dict[str, Any], None]:
    """Row by row in the order of their keys, without what is NULL."""
    table = plain(model)
    nulls = [each.is_(null()).label(f"no_{number}") for number, each in enumerate(table.columns) if holds_json(each)]
    names = [each.name for each in table.columns if holds_json(each)]
    query = select(*table.columns, *nulls).order_by(*(table.columns[key.name] for key in model.primary_key))
    result = await connection.stream(query, execution_options={"yield_per": BATCH})
    width = len(table.columns)
    async for row in result:
        values = dict(zip(table.columns.keys(), row, strict=False))
        empty = {name for name, missing in zip(names, row[width:], strict=True) if missing}
        yield {name: value for name, value in values.items() if name not in empty and (value is not None or name in names)}


async def _number(connection: AsyncConnection, table: Table) -> int:
    """The highest number that the table ever gave out: those of rows that are gone are never used again."""
    column = table.autoincrement_column
    assert column is not None
    highest = (await connection.execute(select(func.max(column)))).scalar_one() or 0
    if connection.dialect.name == "postgresql":
        name = select(func.pg_get_serial_sequence(table.name, column.name))
        sequence = (await connection.execute(name)).scalar_one()
        given = (await connection.execute(text(f"SELECT last_value FROM {sequence} WHERE is_called"))).scalar_one_or_none()  # noqa: S608
    else:
        query = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        given = (await connection.execute(query, {"name": table.name})).scalar_one_or_none()
    return max(highest, given or 0)


async def _write_objects(archive: zipfile.ZipFile, services: Services) -> tuple[dict[str, Any], int]:
    """All objects and their list; and how many were deleted while we read."""
    digest, count, size, gone = hashlib.sha256(), 0, 0, 0
    lines: list[bytes] = []
    async for key in services.storage.list():
        try:
            facts = await _write_object(archive, services, check_key(key))
        except NotFound:
            gone += 1
            continue
        except ValueError:  # no name of ours: somebody put it there by hand
            continue
        lines.append(json.dumps(facts).encode() + b"\n")
        digest.update(lines[-1])
        count, size = count + 1, size + facts["size"]
    with archive.open(OBJECTS, "w", force_zip64=True) as entry:
        entry.writelines(lines)
    return {"count": count, "bytes": size, "sha256": digest.hexdigest()}, gone


async def _write_object(archive: zipfile.ZipFile, services: Services, key: str) -> dict[str, Any]:
    """Piece by piece, and as it is: films and PDFs are compressed already. Raises NotFound, Unavailable."""
    facts, chunks = await services.storage.open_range(key)
    member = zipfile.ZipInfo(object_member(key), (1980, 1, 1, 0, 0, 0))
    digest, size = hashlib.sha256(), 0
    async with aclosing(chunks):
        with archive.open(member, "w", force_zip64=True) as entry:
            async for data in chunks:
                digest.update(data)
                entry.write(data)
                size += len(data)
    return {"key": key, "type": facts.content_type, "size": size, "sha256": digest.hexdigest()}


def _settings(services: Services) -> list[str]:
    """Names alone: values may be secrets, and belong to the machine."""
    return sorted(PREFIX + name.upper() for name in services.settings.model_fields_set - {"demo"})
