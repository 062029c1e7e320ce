"""What organisers do with the life of a conference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

from conference.access.model import Conference
from conference.access.rules import Times, order_faults
from conference.access.store import times_of
from conference.base import audit
from conference.base.db import Work
from conference.base.editions import locked, next_edition, same_edition
from conference.base.errors import Invalid
from conference.live.outbox import Outbox

_TIMES = frozenset(each.name for each in fields(Times))


async def move_closing(
    work: Work, outbox: Outbox, conference_id: str, closes: datetime, *, by: str | None, reason: str
) -> Conference:
    """Set another closing date: one audited act, also after closing (that opens the conference again).

    Purging keeps its distance from closing. Raises Invalid when the date lies before the end of the live day, or when
    the conference is purged already.
    """
    conference = await locked(work, Conference, conference_id)  # whoever ends it early must not be overwritten
    if work.now >= conference.purge:
        raise Invalid("purged")
    distance = max(conference.purge - conference.closes, timedelta(0))
    times = replace(times_of(conference), closes=closes, purge=closes + distance)
    if order_faults(times):
        raise Invalid("closes_too_early", archive=conference.archive)
    before, conference.closes = conference.closes, closes
    conference.purge = times.purge
    conference.version += 1
    work.session.add(conference)
    audit.record(
        work,
        "closing moved",
        conference_id=conference_id,
        person_id=by,
        before=before.isoformat(),
        after=closes.isoformat(),
        reason=reason,
    )
    outbox.tell(work, f"conference:{conference_id}", "conference.changed", conference_id=conference_id)
    return conference


async def change_settings(
    work: Work, outbox: Outbox, conference_id: str, values: Mapping[str, Any], *, seen: int | str | None, by: str | None
) -> Conference:
    """Bring columns of a conference up to date, by name. Nothing is written where nothing is different.

    seen: the version that the form showed. Raises Conflict("changed_meanwhile"), Invalid("times_order", earlier, later), and once
    the day of the purge has come Invalid("purged") for other times: what is half deleted must not open again.
    """
    conference = await locked(work, Conference, conference_id)
    same_edition(conference, seen)
    changed = [name for name, value in values.items() if getattr(conference, name) != value]
    if not changed:
        return conference
    if work.now >= conference.purge and not _TIMES.isdisjoint(changed):
        raise Invalid("purged")
    for name in changed:
        setattr(conference, name, values[name])
    if faults := order_faults(times_of(conference)):
        raise Invalid("times_order", earlier=faults[0][0], later=faults[0][1])
    next_edition(conference, by)
    work.session.add(conference)
    audit.record(work, "settings changed", conference_id=conference_id, person_id=by, fields=" ".join(changed))
    outbox.tell(work, f"conference:{conference_id}", "conference.changed", conference_id=conference_id)
    return conference
