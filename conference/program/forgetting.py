"""Somebody who is deleted is no more in the program's drafts by id; and, where the hosts want it, nowhere in it by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import col, select

from conference.base.db import Work
from conference.live.outbox import Outbox
from conference.program.actions import tell_program
from conference.program.model import Billing, ProgramVersion, Session, SessionDraft

Named = Mapping[str, Any]


async def forget_person(work: Work, outbox: Outbox, conference_id: str, person_id: str, *, names: bool) -> None:
    """names: out of the program, its drafts and its versions as well, under the names by which the person stands there."""
    sessions = select(Session.id).where(Session.conference_id == conference_id)
    billed = list(await work.session.exec(select(Billing).where(Billing.person_id == person_id)))
    called = frozenset(each.name for each in billed) if names else frozenset[str]()
    await _forget_drafts(work, conference_id, person_id, names=names)
    if not called:
        return
    its = (col(Billing.person_id) == person_id) | (col(Billing.person_id).is_(None) & col(Billing.name).in_(called))
    changed = {each.session_id for each in billed}
    await work.session.exec(delete(Billing).where(its, col(Billing.session_id).in_(sessions)))
    values = {"version": Session.version + 1, "changed": work.now}
    await work.session.exec(update(Session).where(col(Session.id).in_(changed)).values(**values))
    for session in await work.session.exec(select(Session).where(Session.conference_id == conference_id)):
        if session.origin is not None and any(name in str(session.origin) for name in called):
            session.origin = None  # what a schedule brought along, which has names at places that we do not know
            work.session.add(session)
    await _forget_versions(work, conference_id, called)
    tell_program(work, outbox, conference_id)


async def _forget_drafts(work: Work, conference_id: str, person_id: str, *, names: bool) -> None:
    for draft in await work.session.exec(select(SessionDraft).where(SessionDraft.conference_id == conference_id)):
        people: list[dict[str, Any]] = draft.facts.get("people", [])
        theirs = [each for each in people if isinstance(each, dict) and each.get("person_id") == person_id]
        if theirs:
            kept = [{**each, "person_id": None} if each in theirs else each for each in people if not names or each not in theirs]
            draft.facts = {**draft.facts, "people": kept}
            work.session.add(draft)


async def _forget_versions(work: Work, conference_id: str, called: Collection[str]) -> None:
    for version in await work.session.exec(select(ProgramVersion).where(ProgramVersion.conference_id == conference_id)):
        version.content = [{**facts, "people": _others(facts.get("people", []), called)} for facts in version.content]
        version.changes = [
            {**change, **{when: _others(change[when], called) for when in ("before", "after")}}
            if change["what"] == "people"
            else change
            for change in version.changes
        ]
        work.session.add(version)


def _others(people: Collection[Any] | None, called: Collection[str]) -> list[Any]:
    """As entries of the program or as names alone."""
    return [each for each in people or () if (each["name"] if isinstance(each, dict) else each) not in called]
