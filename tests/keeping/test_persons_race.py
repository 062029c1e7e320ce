"""Somebody takes a seat in the very moment of being deleted: one of the two comes first, and nothing is left behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import select

from conference.base.errors import NotAllowed
from conference.base.ids import digest
from conference.forums.actions import enter, enter_by_token
from conference.forums.model import Seat
from conference.keeping.persons_gone import delete_person
from conference.people.model import AccessToken, Person
from conference.program.model import Session
from conference.program.store import session_by_slug
from tests.keeping.waiting import until_somebody_waits
from tests.site import Site, open_site


@pytest.fixture
async def site(tmp_path: Path, database_url: str) -> AsyncIterator[Site]:
    async with open_site(tmp_path, database_url) as opened:
        yield opened


async def room_and_person(site: Site) -> tuple[Session, Person]:
    conference = await site.conference()
    person, _ = await site.invite("Änne Übel")
    async with site.services.db.read() as db:
        held = await session_by_slug(db, conference.id, "forum-1")
    site.clock.jump_to(held.starts)
    return held, person


async def delete(site: Site, person: Person) -> None:
    async with site.services.db.work() as work:
        await delete_person(work, site.services, person.id, by=None)


async def nobody(*_: object) -> int:
    return 0


@pytest.mark.parametrize("sat_before", [False, True])
async def test_who_is_just_being_deleted_is_refused(site: Site, sat_before: bool) -> None:
    held, person = await room_and_person(site)
    if sat_before:
        await enter(site.services, held.id, person, nobody)
    async with site.services.db.work() as work:
        await delete_person(work, site.services, person.id, by=None)
        entering = asyncio.create_task(enter(site.services, held.id, person, nobody))
        await until_somebody_waits(site)
    with pytest.raises(NotAllowed, match="strangers_have_no_seat"):
        await entering


async def test_so_is_their_token(site: Site) -> None:
    held, person = await room_and_person(site)
    token = AccessToken(
        digest=digest("secret"), conference_id=held.conference_id, session_id=held.id, person_id=person.id, role="viewer",
        label="", created=site.clock.now(), expires=held.ends,
    )  # fmt: skip
    async with site.services.db.work() as work:
        work.session.add(token)
    await delete(site, person)
    with pytest.raises(NotAllowed, match="strangers_have_no_seat"):
        await enter_by_token(site.services, held.id, token)


async def test_who_entered_first_is_deleted_with_the_seat(site: Site) -> None:
    held, person = await room_and_person(site)
    deleting: list[asyncio.Task[None]] = []

    async def others(*_: object) -> int:
        """The deletion begins while the seat is being taken."""
        deleting.append(asyncio.create_task(delete(site, person)))
        await until_somebody_waits(site)
        return 0

    await enter(site.services, held.id, person, others)
    await deleting[0]
    async with site.services.db.read() as db:
        assert (await db.exec(select(Seat).where(Seat.session_id == held.id))).all() == []
        assert await db.get(Person, person.id) is None
