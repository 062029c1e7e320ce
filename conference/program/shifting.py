"""Moving the day: "everything five minutes later", and sessions laid out anew in another order. The first half is pure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from conference.access.model import Conference
from conference.access.rules import order_faults
from conference.access.store import times_of
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
    work: Work, services: Services, conference: Conference, minutes: int, from_: datetime, *, by: str | None,
    seen: int | str | None = None,
) -> ProgramVersion:  # fmt: skip
    """Everything from `from_` on takes place `minutes` later (or earlier), at once and for all; a version of its own says so.

    Plans that wait to be published move along, and so does the beginning of the conference with its first session. seen:
    `drafts.edition_of` what the form showed (None: whichever it is). Raises Conflict("changed_meanwhile"), and Invalid("shift",
    ...): no such number of minutes, nothing left to move ("none"), something would begin before `from_` ("past"), end after the
    conference closes ("late"), or the conference would begin before it is announced ("early").
    """
    if not EARLIEST <= minutes <= LATEST or minutes == 0:
        raise Invalid("shift", why="minutes", least=EARLIEST, most=LATEST)
    planned = await lock_program(work, conference, seen)
    before = await shown_so_far(work.session, planned)
    moved = {each.plan.slug: shifted(each.public, minutes, from_) for each in planned if not each.public.hidden}
    late = [each for each in planned if not each.public.hidden and moved[each.plan.slug] != each.public]
    if not late:
        raise Invalid("shift", why="none")
    for plan in [each.public for each in late] + [each.plan for each in planned if each.drafted and not each.plan.hidden]:
        _check(plan, shifted(plan, minutes, from_), from_)
    pairs = [(each.public, moved[each.plan.slug]) for each in planned if not each.public.hidden]
    await _times_follow(work, services, conference, pairs, minutes, from_, by)
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


async def _times_follow(
    work: Work, services: Services, conference: Conference, pairs: Sequence[tuple[Plan, Plan]], minutes: int, from_: datetime,
    by: str | None,
) -> None:  # fmt: skip
    """The conference begins with its first session, and its rooms stay open for the last one, never beyond the closing date."""
    row = await locked(work, Conference, conference.id)
    before = times_of(row)
    if work.now < row.live or from_ <= row.live:  # what has begun does not begin anew because something later moves
        _begin_with(row, pairs, timedelta(minutes=minutes))
    online = [(plan, moved) for plan, moved in pairs if plan.place is not Place.ON_SITE and plan.kind is not Kind.BREAK]
    ends = max((moved.ends for plan, moved in online if moved != plan and plan.ends <= row.archive), default=row.archive)
    if ends > row.closes:
        raise Invalid("shift", why="late")
    row.archive = max(row.archive, ends)
    if faults := order_faults(times_of(row)):
        raise Invalid("shift", why="early" if faults[0][0] == "announced" else "late")
    if times_of(row) != before:
        next_edition(row, by)
        work.session.add(row)
        services.outbox.tell(work, f"conference:{row.id}", "conference.changed", conference_id=row.id)


def _begin_with(row: Conference, pairs: Sequence[tuple[Plan, Plan]], by: timedelta) -> None:
    """Reminders, letters and calendars name `live`. The doors move only where they would open after it."""
    first = min((pair for pair in pairs if pair[0].starts >= row.live), key=lambda pair: pair[0].starts, default=None)
    if first is None or first[0].starts == first[1].starts:
        return
    row.live += by
    if row.doors > row.live:
        row.doors += by


def _check(plan: Plan, moved: Plan, from_: datetime) -> None:
    """Of the session and of each of its rounds: what is over is left alone; nothing ends before it begins or in the past."""
    spans = [((plan.starts, plan.ends), (moved.starts, moved.ends)), *zip(plan.rounds, moved.rounds, strict=True)]
    for (starts, ends), (later, end) in spans:
        if ends > from_ and (end < from_ or end <= later or (starts >= from_ and later < from_)):
            raise Invalid("shift", why="past", session=plan.slug)
