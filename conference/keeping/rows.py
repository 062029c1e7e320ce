"""Which rows and which objects of the store are a conference's, found by what refers to what: new tables are among them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, String, Table, cast, null, or_, select, union_all
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference
from conference.base.db import metadata

OBJECTS = {
    "piece": ("key", "captions_key"), "cardfile": ("key",), "cardfilm": ("key",), "sheetversion": ("object_key",),
    "resultsdocument": ("object_key",), "reportphoto": ("object_key",), "resultslook": ("logo_key",), "legalpage": ("film_key",),
    "handover": ("object_key",),
}  # fmt: skip
"""Columns with keys of the object store, by table. Hosts' logos stand in `Conference.hosts`."""

Rows = Sequence[tuple[Table, ColumnElement[bool]]]


def rows_of(conference_id: str) -> Rows:
    """Each table that holds rows of the conference, with which; what is referred to stands before what refers to it."""
    conference: Table = metadata.tables["conference"]
    found: dict[Table, ColumnElement[bool]] = {conference: conference.c.id == conference_id}
    for table in metadata.sorted_tables:
        ways = [
            key.parent.in_(select(key.column).where(found[key.column.table]))
            for key in table.foreign_keys
            if key.column.table in found and key.column.table is not table
        ]
        if ways:
            found[table] = or_(*ways)
    return list(found.items())


async def objects_of(session: AsyncSession, conference: Conference) -> list[tuple[str, str | None]]:
    """(key, id of the open upload or None) of all that the conference's rows name in the store. One query."""
    named = []
    for table, belongs in rows_of(conference.id):
        for name in OBJECTS.get(table.name, ()):
            upload = table.c["upload_id"] if "upload_id" in table.c else cast(null(), String)
            named.append(select(table.c[name], upload).where(belongs, table.c[name].is_not(None)))
    found = (await session.exec(union_all(*named))).all()  # type: ignore[call-overload]
    logos = [(host["logo"]["key"], None) for host in conference.hosts if host.get("logo")]
    return logos + [(key, upload) for key, upload in found]
