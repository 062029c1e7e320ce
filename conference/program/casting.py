"""Who does what in a session: named in the program, invited as a person, and given the role in the room, in one act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference, State
from conference.base import audit
from conference.base.db import Work
from conference.base.editions import locked, next_edition, same_edition
from conference.base.errors import Invalid, NotFound
from conference.base.words import Words
from conference.people.actions import clean_name, put_person, tell_roles
from conference.people.model import Person, Role, RoleHeld, Source
from conference.people.store import normal_email, person_in
from conference.program.drafts import planned_by_slug, write_plan
from conference.program.model import Session
from conference.program.plan import Named, Planned
from conference.program.store import session_by_slug
from conference.web.services import Services

MOST_PEOPLE = 30


class Part(StrEnum):
    """What somebody does in a session. The last three stand in no program."""

    MODERATOR = "moderator"
    IMPULSE = "impulse"
    SPEAKER = "speaker"
    GREETING = "greeting"
    PANEL = "panel"
    HOST = "host"
    NOTES = "notes"
    INTERPRETER = "interpreter"
    CAPTIONER = "captioner"


ROLES = {
    Part.MODERATOR: Role.MODERATOR,
    Part.HOST: Role.MODERATOR,
    Part.NOTES: Role.NOTE_TAKER,
    Part.INTERPRETER: Role.INTERPRETER,
    Part.CAPTIONER: Role.CAPTIONER,
}
SILENT = frozenset({Part.NOTES, Part.INTERPRETER, Part.CAPTIONER})


@dataclass(frozen=True)
class Casting:
    """What was entered. email: "" for somebody who is only named; title, affiliation: as the program shows them."""

    part: Part
    name: str
    email: str = ""
    title: Words | None = None
    affiliation: Words | None = None


def role_of(part: Part) -> Role:
    return ROLES.get(part, Role.SPEAKER)


def _role_named(role: str) -> Role:
    """Of an entry in the program, whose role may be a word of the hosts' own."""
    return role_of(Part(role)) if role in {each.value for each in Part} else Role.SPEAKER


async def roles_in(db: AsyncSession, session_ids: Sequence[str]) -> list[tuple[RoleHeld, Person]]:
    """Who holds which role in these sessions, by name."""
    query = (
        select(RoleHeld, Person)
        .join(Person, col(Person.id) == RoleHeld.person_id)
        .where(col(RoleHeld.session_id).in_(list(session_ids)), RoleHeld.role != Role.GUEST)
        .order_by(col(Person.name), col(RoleHeld.role))
    )
    return [(held, person) for held, person in (await db.exec(query)).all()]


async def cast(
    work: Work, services: Services, conference: Conference, state: State, slug: str, casting: Casting, *, seen: int | str | None,
    by: str | None,
) -> None:  # fmt: skip
    """Give somebody a part in a session. The role counts at once; the name is part of what is published.

    Somebody with the address becomes a person of the conference; who is one already keeps everything else. Naming the same person
    for the same part again changes that entry. Raises NotFound, Invalid, Conflict("changed_meanwhile").
    """
    row, known = await _locked(work, conference, slug, seen)
    name, person = clean_name(casting.name), None
    if casting.part in SILENT and not casting.email:
        raise Invalid("email", value="")
    if casting.email:
        person = await _person(work, services, conference, row, casting, name, by)
        audit.record(
            work,
            "roles changed",
            conference_id=conference.id,
            person_id=by,
            person=person.id,
            session=row.id,
            role=role_of(casting.part).value,
        )
        tell_roles(work, services.outbox, conference.id)
    if casting.part in SILENT:
        next_edition(row, by)
        work.session.add(row)
        return
    named = Named(
        name, casting.part.value, casting.title or {}, casting.affiliation or {}, person.id if person is not None else None
    )
    people = list(known.plan.people)
    same = next((n for n, each in enumerate(people) if each.role == named.role and _same(each, named)), None)
    if same is None:
        people.append(named)
    else:
        people[same] = replace(named, person_id=named.person_id or people[same].person_id, origin=people[same].origin)
    if len(people) > MOST_PEOPLE:
        raise Invalid("session_people", most=MOST_PEOPLE)
    await write_plan(work, services, conference, state, replace(known.plan, people=tuple(people)), row, by=by)


async def uncast(
    work: Work, services: Services, conference: Conference, state: State, slug: str, *, named: int | None, held: str | None,
    seen: int | str | None, by: str | None,
) -> None:  # fmt: skip
    """Take a part away: the entry `named` (its place in the plan) with the role it gave, or the role `held` (id of a row) alone.

    The person stays invited. Raises NotFound, Conflict("changed_meanwhile").
    """
    row, known = await _locked(work, conference, slug, seen)
    if held is not None:
        found = await work.session.get(RoleHeld, held)
        if found is None or found.session_id != row.id:
            raise NotFound("person")
        await _take(work, services, conference, row, found, by)
        next_edition(row, by)
        work.session.add(row)
        return
    if named is None or not 0 <= named < len(known.plan.people):
        raise NotFound("person")
    gone = known.plan.people[named]
    people = tuple(each for place, each in enumerate(known.plan.people) if place != named)
    role = _role_named(gone.role)
    still = {(each.person_id, _role_named(each.role)) for each in people}
    if gone.person_id is not None and (gone.person_id, role) not in still:
        query = select(RoleHeld).where(RoleHeld.session_id == row.id, RoleHeld.person_id == gone.person_id, RoleHeld.role == role)
        for found in (await work.session.exec(query)).all():
            await _take(work, services, conference, row, found, by)
    await write_plan(work, services, conference, state, replace(known.plan, people=people), row, by=by)


async def _locked(work: Work, conference: Conference, slug: str, seen: int | str | None) -> tuple[Session, Planned]:
    found = await session_by_slug(work.session, conference.id, slug, hidden=True)
    row = await locked(work, Session, found.id)
    if seen is not None:
        same_edition(row, seen)
    return row, await planned_by_slug(work.session, conference.id, slug)


async def _person(
    work: Work, services: Services, conference: Conference, row: Session, casting: Casting, name: str, by: str | None
) -> Person:
    person = await person_in(work.session, conference.id, normal_email(casting.email))
    role = role_of(casting.part)
    if person is None:
        person = await put_person(
            work, services.ids, conference_id=conference.id, name=name, email=casting.email, roles=[(role, row.id)]
        )
        person.source = Source.DESK
        return person
    query = select(RoleHeld).where(RoleHeld.person_id == person.id, RoleHeld.session_id == row.id, RoleHeld.role == role)
    if (await work.session.exec(query)).first() is None:
        work.session.add(RoleHeld(id=services.ids.new(), person_id=person.id, role=role, session_id=row.id))
        await _others_notice(work, person.id, by)
    return person


async def _others_notice(work: Work, person_id: str, by: str | None) -> None:
    """Whoever has the person's form open sees roles that are others by now."""
    person = await locked(work, Person, person_id)
    next_edition(person, by)
    work.session.add(person)


async def _take(work: Work, services: Services, conference: Conference, row: Session, held: RoleHeld, by: str | None) -> None:
    await work.session.delete(held)
    await _others_notice(work, held.person_id, by)
    audit.record(
        work,
        "roles changed",
        conference_id=conference.id,
        person_id=by,
        person=held.person_id,
        session=row.id,
        taken=held.role.value,
    )
    tell_roles(work, services.outbox, conference.id)


def _same(one: Named, other: Named) -> bool:
    if one.person_id and other.person_id:
        return one.person_id == other.person_id
    return one.name.casefold() == other.name.casefold()
