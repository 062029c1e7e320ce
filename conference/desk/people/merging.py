"""Two entries that are one person become one: everything that leads to the second leads to the first from then on."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Table, UniqueConstraint, delete, update
from sqlalchemy.sql import ColumnElement
from sqlmodel import SQLModel, col, select

from conference.access.model import Conference
from conference.base import audit
from conference.base.db import Work
from conference.base.editions import next_edition
from conference.base.errors import Invalid
from conference.desk.people.store import person_of
from conference.people.actions import BROWSERS, REVOKED, tell_roles
from conference.people.model import Person, PersonConsentKind, Role, SignedIn
from conference.people.store import roles_of
from conference.registration.actions import settle
from conference.registration.model import AccessNeeds, Choice, Registration, RegistrationState
from conference.registration.store import consents_of
from conference.web.services import Services

# What is only about the person: where both have it, the first one's stays. Table -> beside the person, what makes it the same.
PERSONAL: dict[str, tuple[str, ...]] = {
    "roleheld": ("role", "session_id"),
    "signedin": ("browser",),
    "choice": ("session_id",),
    "registration": (),
    "accessneeds": (),
    "checkresult": (),
    "delivery": ("mailing_id",),
    "personconsent": ("kind",),
    "surveyanswered": (),
}
# Of these only what has not ended is compared: what somebody took back once is no reason to forget what they agree to.
ENDING = {"personconsent": "ended"}
BEST_FIRST = (RegistrationState.CONFIRMED, RegistrationState.WAITING, RegistrationState.WITHDRAWN)


async def merge_people(work: Work, services: Services, conference_id: str, keep_id: str, gone_id: str, *, by: str | None) -> None:
    """The second is gone afterwards; links and signed-in devices of both are the first one's, and the better registration.

    Raises NotFound, Invalid("same_person"), Invalid("own_organiser") when somebody would be gone who does it,
    Invalid("both_there") when both have left traces in one room or sheet.
    """
    await work.session.exec(select(Conference.id).where(Conference.id == conference_id).with_for_update())
    if keep_id == gone_id:
        raise Invalid("same_person")
    keep, gone = [await person_of(work.session, conference_id, each) for each in (keep_id, gone_id)]
    if gone_id == by:
        raise Invalid("own_organiser")
    keep.initiative_id = keep.initiative_id or gone.initiative_id
    keep.organisation = keep.organisation or (None if keep.initiative_id else gone.organisation)
    keep.land, keep.language = keep.land or gone.land, keep.language or gone.language
    next_edition(keep, by)
    organises = any(row.role is Role.ORGANISER for row in await roles_of(work.session, gone_id))
    work.session.add(keep)
    await work.session.flush()
    await _drop_worse(work, keep_id, gone_id)
    await _drop_needs_without_consent(work, keep_id, gone_id)
    work.session.expunge_all()  # what follows speaks to the tables themselves
    # A factor was shown for the other address, whose account is another.
    await work.session.exec(update(SignedIn).where(col(SignedIn.person_id) == gone_id).values(verified=None))
    for table, column in leading_to_people():
        await _move(work, table, column, keep_id, gone_id)
    persons: Any = Person.__table__  # type: ignore[attr-defined]
    await work.session.exec(delete(persons).where(persons.c.id == gone_id))
    audit.record(
        work, "people merged", conference_id=conference_id, person_id=by, kept=keep_id, gone=gone_id, organiser=organises
    )
    services.outbox.tell(work, BROWSERS, REVOKED, conference_id=None, person=gone_id)
    tell_roles(work, services.outbox, conference_id)
    await settle(work, services, conference_id, quiet=keep_id)


def leading_to_people() -> list[tuple[Table, Column[Any]]]:
    """Every column of every table that names a person by key."""
    return [
        (table, column)
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if any(key.column.table.name == "person" for key in column.foreign_keys)
    ]


async def _drop_worse(work: Work, keep_id: str, gone_id: str) -> None:
    """Where both have registered, one goes with its choices: a place is better than waiting, and of two the earlier turn."""
    found = [await work.session.get(Registration, each, populate_existing=True) for each in (keep_id, gone_id)]
    rows = sorted((row for row in found if row is not None), key=lambda row: (BEST_FIRST.index(row.state), row.turn))
    for worse in rows[1:]:
        await work.session.exec(delete(Choice).where(col(Choice.person_id) == worse.person_id))
        await work.session.delete(worse)
    await work.session.flush()


async def _drop_needs_without_consent(work: Work, *person_ids: str) -> None:
    for person_id in person_ids:
        if PersonConsentKind.NEEDS not in await consents_of(work.session, person_id):
            await work.session.exec(delete(AccessNeeds).where(col(AccessNeeds.person_id) == person_id))


async def _move(work: Work, table: Table, column: Column[Any], keep_id: str, gone_id: str) -> None:
    own = [PERSONAL[table.name]] if table.name in PERSONAL else _unique_beside(table, column)
    for names in own:
        here = table.alias()
        same: list[ColumnElement[bool]] = [here.c[column.name] == keep_id]
        same += [here.c[name].is_not_distinct_from(table.c[name]) for name in names]
        if table.name in ENDING:
            same += [each.c[ENDING[table.name]].is_(None) for each in (here, table)]
        twice = (column == gone_id) & select(here.c[column.name]).where(*same).exists()
        if table.name in PERSONAL:
            await work.session.exec(delete(table).where(twice))
        elif (await work.session.exec(select(column).where(twice).limit(1))).first() is not None:
            raise Invalid("both_there")
    await work.session.exec(update(table).where(column == gone_id).values({column.name: keep_id}))


def _unique_beside(table: Table, column: Column[Any]) -> list[tuple[str, ...]]:
    """The other columns of each key that the column is part of."""
    keys = [
        tuple(table.primary_key.columns),
        *(tuple(each.columns) for each in table.constraints if isinstance(each, UniqueConstraint)),
    ]
    keys += [tuple(index.columns) for index in table.indexes if index.unique]
    return [tuple(each.name for each in key if each is not column) for key in keys if column in key]
