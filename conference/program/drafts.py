"""What is being changed in the program. While only organisers see it, edits are the program; afterwards they are drafts."""

from __future__ import annotations

from dataclasses import replace

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference, State
from conference.base.db import Work
from conference.base.editions import locked, next_edition, same_edition
from conference.base.errors import Conflict, NotFound
from conference.people.model import Person
from conference.program.actions import put_session, tell_program
from conference.program.model import Session, SessionDraft
from conference.program.plan import Plan, Planned, billing_of, facts_of, plan_from_json, plan_of, plan_to_json
from conference.program.store import billings_of, rounds_of, session_by_slug, sessions_of
from conference.web.services import Services

MOST_SESSIONS = 200


def is_direct(state: State) -> bool:
    """Whether an edit is the program at once."""
    return state is State.DRAFT


async def program_planned(db: AsyncSession, conference_id: str) -> list[Planned]:
    """Every session there is, hidden ones too, in the planned order of the day. Four queries."""
    rows = await sessions_of(db, conference_id, hidden=True)
    ids = [row.id for row in rows]
    rounds, billings = await rounds_of(db, ids), await billings_of(db, ids)
    query = select(SessionDraft).where(SessionDraft.conference_id == conference_id)
    drafts = {draft.session_id: plan_from_json(draft.facts) for draft in (await db.exec(query)).all()}
    planned = []
    for row in rows:
        public = plan_of(row, rounds.get(row.id, ()), billings.get(row.id, ()))
        planned.append(Planned(row, public, drafts.get(row.id, public)))
    return sorted(planned, key=in_order)


def in_order(planned: Planned) -> tuple[object, ...]:
    plan = planned.plan
    return (plan.starts, plan.position, plan.number or 0, plan.slug)


async def planned_by_slug(db: AsyncSession, conference_id: str, slug: str) -> Planned:
    """Raises NotFound."""
    row = await session_by_slug(db, conference_id, slug, hidden=True)
    rounds, billings = await rounds_of(db, [row.id]), await billings_of(db, [row.id])
    public = plan_of(row, rounds.get(row.id, ()), billings.get(row.id, ()))
    draft = await db.get(SessionDraft, row.id)
    return Planned(row, public, plan_from_json(draft.facts) if draft else public)


async def add_plan(
    work: Work, services: Services, conference: Conference, state: State, plan: Plan, *, by: str | None
) -> Session:
    """A new session. Once others see the program it is hidden until it is published. Raises Conflict for a slug that is taken."""
    await locked(work, Conference, conference.id)  # two who add at once do not get the same slug
    known = await sessions_of(work.session, conference.id, hidden=True)
    if len(known) >= MOST_SESSIONS:
        raise Conflict("sessions", most=MOST_SESSIONS)
    if plan.slug in {row.slug for row in known}:
        raise Conflict("session_slug", slug=plan.slug)
    row = await _put(work, services, conference, plan if is_direct(state) else replace(plan, hidden=True), by)
    if is_direct(state):
        tell_program(work, services.outbox, conference.id)
    else:
        _draft(work, row, plan, None)
    return row


async def save_plan(
    work: Work, services: Services, conference: Conference, state: State, plan: Plan, *, seen: int | str | None, by: str | None
) -> Session:
    """Change what is planned for the session `plan.slug`. seen: the edition that the form showed (None: whichever it is).

    Raises NotFound, Conflict("changed_meanwhile").
    """
    known = await session_by_slug(work.session, conference.id, plan.slug, hidden=True)
    row = await locked(work, Session, known.id)
    if seen is not None:
        same_edition(row, seen)
    await write_plan(work, services, conference, state, plan, row, by=by)
    return row


async def write_plan(
    work: Work, services: Services, conference: Conference, state: State, plan: Plan, row: Session, *, by: str | None
) -> None:
    """As `save_plan`, for a row that is locked and compared already."""
    draft = await work.session.get(SessionDraft, row.id)
    if is_direct(state):
        if draft is not None:
            await work.session.delete(draft)
        before = row.version
        shown = await planned_by_slug(work.session, conference.id, plan.slug)
        plan = await still_there(work, replace(shown, plan=plan))
        await _put(work, services, conference, plan, by)
        if row.version == before:  # only people or rounds are others
            next_edition(row, by)
        tell_program(work, services.outbox, conference.id)
        return
    next_edition(row, by)
    work.session.add(row)
    rounds, billings = await rounds_of(work.session, [row.id]), await billings_of(work.session, [row.id])
    if plan != plan_of(row, rounds.get(row.id, ()), billings.get(row.id, ())):
        _draft(work, row, plan, draft)
    elif draft is not None:
        await work.session.delete(draft)


async def lock_program(work: Work, conference: Conference, seen: int | str | None) -> list[Planned]:
    """All of it, held until the end of the work, for acts that change several sessions. seen: `edition_of` what the form showed.

    Raises Conflict("changed_meanwhile").
    """
    await locked(work, Conference, conference.id)
    query = select(Session).where(Session.conference_id == conference.id).order_by(Session.id)
    await work.session.exec(query.with_for_update(key_share=True).execution_options(populate_existing=True))
    planned = await program_planned(work.session, conference.id)
    if seen is not None and str(seen) != str(edition_of(planned)):
        raise Conflict("changed_meanwhile", by=None, version=edition_of(planned))
    return planned


def edition_of(planned: list[Planned]) -> int:
    """Grows with every edit of any session: rows are never deleted and their versions only rise."""
    return sum(each.session.version for each in planned)


async def discard(work: Work, conference: Conference, slug: str, *, seen: int | str | None, by: str | None) -> None:
    """Forget what was planned for a session; it stays as it is published. Raises NotFound, Conflict("changed_meanwhile")."""
    known = await session_by_slug(work.session, conference.id, slug, hidden=True)
    row = await locked(work, Session, known.id)
    if seen is not None:
        same_edition(row, seen)
    draft = await work.session.get(SessionDraft, row.id)
    if draft is None:
        raise NotFound("page", slug=slug)
    await work.session.delete(draft)
    next_edition(row, by)
    work.session.add(row)


async def still_there(work: Work, planned: Planned) -> Plan:
    """What is planned, with nobody in it whose entry is gone meanwhile (merged, deleted): then it is whom the program as it is
    shown has under that name, or only the name. They stay until the end of the work."""
    named = {each.person_id for each in planned.plan.people if each.person_id is not None}
    if not named:
        return planned.plan
    query = select(Person.id).where(col(Person.id).in_(named)).order_by(Person.id)
    there = set(await work.session.exec(query.with_for_update(read=True, key_share=True)))
    if there == named:
        return planned.plan
    shown = {(each.name, each.role): each.person_id for each in planned.public.people}
    people = [
        each if each.person_id in there else replace(each, person_id=shown.get((each.name, each.role)))
        for each in planned.plan.people
    ]
    return replace(planned.plan, people=tuple(people))


async def _put(work: Work, services: Services, conference: Conference, plan: Plan, by: str | None) -> Session:
    return await put_session(
        work, services.ids, conference.id, facts_of(plan), rounds=plan.rounds, billing=billing_of(plan), by=by
    )


def _draft(work: Work, row: Session, plan: Plan, known: SessionDraft | None) -> None:
    draft = known or SessionDraft(session_id=row.id, conference_id=row.conference_id, facts={}, changed=work.now)
    draft.facts, draft.changed = plan_to_json(plan), work.now
    work.session.add(draft)
