"""The last step of the purge: the people of a conference, and whatever still leads to them. What each table's fate is, and whose
task, `fates` says; this runs after all the others, whose rows refer to people."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Table, delete, update
from sqlmodel import col, select

from conference.access.model import Conference, LegalPage
from conference.base import audit
from conference.base.audit import AuditEntry
from conference.base.db import Work, metadata
from conference.initiatives.model import Participation
from conference.keeping.fates import FATES, Fate
from conference.people.model import BrowserSession, Person, SignedIn
from conference.program.model import Session

OURS = "keeping.purging"
AT_ONCE = 500
# Of an entry of the audit log that stays: words that people wrote, or that name somebody.
WRITTEN = ("reason", "label", "name")


async def forget_people(work: Work, conference_id: str) -> int:
    """Delete the people of a conference with their roles, links and browsers, and empty what is kept of those who wrote it; the
    number of people. May be repeated."""
    theirs = select(SignedIn.browser).join(Person).where(Person.conference_id == conference_id).distinct()
    browsers = list(await work.session.exec(theirs))
    rows = {}
    for table in tables_of_people():
        rows[table.name] = await _gone(work, delete(table).where(_belongs(table, conference_id)))
    signed_in = select(SignedIn.id).where(SignedIn.browser == BrowserSession.digest).exists()
    for some in (browsers[each : each + AT_ONCE] for each in range(0, len(browsers), AT_ONCE)):
        await _gone(work, delete(BrowserSession).where(col(BrowserSession.digest).in_(some), ~signed_in))
    await _empty(work, conference_id)
    if rows["person"]:
        audit.record(work, "people purged", conference_id=conference_id, people=rows["person"])
    return rows["person"]


def tables_of_people() -> list[Table]:
    """All whose rows this module deletes, those first that refer to others."""
    ours = {name for name, entry in FATES.items() if entry.by == OURS and entry.fate is Fate.DELETED}
    return [table for table in reversed(metadata.sorted_tables) if table.name in ours]


def _belongs(table: Table, conference_id: str) -> ColumnElement[bool]:
    """Which rows are a conference's: it is named, or the person is, or else the session."""
    columns = table.columns
    if "conference_id" in columns:
        return columns["conference_id"] == conference_id
    if "person_id" in columns and not (columns["person_id"].nullable and "session_id" in columns):
        return columns["person_id"].in_(select(Person.id).where(Person.conference_id == conference_id))
    return columns["session_id"].in_(select(Session.id).where(Session.conference_id == conference_id))


async def _gone(work: Work, statement: Any) -> int:
    return int((await work.session.exec(statement)).rowcount)


async def _empty(work: Work, conference_id: str) -> None:
    """Who edited what stays is forgotten, and so are films of the page in sign language (`legal.film` clears the store)."""
    film = dict.fromkeys(("film_key", "film_type", "film_size", "film_etag"))
    for model, values in (
        (Session, {"changed_by": None, "origin": None}),
        (Participation, {"changed_by": None}),
        (LegalPage, {"changed_by": None, **film, "film_captions": ""}),
    ):
        await work.session.exec(update(model).where(col(model.conference_id) == conference_id).values(**values))
    of_it = col(Conference.id) == conference_id
    await work.session.exec(update(Conference).where(of_it).values(changed_by=None, emergency=None))
    for entry in await work.session.exec(select(AuditEntry).where(AuditEntry.conference_id == conference_id)):
        if entry.person_id is not None or any(word in entry.facts for word in WRITTEN):
            entry.person_id = None
            entry.facts = {name: value for name, value in entry.facts.items() if name not in WRITTEN}
            work.session.add(entry)
