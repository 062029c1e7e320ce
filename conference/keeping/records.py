"""The record of a purge: what there was, what is left, and what organisers answered before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Table, and_, func, select
from sqlmodel import col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference
from conference.base.audit import AuditEntry
from conference.base.db import Work, metadata
from conference.base.editions import locked
from conference.keeping.fates import FATES, Fate
from conference.keeping.model import PurgeRecord
from conference.keeping.rows import rows_of
from conference.people.accounts.model import Account, Factor, ProviderIdentity
from conference.people.model import BrowserSession, Person, Role, RoleHeld, SignedIn

ANSWERED = "list question answered"
"""The act of answering the question about the list of participants. facts: kept."""
OWN = ("conference", "purgerecord", "closecheck")
"""What the record does not speak of: the conference itself, and what is known of its end."""


async def record_for_change(work: Work, conference_id: str) -> PurgeRecord:
    """The record, locked; made when there is none. Raises NotFound when there is no such conference."""
    await locked(work, Conference, conference_id)  # else two would make it at the same time
    record = await work.session.get(PurgeRecord, conference_id, with_for_update=True, populate_existing=True)
    if record is None:
        record = PurgeRecord(conference_id=conference_id)
        work.session.add(record)
        await work.session.flush()
    return record


async def record_of(db: AsyncSession, conference_id: str) -> PurgeRecord | None:
    return await db.get(PurgeRecord, conference_id)


async def answered_by(db: AsyncSession, conference_id: str) -> tuple[datetime, str] | None:
    """When the question about the list was answered last, and by whom ("": nobody who is still there)."""
    query = (
        select_rows(AuditEntry.at, Person.name)
        .join(Person, col(Person.id) == AuditEntry.person_id, isouter=True)
        .where(AuditEntry.conference_id == conference_id, AuditEntry.act == ANSWERED)
        .order_by(col(AuditEntry.at).desc())
    )
    found = (await db.exec(query)).first()
    return (found[0], found[1] or "") if found is not None else None


async def counts_in(db: AsyncSession, conference_id: str) -> dict[str, int]:
    """Table -> rows of the conference, also those of the installation that go with its people. One query."""
    every = [*rows_of(conference_id), *_beside(conference_id)]
    wanted = {table.name: belongs for table, belongs in every if table.name not in OWN}
    counts = [
        select(func.count()).select_from(metadata.tables[name]).where(belongs).scalar_subquery()
        for name, belongs in wanted.items()
    ]
    row = (await (await db.connection()).execute(select(*counts))).one()
    return dict(zip(wanted, (int(count) for count in row), strict=True))


def _beside(conference_id: str) -> list[tuple[Table, ColumnElement[bool]]]:
    """Rows that no key ties to the conference: entries of the log, and the browsers and accounts of nobody but its people."""
    people = select(col(Person.id)).where(col(Person.conference_id) == conference_id)
    here = select(col(SignedIn.browser)).where(col(SignedIn.person_id).in_(people))
    elsewhere = select(col(SignedIn.browser)).where(col(SignedIn.person_id).not_in(people))
    lonely = and_(col(BrowserSession.digest).in_(here), col(BrowserSession.digest).not_in(elsewhere))
    organising = (
        select(col(Person.email))
        .join(RoleHeld, col(RoleHeld.person_id) == col(Person.id))
        .where(col(RoleHeld.role) == Role.ORGANISER, col(RoleHeld.session_id).is_(None))
    )
    theirs, others = col(Person.conference_id) == conference_id, col(Person.conference_id).is_distinct_from(conference_id)
    alone = and_(col(Account.email).in_(organising.where(theirs)), col(Account.email).not_in(organising.where(others)))
    accounts = select(col(Account.id)).where(alone)
    return [
        (_table(AuditEntry), col(AuditEntry.conference_id) == conference_id),
        (_table(BrowserSession), lonely),
        (_table(Account), alone),
        (_table(Factor), col(Factor.account_id).in_(accounts)),
        (_table(ProviderIdentity), col(ProviderIdentity.account_id).in_(accounts)),
    ]


def _table(model: type) -> Table:
    found: Table = model.__table__  # type: ignore[attr-defined]
    return found


def left_over(counts: Mapping[str, int]) -> dict[str, int]:
    """Table -> rows that should be gone."""
    return {name: count for name, count in counts.items() if count and FATES[name].fate is Fate.DELETED}


def going(counts: Mapping[str, int], stays: Mapping[str, int] | None = None) -> dict[str, int]:
    """Table -> how many rows a purge deletes: all of those that go wholly; of those of which some are chosen to stay (`stays`,
    where it is known), the rest."""
    wholly = {name: count for name, count in counts.items() if FATES[name].fate in (Fate.DELETED, Fate.SHARED)}
    return wholly | {name: counts.get(name, 0) - count for name, count in (stays or {}).items()}


def gone(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """Table -> how many rows were deleted, or emptied where all of them stay."""
    found = {}
    for name, count in before.items():
        stays = after.get(name, 0)
        number = stays if FATES[name].fate is Fate.EMPTIED else count - stays
        if number > 0 and FATES[name].fate is not Fate.KEPT:
            found[name] = number
    return found


def deleted(rows: Mapping[str, int]) -> dict[str, int]:
    """Of what a record counts, without what was only emptied."""
    return {name: count for name, count in rows.items() if FATES[name].fate is not Fate.EMPTIED}


def remaining(after: Mapping[str, int]) -> dict[str, int]:
    """Table -> how many rows stay, on purpose."""
    return {name: count for name, count in after.items() if count and FATES[name].fate is not Fate.SHARED}
