"""Two who edit the same: each form carries the number of the edition that it shows, and only the newest one may be changed."""

from __future__ import annotations

from typing import Protocol, TypeVar

from sqlmodel import select

from conference.base.db import Work
from conference.base.errors import Conflict, NotFound


class Edited(Protocol):
    """A row with an edition: `version` from 1, `changed_by` the id of the person behind it (None: the command line)."""

    version: int
    changed_by: str | None


Row = TypeVar("Row", bound=Edited)


async def locked(work: Work, table: type[Row], row_id: str) -> Row:
    """The row as it is now, held until the end of the work, so that nobody comes between comparing and writing.

    Rows that refer to it can be added meanwhile (FOR NO KEY UPDATE), or two who lock in another order would wait for each other.
    `row_id` is that of its column `id`. Raises NotFound.
    """
    query = select(table).where(table.id == row_id)  # type: ignore[attr-defined]
    found = (await work.session.exec(query.with_for_update(key_share=True).execution_options(populate_existing=True))).first()
    if found is None:
        raise NotFound("page", id=row_id)
    return found


def same_edition(row: Edited, seen: int | str | None) -> None:
    """Compare with what the form showed, under the row's lock and before anything is written. seen: as the form sent it.

    Raises Conflict("changed_meanwhile", by=id of a person or None, version=N); `desk.editions` knows the name to say.
    """
    if str(seen) != str(row.version):
        raise Conflict("changed_meanwhile", by=row.changed_by, version=row.version)


def next_edition(row: Edited, by: str | None) -> None:
    """This row is being changed by `by` (id of a person)."""
    row.version += 1
    row.changed_by = by
