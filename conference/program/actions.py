"""Changing the program. Every change that a reader could notice is told to open pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import col, select

from conference.base.db import Work
from conference.base.editions import next_edition
from conference.base.ids import Ids
from conference.live.outbox import Outbox
from conference.program.model import Billing, Round, Session

_CALENDAR = ("starts", "ends", "place", "where", "title")


async def put_session(
    work: Work,
    ids: Ids,
    conference_id: str,
    facts: dict[str, Any],
    *,
    rounds: Sequence[tuple[datetime, datetime]],
    billing: Sequence[dict[str, Any]],
    by: str | None = None,
) -> Session:
    """Create the session with `facts["slug"]` or bring it up to date. facts: columns of Session by name, `hidden` as bool.

    rounds: (starts, ends) in order; billing: columns of Billing (name, role, title, affiliation, perhaps person_id and origin) in
    order; by: id of the person behind it.
    """
    facts = dict(facts)
    query = select(Session).where(Session.conference_id == conference_id, Session.slug == facts["slug"])
    found = (await work.session.exec(query)).first()
    if "hidden" in facts:
        facts["hidden"] = ((found.hidden if found else None) or work.now) if facts["hidden"] else None
    if found is None:
        found = Session(id=ids.new(), conference_id=conference_id, changed=work.now, changed_by=by, **facts)
    elif any(getattr(found, name) != value for name, value in facts.items()):
        if any(getattr(found, name) != facts[name] for name in _CALENDAR):
            found.sequence += 1
        if (found.starts, found.ends) != (facts["starts"], facts["ends"]):
            found.planned_starts = found.planned_ends = None  # what is published anew is the plan
        for name, value in facts.items():
            setattr(found, name, value)
        found.changed = work.now
        next_edition(found, by)
    work.session.add(found)
    await work.session.flush()
    known = await work.session.exec(select(Billing).where(Billing.session_id == found.id))
    invited = {(each.name, each.role): each.person_id for each in known.all()}
    for table in (Round, Billing):
        await work.session.exec(delete(table).where(col(table.session_id) == found.id))
    for number, (starts, ends) in enumerate(rounds, 1):
        work.session.add(Round(id=ids.new(), session_id=found.id, number=number, starts=starts, ends=ends))
    for position, named in enumerate(billing):
        who = {
            "person_id": invited.get((named["name"], named["role"]))
        } | named  # files name nobody's account, and take none away
        work.session.add(Billing(id=ids.new(), session_id=found.id, position=position, **who))
    return found


def move_end(work: Work, outbox: Outbox, session: Session, ends: datetime) -> None:
    """Let a session end at another time. Calendars and open pages learn of it."""
    session.ends, session.changed = ends, work.now
    session.sequence += 1
    work.session.add(session)
    tell_program(work, outbox, session.conference_id)


def tell_program(work: Work, outbox: Outbox, conference_id: str) -> None:
    """Let open pages show the program as it is now."""
    for kind in ("board", "timeline"):
        outbox.tell(work, f"{kind}:{conference_id}", kind, conference_id=conference_id, conference=conference_id)
