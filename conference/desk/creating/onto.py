"""A file over a conference that is there: what stays although the file says otherwise, and that nobody was faster.

A file must not announce a conference past its readiness, nor close it or delete people's data: these have doors of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference
from conference.access.rules import order_faults
from conference.access.store import times_of
from conference.base.db import Work
from conference.base.editions import locked
from conference.base.errors import Conflict
from conference.desk.conference_file import ConferenceFile
from conference.program.drafts import edition_of, lock_program, program_planned
from conference.program.model import SessionDraft
from conference.program.plan import Plan, Planned


@dataclass(frozen=True)
class Onto:
    """conference_id: where the file is brought into, whatever it calls itself; edition: as the preview showed it ("": any)."""

    conference_id: str
    edition: str = ""


def edition_with_program(conference: Conference, planned: Sequence[Planned]) -> str:
    """Another one after every edit of the settings or of a session."""
    return f"{conference.version}.{edition_of(list(planned))}"


def within(file: ConferenceFile, present: Conference) -> ConferenceFile:
    """The file with the address of the conference, when it is announced, closes and is purged; with its doors, beginning and end
    too when those of the file do not fit in between."""
    stays = times_of(present)
    times = replace(file.times, announced=stays.announced, closes=stays.closes, purge=stays.purge)
    facts = file.conference.model_copy(update={"slug": present.slug})
    return replace(file, conference=facts, times=stays if order_faults(times) else times)


async def hold(work: Work, file: ConferenceFile, onto: Onto) -> tuple[ConferenceFile, list[Planned]]:
    """The file as it may be taken, and the program before; both rows are held until the end of the work.

    Raises NotFound, Conflict("changed_meanwhile").
    """
    present = await locked(work, Conference, onto.conference_id)
    planned = await lock_program(work, present, None)
    if onto.edition and onto.edition != edition_with_program(present, planned):
        raise Conflict("changed_meanwhile", by=present.changed_by, version=present.version)
    return within(file, present), planned


async def drop_drafts(work: Work, conference_id: str, before: Sequence[Planned]) -> None:
    """What was planned for a session that the file has replaced was planned for another one."""
    await work.session.flush()
    public = {each.session.id: each.public for each in before}
    for each in await program_planned(work.session, conference_id):
        draft = await work.session.get(SessionDraft, each.session.id)
        if draft is not None and each.session.id in public and _content(each.public) != _content(public[each.session.id]):
            await work.session.delete(draft)


async def drafted_slugs(session: AsyncSession, conference_id: str) -> set[str]:
    """Sessions for which something is planned that is not published."""
    return {each.plan.slug for each in await program_planned(session, conference_id) if each.drafted}


def _content(plan: Plan) -> Plan:
    return replace(plan, position=0)
