"""Changing the program. Every change that a reader could notice is told to open pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import col, select

from conference.base.db import Work
from conference.base.editions import locked, next_edition
from conference.base.ids import Ids
from conference.live.outbox import Outbox
from conference.program.model import Billing, Round, Session, SessionDraft

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


async def move_end(work: Work, outbox: Outbox, session: Session, ends: datetime, *, by: str | None = None) -> None:
    """Let a session end at another time. Calendars and open pages learn of it.

    What waits to be published ends as much later or earlier: it was planned before somebody in the room decided otherwise.
    """
    await work.session.flush()  # what the caller has changed in the row is read again under its lock
    row = await locked(work, Session, session.id)
    draft = await work.session.get(SessionDraft, row.id, populate_existing=True)
    if draft is not None:
        planned = datetime.fromisoformat(draft.facts["ends"])
        moved = max(planned + (ends - row.ends), datetime.fromisoformat(draft.facts["starts"]))
        draft.facts = draft.facts | {"ends": moved.astimezone(UTC).isoformat()}
        work.session.add(draft)
    row.ends, row.changed = ends, work.now
    row.sequence += 1
    next_edition(row, by)
    work.session.add(row)
    tell_program(work, outbox, session.conference_id)


def tell_program(work: Work, outbox: Outbox, conference_id: str) -> None:
    """Let open pages show the program as it is now."""
    for kind in ("board", "timeline"):
        outbox.tell(work, f"{kind}:{conference_id}", kind, conference_id=conference_id, conference=conference_id)
