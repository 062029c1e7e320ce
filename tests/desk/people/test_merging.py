"""Two entries that are one person become one, with what both had, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import SQLModel, select

from conference.base.errors import Invalid, NotFound
from conference.desk.people.merging import PERSONAL, leading_to_people, merge_people
from conference.forums.model import Seat
from conference.people.model import Person, PersonConsent, PersonConsentKind, Role
from conference.people.store import roles_of
from conference.program.store import session_by_slug
from conference.registration.actions import Entered, register, withdraw
from conference.registration.model import AccessNeeds, Registration, RegistrationState
from conference.registration.store import choices_of, consents_of, needs_of
from tests.registration.conftest import opens
from tests.site import MOMENTS, SLUG_2021, Site, open_site

MERGE = f"/desk/{SLUG_2021}/people/merge"
NEEDS = frozenset({PersonConsentKind.NEEDS, PersonConsentKind.LATER})


@pytest.fixture
async def site(tmp_path: Path, database_url: str) -> AsyncIterator[Site]:
    async with open_site(tmp_path / "one", database_url) as opened:
        opened.clock.jump_to(MOMENTS["announced"])
        await opens(opened)
        yield opened


def test_what_is_only_about_the_person_is_named_by_its_columns() -> None:
    leading = {table.name for table, _ in leading_to_people()}
    assert PERSONAL.keys() - leading == set()
    for name, columns in PERSONAL.items():
        assert set(columns) <= set(SQLModel.metadata.tables[name].columns.keys())


async def test_what_both_had_is_the_first_ones(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    anna, first = await site.invite("Anna Alt", Role.SPEAKER, Role.ATTENDEE)
    browser = site.browser()
    assert (await browser.post(first)).status_code == 303
    conference = await site.conference()
    second = Entered("Anna Alt", "zwei@example.org", "de", land="TH", needs=("signing",), agreed=NEEDS, asked=NEEDS)
    async with site.services.db.work() as work:
        row = await register(work, site.services, conference.id, second, client=None)
    listed = (await organiser.get(MERGE)).text
    assert "zwei@example.org" in listed
    found = (await organiser.get(f"{MERGE}?keep={anna.id}&q=zwei")).text
    assert f"gone={row.person_id}" in found
    both = f"{MERGE}?keep={anna.id}&gone={row.person_id}"
    assert (await organiser.get(both)).status_code == 200
    assert (await organiser.post(both, data={"typed": "Anna"})).status_code == 422
    assert (await organiser.post(both, data={"typed": "zwei@example.org"})).status_code == 303
    async with site.services.db.read() as session:
        person = await session.get_one(Person, anna.id)
        assert (person.email, person.land, await session.get(Person, row.person_id)) == ("anna.alt@example.org", "TH", None)
        assert {held.role for held in await roles_of(session, anna.id)} == {Role.SPEAKER, Role.ATTENDEE}
        assert await session.get(Registration, anna.id) is not None
        needs = await needs_of(session, anna.id)
        assert (needs.needs if needs else None, set(await consents_of(session, anna.id))) == (["signing"], NEEDS)
    assert "Anna Alt" in (await browser.get(f"/{SLUG_2021}/register/mine")).text
    async with site.services.db.work() as work:  # where both have it, the first one's stays
        again = await register(work, site.services, conference.id, replace(second, email="drei@example.org"), client=None)
        await merge_people(work, site.services, conference.id, anna.id, again.person_id, by=None)


@pytest.mark.parametrize("turned", [False, True])
async def test_the_better_registration_stays_and_only_open_consents_count(site: Site, turned: bool) -> None:
    conference = await site.conference()
    async with site.services.db.work() as work:
        forum = await session_by_slug(work.session, conference.id, "forum-1")
        other = await session_by_slug(work.session, conference.id, "forum-2")
        says = Entered(
            "Anna Alt", "eins@example.org", "de", choices=((other.id, 1),), needs=("plain",), agreed=NEEDS, asked=NEEDS
        )
        left = (await register(work, site.services, conference.id, says, client=None)).person_id
        await withdraw(work, site.services, conference.id, left, by=None)
        says = replace(says, email="zwei@example.org", choices=((forum.id, 1),), needs=("signing",))
        comes = (await register(work, site.services, conference.id, says, client=None)).person_id
        says = replace(says, email="drei@example.org", choices=((other.id, 1),), agreed=frozenset())
        late = (await register(work, site.services, conference.id, says, client=None)).person_id
        # as though it had been left behind
        work.session.add(AccessNeeds(person_id=late, conference_id=conference.id, needs=["other"], text="", at=work.now))
    keep = left
    for keep, gone in ((comes, left), (comes, late)) if turned else ((left, comes), (late, left)):
        async with site.services.db.work() as work:
            await merge_people(work, site.services, conference.id, keep, gone, by=None)
    async with site.services.db.read() as session:
        row = await session.get_one(Registration, keep)
        assert (row.state, row.turn) == (RegistrationState.CONFIRMED, 2)
        assert [choice.session_id for choice in await choices_of(session, keep)] == [forum.id]
        needs = await needs_of(session, keep)
        assert (needs.needs if needs else None, set(await consents_of(session, keep))) == (["signing"], NEEDS)
        ended = [consent.ended is not None for consent in await session.exec(select(PersonConsent))]
        assert sorted(ended) == [False, False, True, True]


async def test_what_cannot_become_one(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    olga = (await site.invite("Olga Beispiel", Role.ORGANISER))[0]
    anna, bodo = (await site.invite("Anna Alt"))[0], (await site.invite("Bodo Beispiel"))[0]
    conference = await site.conference()
    assert (await organiser.post(f"{MERGE}?keep={anna.id}&gone={olga.id}", data={"typed": olga.email})).status_code == 422
    assert (await organiser.get(f"{MERGE}?keep={anna.id}&gone=nobody")).status_code == 404
    async with site.services.db.work() as work:
        for keep, gone, error, code in (
            (anna.id, anna.id, Invalid, "same_person"), (anna.id, "nobody", NotFound, "person"),
        ):  # fmt: skip
            with pytest.raises(error, match=code):
                await merge_people(work, site.services, conference.id, keep, gone, by=None)
    async with site.services.db.work() as work:
        forum = await session_by_slug(work.session, conference.id, "forum-1")
        for each in (anna, bodo):
            ids = {"id": site.services.ids.new(), "conference_id": conference.id, "session_id": forum.id, "person_id": each.id}
            work.session.add(Seat(**ids, entered=work.now))
    with pytest.raises(Invalid, match="both_there"):
        async with site.services.db.work() as work:
            await merge_people(work, site.services, conference.id, anna.id, bodo.id, by=None)
    carla = (await site.invite("Carla C"))[0]
    async with site.services.db.work() as work:
        await merge_people(work, site.services, conference.id, carla.id, bodo.id, by=None)
        assert [seat.person_id for seat in await work.session.exec(select(Seat).order_by(Seat.person_id))] == sorted(
            [anna.id, carla.id]
        )


async def test_a_guest_without_an_address_is_named(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    anna, _ = await site.invite("Anna Alt")
    guest, _ = await site.invite("Gast Anna")
    async with site.services.db.work() as work:
        row = await work.session.get_one(Person, guest.id)
        row.email = ""
        work.session.add(row)
    both = f"{MERGE}?keep={anna.id}&gone={guest.id}"
    assert (await organiser.post(both, data={"typed": ""})).status_code == 422
    assert (await organiser.post(both, data={"typed": "Gast Anna"})).status_code == 303
