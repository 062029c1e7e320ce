"""Taking a table of people over: everybody is put in with a handful of queries, however many they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, select, update

from conference.access.model import Conference
from conference.base import audit
from conference.base.db import Work
from conference.base.ids import Ids, digest
from conference.desk.people.rules import Row, new_initiatives, slug_from
from conference.desk.people.store import Entry, entries_of, held_in, initiative_names, insert_many, session_ids
from conference.initiatives.model import Initiative, Participation
from conference.people.actions import tell_roles
from conference.people.model import Person, Role, RoleHeld, SignInLink, Source
from conference.web.services import Services

CHANGING = ("name", "initiative_id", "land", "organisation", "language")


@dataclass
class Taken:
    """new, changed: people; initiatives: that are new; people: (id, name, address) of everybody in the table, in its order."""

    new: int = 0
    changed: int = 0
    initiatives: int = 0
    people: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass
class _Plan:
    """Rows of the database by table."""

    persons: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    roles: list[dict[str, Any]] = field(default_factory=list)


async def take_over(
    work: Work, services: Services, conference_id: str, rows: Sequence[Row], *, by: str | None, create: bool = False
) -> Taken:
    """Put everybody of the table in. Whoever is there already (by the address) gets what the table says beyond what is known;
    roles are added and none is taken. create: what stands as organisation and has a Land becomes an initiative.

    A session or an initiative that has gone since the table was read is left out.
    """
    # Two tables at once, or a table and a registration, would both find that somebody is not there yet.
    await work.session.exec(select(Conference.id).where(Conference.id == conference_id).with_for_update())
    taken = Taken()
    if create:
        taken.initiatives = await _create(work, services.ids, conference_id, rows)
    plan = await _plan(work, services.ids, conference_id, rows, by, taken)
    await insert_many(work, Person, plan.persons)
    if plan.changes:
        changed: dict[str, Any] = {name: bindparam(f"new_{name}") for name in (*CHANGING, "version", "changed_by")}
        statement = update(Person.__table__).where(Person.__table__.c.id == bindparam("known")).values(**changed)  # type: ignore[attr-defined]
        await work.session.exec(statement, params=plan.changes)
    await insert_many(work, RoleHeld, plan.roles)
    tell_roles(work, services.outbox, conference_id)
    audit.record(
        work, "people imported", conference_id=conference_id, person_id=by, people=len(rows), new=taken.new,
        changed=taken.changed, initiatives=taken.initiatives,
    )  # fmt: skip
    if taken.initiatives:
        services.outbox.tell(work, f"conference:{conference_id}", "conference.changed", conference_id=conference_id)
    return taken


async def _plan(work: Work, ids: Ids, conference_id: str, rows: Sequence[Row], by: str | None, taken: Taken) -> _Plan:
    sessions = await session_ids(work.session, conference_id)
    names = await initiative_names(work.session, conference_id)
    slugs = {slug: id_ for id_, (slug, _) in names.items()} | {name.casefold(): id_ for id_, (_, name) in names.items()}
    known = {entry.email: entry for entry in await entries_of(work.session, conference_id)}
    held = await held_in(work.session, conference_id)
    somehow = {person for person, _, _ in held}
    plan = _Plan()
    for row in rows:
        initiative = slugs.get(row.initiative or "") or slugs.get((row.organisation or "").casefold())
        values = {
            "name": row.name,
            "initiative_id": initiative,
            "land": row.land,
            "organisation": None if initiative else row.organisation,
            "language": row.language,
        }
        entry = known.get(row.email)
        person_id = entry.id if entry is not None else ids.new()
        roles = {(role, sessions[slug] if slug else None) for role, slug in row.roles if not slug or slug in sessions}
        if not roles and person_id not in somehow:
            roles = {(Role.ATTENDEE, None)}
        given = [each for each in sorted(roles, key=str) if (person_id, *each) not in held]
        if entry is None:
            plan.persons.append(_person(person_id, conference_id, row.email, values, work, by))
            taken.new += 1
        else:
            before, after = _change(entry, values)
            taken.changed += after != before
            if after != before or given:
                plan.changes.append(_changed(entry, after, by))
        for role, session_id in given:
            plan.roles.append({"id": ids.new(), "person_id": person_id, "role": role, "session_id": session_id})
        taken.people.append((person_id, row.name, row.email))
    return plan


def _person(person_id: str, conference_id: str, email: str, values: dict[str, Any], work: Work, by: str | None) -> dict[str, Any]:
    return {
        "id": person_id, "conference_id": conference_id, "email": email, **values, "shows_name": True, "simulated": False,
        "created": work.now, "source": Source.LIST, "version": 1, "changed_by": by,
    }  # fmt: skip


def _change(entry: Entry, values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is known of somebody who is there already, before and after; an empty cell says nothing."""
    before = {name: getattr(entry, name) for name in CHANGING}
    after = {name: values[name] or before[name] for name in CHANGING}
    if values["organisation"]:
        after["initiative_id"] = None
    elif values["initiative_id"]:
        after["organisation"] = None
    return before, after


def _changed(entry: Entry, after: dict[str, Any], by: str | None) -> dict[str, Any]:
    return {"known": entry.id, **{f"new_{name}": value for name, value in after.items()},
            "new_version": entry.version + 1, "new_changed_by": by}  # fmt: skip


async def _create(work: Work, ids: Ids, conference_id: str, rows: Sequence[Row]) -> int:
    """Initiatives that the table names. One of the same name and Land that took part elsewhere is the same."""
    here = await initiative_names(work.session, conference_id)
    names = {name.casefold() for _, name in here.values()}
    wanted = [(name, land) for key, (name, land) in new_initiatives(rows).items() if land and key not in names]
    if not wanted:
        return 0
    every = (await work.session.exec(select(Initiative.id, Initiative.slug, Initiative.name, Initiative.land))).all()
    same = {(name.casefold(), land): id_ for id_, _, name, land in every}
    slugs = {slug for _, slug, _, _ in every}
    initiatives: list[dict[str, Any]] = []
    participations: list[dict[str, Any]] = []
    for position, (name, land) in enumerate(wanted, len(here)):
        id_ = same.get((name.casefold(), land))
        if id_ is None:
            id_, slug = ids.new(), _free(slug_from(name), slugs)
            slugs.add(slug)
            initiatives.append({"id": id_, "slug": slug, "name": name, "land": land, "aim": {}, "url": None, "example": False})
        participations.append({
            "id": ids.new(), "conference_id": conference_id, "initiative_id": id_, "about": {}, "kind": {}, "topics": [],
            "reachable": True, "position": position, "version": 1, "changed_by": None,
        })  # fmt: skip
    await insert_many(work, Initiative, initiatives)
    await insert_many(work, Participation, participations)
    return len(wanted)


def _free(slug: str, taken: set[str]) -> str:
    return next(one for one in (slug, *(f"{slug}-{number}" for number in range(2, len(taken) + 3))) if one not in taken)


async def issue_links(work: Work, services: Services, person_ids: Sequence[str]) -> list[str]:
    """A fresh personal link for each; their addresses in this order. Links given out before stay valid."""
    secrets = [services.ids.secret() for _ in person_ids]
    rows: list[dict[str, object]] = [
        {"digest": digest(secret), "person_id": person_id, "created": work.now, "revoked": None}
        for person_id, secret in zip(person_ids, secrets, strict=True)
    ]
    await insert_many(work, SignInLink, rows)
    return [f"{services.settings.base_url}/sign-in/{secret}" for secret in secrets]


async def without_organisers(work: Work, conference_id: str) -> bool:
    """Whether nobody organises the conference any more, but those of the installation."""
    query = (
        select(RoleHeld.id)
        .join(Person, col(Person.id) == RoleHeld.person_id)
        .where(Person.conference_id == conference_id, RoleHeld.role == Role.ORGANISER, col(RoleHeld.session_id).is_(None))
    )
    return (await work.session.exec(query.limit(1))).first() is None
