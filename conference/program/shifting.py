"""Moving the day: "everything five minutes later", and sessions laid out anew in another order. The first half is pure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from conference.access.model import Conference
from conference.base import audit
from conference.base.db import Work
from conference.base.editions import locked, next_edition
from conference.base.errors import Invalid
from conference.program.actions import put_session, tell_program
from conference.program.drafts import lock_program
from conference.program.model import Kind, Place, ProgramVersion, SessionDraft
from conference.program.plan import Plan, billing_of, facts_of, plan_to_json
from conference.program.publishing import add_version, shown_so_far
from conference.web.services import Services

EARLIEST, LATEST = -60, 240  # minutes


def shifted(plan: Plan, minutes: int, from_: datetime) -> Plan:
    """What begins at `from_` or later moves as a whole; what runs then ends that much later, its running round with it."""
    if plan.ends <= from_:
        return plan
    by = timedelta(minutes=minutes)
    rounds = tuple((_moved(starts, by, from_), _ended(ends, by, from_)) for starts, ends in plan.rounds)
    return replace(plan, starts=_moved(plan.starts, by, from_), ends=_ended(plan.ends, by, from_), rounds=rounds)


def _moved(starts: datetime, by: timedelta, from_: datetime) -> datetime:
    return starts + by if starts >= from_ else starts


def _ended(ends: datetime, by: timedelta, from_: datetime) -> datetime:
    return ends + by if ends > from_ else ends


def slots_of(plans: Sequence[Plan]) -> list[list[Plan]]:
    """Sessions that begin together, in the order of the day."""
    ordered = sorted(plans, key=lambda plan: (plan.starts, plan.position, plan.number or 0, plan.slug))
    return [list(together) for _, together in itertools.groupby(ordered, key=lambda plan: plan.starts)]


def reordered(plans: Sequence[Plan], slug: str, before: str | None) -> list[Plan]:
    """One day's plans with the slot of `slug` put before the slot of `before` (None: last). Only those that change come back.

    Each slot keeps its length and the pause after it; the day begins when it did. Raises Invalid for a slug that is not there.
    """
    slots = slots_of(plans)
    places = {plan.slug: number for number, slot in enumerate(slots) for plan in slot}
    if slug not in places or (before is not None and before not in places):
        raise Invalid("program_order")
    if before is not None and places[before] == places[slug]:
        return []
    ends = [max(plan.ends for plan in slot) for slot in slots]
    pauses = [
        max(timedelta(), slots[n + 1][0].starts - ends[n]) if n + 1 < len(slots) else timedelta() for n in range(len(slots))
    ]
    order = [n for n in range(len(slots)) if n != places[slug]]
    order.insert(order.index(places[before]) if before is not None else len(order), places[slug])
    found, at = [], slots[0][0].starts
    for n in order:
        by = at - slots[n][0].starts
        if by:
            found += [_laid(plan, by) for plan in slots[n]]
        at = ends[n] + by + pauses[n]
    return found


def _laid(plan: Plan, by: timedelta) -> Plan:
    rounds = tuple((starts + by, ends + by) for starts, ends in plan.rounds)
    return replace(plan, starts=plan.starts + by, ends=plan.ends + by, rounds=rounds)


async def shift_program(
    work: Work, services: Services, conference: Conference, minutes: int, from_: datetime, *, by: str | None
) -> ProgramVersion:
    """Everything from `from_` on takes place `minutes` later (or earlier), at once and for all; a version of its own says so.

    Plans that wait to be published move along. Raises Invalid("shift", ...): no such number of minutes, nothing left to move
    ("none"), something would begin before `from_` ("past"), or end after the conference closes ("late").
    """
    if not EARLIEST <= minutes <= LATEST or minutes == 0:
        raise Invalid("shift", why="minutes", least=EARLIEST, most=LATEST)
    planned = await lock_program(work, conference, None)
    before = await shown_so_far(work.session, planned)
    moved = {each.plan.slug: shifted(each.public, minutes, from_) for each in planned if not each.public.hidden}
    late = [each for each in planned if not each.public.hidden and moved[each.plan.slug] != each.public]
    if not late:
        raise Invalid("shift", why="none")
    for each in late:
        _check(each.public, moved[each.plan.slug], from_)
    await _rooms_stay(work, services, conference, [(each.public, moved[each.plan.slug]) for each in late], by)
    for each in planned:
        draft = await work.session.get(SessionDraft, each.session.id) if each.drafted else None
        if each in late:
            plan, row = moved[each.plan.slug], each.session
            kept = (row.planned_starts or row.starts, row.planned_ends or row.ends)
            await put_session(
                work, services.ids, conference.id, facts_of(plan), rounds=plan.rounds, billing=billing_of(plan), by=by
            )
            row.planned_starts, row.planned_ends = kept
        if draft is not None:
            draft.facts, draft.changed = plan_to_json(shifted(each.plan, minutes, from_)), work.now
            next_edition(each.session, by)
            work.session.add(draft)
    version = await add_version(
        work, services.ids, conference.id, before, [moved.get(each.plan.slug, each.public) for each in planned], note={}, by=by
    )
    tell_program(work, services.outbox, conference.id)
    audit.record(work, "program shifted", conference_id=conference.id, person_id=by, minutes=minutes, sessions=len(late))
    return version


async def _rooms_stay(
    work: Work, services: Services, conference: Conference, pairs: Sequence[tuple[Plan, Plan]], by: str | None
) -> None:
    """Where the last session would end after the rooms close, the end of the day moves along, never beyond the closing date."""
    online = [(plan, moved) for plan, moved in pairs if plan.place is not Place.ON_SITE and plan.kind is not Kind.BREAK]
    row = await locked(work, Conference, conference.id)
    ends = max((moved.ends for plan, moved in online if plan.ends <= row.archive), default=row.archive)
    if ends > row.closes:
        raise Invalid("shift", why="late")
    if ends > row.archive:
        row.archive = ends
        next_edition(row, by)
        work.session.add(row)
        services.outbox.tell(work, f"conference:{row.id}", "conference.changed", conference_id=row.id)


def _check(plan: Plan, moved: Plan, from_: datetime) -> None:
    if moved.ends < from_ or moved.ends <= moved.starts or (plan.starts >= from_ and moved.starts < from_):
        raise Invalid("shift", why="past", session=plan.slug)
