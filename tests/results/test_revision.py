"""What was published before sheets had versions is there afterwards as it was: with its people, and nobody is written to."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import Connection, MetaData, insert

from conference import migrate
from conference.base.clock import SystemClock
from conference.base.db import open_database
from conference.base.settings import read_settings
from conference.program.model import Billing, Session
from conference.results.content import Named, content_from
from conference.results.model import ResultsSheet
from conference.results.sheet_file import sheet_to_file
from conference.results.store import draft_of, versions_of

PUBLISHED = datetime(2021, 5, 5, 10, tzinfo=UTC)


def rows() -> dict[str, list[dict[str, Any]]]:
    """A conference with one sheet that is public, as revision 0009 knows it."""
    moments = dict.fromkeys(("announced", "doors", "live", "archive", "closes", "purge"), PUBLISHED)
    of_session = {"id": "s", "conference_id": "c", "slug": "f", "kind": "forum", "number": 1, "title": {"de": "Ämter"}}
    named = {"session_id": "s", "role": "impulse"}
    return {
        "conference": [{"id": "c", "slug": "t", "title": {"de": "T"}, "zone": "Europe/Berlin", "hosts": [], **moments}],
        "session": [{**of_session, "question": {"de": "?"}, "starts": PUBLISHED, "ends": PUBLISHED, "changed": PUBLISHED,
                     "floor": "discussion", "place": "online"}],
        "billing": [
            {"id": "1", "position": 1, "name": "Bo", "title": {}, "affiliation": {}, **named},
            {"id": "2", "position": 0, "name": "Ada", "title": {"de": "Dr."},
             "affiliation": {"de": "Amt", "en": "Bureau"}, **named},
        ],
        "resultssheet": [{"session_id": "s", "conference_id": "c", "published": PUBLISHED, "remains": True}],
        "finding": [{"id": "f1", "session_id": "s", "heading": "ideas", "text": {"de": "Grün"}, "key": True, "position": 0}],
    }  # fmt: skip


def fill(connection: Connection) -> None:
    """What `rows` says nothing of is empty."""
    tables = MetaData()
    tables.reflect(connection)
    for name, some in rows().items():
        for row in some:
            empty: dict[str, Any] = {
                column.name: {} if "JSON" in str(column.type) else False if "BOOL" in str(column.type) else 0
                for column in tables.tables[name].columns
                if not column.nullable and column.name not in row
            }
            connection.execute(insert(tables.tables[name]).values({**empty, **row}))


async def test_a_sheet_gets_its_first_version(database_url: str, tmp_path: Path) -> None:
    settings = read_settings({}, data_dir=tmp_path, database_url=database_url, secret_key="k" * 40)
    migrate.metadata_of_all()
    db = open_database(settings.database_url, SystemClock())
    try:
        async with db.engine.begin() as connection:
            await connection.run_sync(lambda one: command.upgrade(migrate.config(one), "0009"))
            await connection.run_sync(fill)
        await migrate.upgrade(settings)
        async with db.read() as reading:
            sheet, session = await reading.get(ResultsSheet, "s"), await reading.get(Session, "s")
            assert sheet is not None
            assert session is not None
            (version,) = await versions_of(reading, "s")
            draft = await draft_of(reading, session, sheet)
            assert await reading.get(Billing, "1") is not None
        content = content_from(version.content)
        assert content == draft
        assert content.people == (
            Named("impulse", {"de": "Ada, Dr., Amt", "en": "Ada, Bureau"}), Named("impulse", {"de": "Bo"}),
        )  # fmt: skip
        assert [entry.text for entry in content.key_entries] == [{"de": "Grün"}]
        assert (sheet.state, sheet.told, sheet.published, version.public_from) == ("published", *3 * (PUBLISHED,))
        assert sheet_to_file("f", sheet, [version])[0]["versions"][0]["number"] == 1
    finally:
        await db.aclose()
