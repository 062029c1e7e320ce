"""What organisers do to the whole day: a text on top of every page, the doors of all rooms."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference, State
from conference.access.rules import rooms_open, state_at
from conference.access.store import times_of
from conference.base import audit
from conference.base.audit import AuditEntry
from conference.base.db import Work
from conference.base.editions import locked, next_edition, same_edition
from conference.base.errors import Conflict, Invalid
from conference.base.words import LANGUAGES, Words
from conference.live.outbox import Outbox

LONGEST = 300
AGAIN_FOR = timedelta(hours=1)  # how long doors that were shut stay open again when nobody knows their time before


async def put_emergency(
    work: Work, outbox: Outbox, conference_id: str, text: Words | None, *, seen: str | None, by: str | None
) -> None:
    """Show a text on top of every page and room, or (None) no longer. seen: the version that the form showed.

    Raises Invalid("emergency_text"), Conflict("changed_meanwhile").
    """
    said = {language: " ".join(text.get(language, "").split()) for language in LANGUAGES} if text is not None else {}
    if text is not None and (not said["de"] or any(len(one) > LONGEST for one in said.values())):
        raise Invalid("emergency_text", longest=LONGEST)
    conference = await locked(work, Conference, conference_id)
    shown = {language: one for language, one in said.items() if one} or None
    if conference.emergency == shown:
        return
    if text is not None:
        same_edition(conference, seen)
    conference.emergency = shown
    _changed(work, outbox, conference, "emergency text shown" if shown else "emergency text taken down", by)


async def open_doors(work: Work, outbox: Outbox, conference_id: str, *, by: str | None) -> None:
    """People may be in the rooms from now on: before the day begins, or once more after the doors were shut.

    Raises Conflict: doors_draft, doors_open, doors_over.
    """
    conference = await locked(work, Conference, conference_id)
    times = times_of(conference)
    if rooms_open(times, work.now):
        raise Conflict("doors_open")
    if state_at(times, work.now) is State.DRAFT:
        raise Conflict("doors_draft")
    if work.now >= conference.closes:
        raise Conflict("doors_over")
    if work.now < conference.doors:
        before, conference.doors = conference.doors, work.now
        conference.announced = min(conference.announced or work.now, work.now)
    else:
        before = conference.archive
        conference.archive = min(await _before(work.session, conference_id, work.now), conference.closes)
    _changed(work, outbox, conference, "doors opened", by, before=before)


async def close_doors(work: Work, outbox: Outbox, conference_id: str, *, by: str | None) -> None:
    """Nobody may be in the rooms any more: before the day begins until then, afterwards for good. Raises Conflict."""
    conference = await locked(work, Conference, conference_id)
    if not rooms_open(times_of(conference), work.now):
        raise Conflict("doors_closed")
    if work.now < conference.live:
        before, conference.doors = conference.doors, conference.live
    else:
        before, conference.archive = conference.archive, work.now
    _changed(work, outbox, conference, "doors closed", by, before=before)


def _changed(work: Work, outbox: Outbox, conference: Conference, act: str, by: str | None, **facts: datetime) -> None:
    next_edition(conference, by)
    work.session.add(conference)
    audit.record(work, act, conference_id=conference.id, person_id=by, **facts)
    outbox.tell(work, f"conference:{conference.id}", "conference.changed", conference_id=conference.id)


async def _before(session: AsyncSession, conference_id: str, now: datetime) -> datetime:
    """When the rooms would have closed, had nobody shut them."""
    query = select(AuditEntry).where(AuditEntry.conference_id == conference_id, AuditEntry.act == "doors closed")
    entry = (await session.exec(query.order_by(col(AuditEntry.at).desc()).limit(1))).first()
    before = datetime.fromisoformat(entry.facts["before"]) if entry is not None else now
    return before if before > now else now + AGAIN_FOR
