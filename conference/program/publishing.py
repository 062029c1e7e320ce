"""Publishing what was planned: all drafts in one piece, kept as a version that never changes, with the list of what is new."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference
from conference.base import audit
from conference.base.db import Work
from conference.base.errors import Conflict
from conference.base.ids import Ids
from conference.base.words import Words
from conference.program.actions import put_session, tell_program
from conference.program.changes import changes_between
from conference.program.drafts import lock_program, still_there
from conference.program.model import ProgramVersion, SessionDraft
from conference.program.plan import Plan, Planned, billing_of, facts_of, public_json
from conference.web.services import Services


async def publish(
    work: Work, services: Services, conference: Conference, note: Words, *, seen: int | str | None, by: str | None
) -> ProgramVersion:
    """Show all drafts to everybody. note: what the hosts say about it, or {}.

    Raises Conflict("changed_meanwhile"), Conflict("nothing_to_publish").
    """
    planned = await lock_program(work, conference, seen)
    drafted = [each for each in planned if each.drafted]
    if not drafted:
        raise Conflict("nothing_to_publish")
    before = await shown_so_far(work.session, planned)
    for each in drafted:
        plan = await still_there(work, each)
        await put_session(work, services.ids, conference.id, facts_of(plan), rounds=plan.rounds, billing=billing_of(plan), by=by)
    await work.session.exec(delete(SessionDraft).where(col(SessionDraft.conference_id) == conference.id))
    version = await add_version(work, services.ids, conference.id, before, [each.plan for each in planned], note=note, by=by)
    tell_program(work, services.outbox, conference.id)
    audit.record(
        work, "program published", conference_id=conference.id, person_id=by, version=version.number, sessions=len(drafted)
    )
    return version


async def shown_so_far(db: AsyncSession, planned: Sequence[Planned]) -> list[dict[str, object]]:
    """What the next version is compared with: the newest one; the program as it stands where there is none."""
    newest = await versions_of(db, planned[0].session.conference_id, most=1) if planned else []
    return newest[0].content if newest else contents([each.public for each in planned])


async def add_version(
    work: Work,
    ids: Ids,
    conference_id: str,
    before: Sequence[dict[str, object]],
    plans: Sequence[Plan],
    *,
    note: Words,
    by: str | None,
) -> ProgramVersion:
    """Write down the program as it is now. The conference is locked (`drafts.lock_program`), so numbers follow each other."""
    newest = await versions_of(work.session, conference_id, most=1)
    after = contents(plans)
    version = ProgramVersion(
        id=ids.new(),
        conference_id=conference_id,
        number=newest[0].number + 1 if newest else 1,
        made=work.now,
        made_by=by,
        note=note,
        content=after,
        changes=changes_between(before, after),
    )
    work.session.add(version)
    return version


def contents(plans: Sequence[Plan]) -> list[dict[str, object]]:
    return [public_json(plan) for plan in plans if not plan.hidden]


async def versions_of(db: AsyncSession, conference_id: str, *, most: int = 50) -> list[ProgramVersion]:
    """The newest first."""
    query = select(ProgramVersion).where(ProgramVersion.conference_id == conference_id)
    return list((await db.exec(query.order_by(col(ProgramVersion.number).desc()).limit(most))).all())
