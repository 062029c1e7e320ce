"""Places on both databases: the last one goes to one of fifty, who withdraws makes room, needs go on their day."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col, func, select

from conference.base.errors import Invalid
from conference.mailing.model import Delivery, LetterKind, Mailing
from conference.people.model import Person, PersonConsent, PersonConsentKind, Role, RoleHeld
from conference.people.store import person_in, roles_of
from conference.program.model import Session
from conference.program.store import session_by_slug
from conference.registration.actions import Entered, change, confirm, register, settle, withdraw
from conference.registration.model import AccessNeeds, Choice, Registration, RegistrationState
from conference.registration.purge import forget_needs, forget_purged_registrations
from conference.registration.store import consents_of, counts_of, demand, needs_of
from tests.registration.conftest import opens
from tests.site import MOMENTS, Site

CONFIRMED, WAITING, WITHDRAWN = RegistrationState.CONFIRMED, RegistrationState.WAITING, RegistrationState.WITHDRAWN
ANNA = Entered("Anna Alt", "anna@example.org", "de")
NEEDS = frozenset({PersonConsentKind.NEEDS})


async def registers(site: Site, entered: Entered, client: str | None = None) -> Registration:
    conference = await site.conference()
    async with site.services.registering, site.services.db.work() as work:
        return await register(work, site.services, conference.id, entered, client=client)


async def letters(site: Site) -> dict[LetterKind, int]:
    async with site.services.db.read() as session:
        query = select(Mailing.kind, func.count()).join(Delivery, col(Delivery.mailing_id) == Mailing.id)
        return {LetterKind(kind): count for kind, count in await session.exec(query.group_by(col(Mailing.kind)))}


async def states(site: Site) -> dict[RegistrationState, int]:
    async with site.services.db.read() as session:
        return {state: n for state, n in (await counts_of(session, (await site.conference()).id)).items() if n}


async def limit(site: Site, places: int, *slugs: str) -> list[str]:
    """That many places in each of these sessions; their ids."""
    conference = await site.conference()
    async with site.services.db.work() as work:
        found = [await session_by_slug(work.session, conference.id, slug) for slug in slugs]
        for session in found:
            session.places = places
            work.session.add(session)
        return [session.id for session in found]


async def test_the_last_place_goes_to_one_of_fifty(site: Site) -> None:
    await opens(site, places=1)
    await asyncio.gather(*(registers(site, Entered(f"Nr {n}", f"n{n}@example.org", "de")) for n in range(50)))
    assert await states(site) == {CONFIRMED: 1, WAITING: 49}
    async with site.services.db.read() as session:
        turns = list(await session.exec(select(Registration.turn)))
        entering = (await session.exec(select(func.count()).select_from(RoleHeld).where(RoleHeld.role == Role.ATTENDEE))).one()
    assert (sorted(turns), entering) == (list(range(1, 51)), 1)
    assert await letters(site) == {LetterKind.CONFIRMED: 1, LetterKind.WAITING: 49}


async def test_the_last_place_of_a_forum_goes_to_one_of_twenty(site: Site) -> None:
    first, second = await limit(site, 1, "forum-1", "forum-2")
    entered = [Entered(f"Nr {n}", f"n{n}@example.org", "de", choices=((first, 1), (second, 2))) for n in range(20)]
    await asyncio.gather(*(registers(site, each) for each in entered))
    async with site.services.db.read() as session:
        numbers = await demand(session, (await site.conference()).id)
    assert (numbers[first], numbers[second]) == ((1, 19), (1, 18))  # who has the first wish does not wait for the second
    async with site.services.db.read() as session:
        placed = list(await session.exec(select(Choice.person_id).where(col(Choice.placed).is_not(None))))
    assert len(set(placed)) == 2


async def test_who_withdraws_makes_room_and_may_come_back(site: Site) -> None:
    await opens(site, places=1)
    conference = await site.conference()
    one, two = await registers(site, ANNA), await registers(site, replace(ANNA, name="Bodo", email="b@example.org"))
    assert (one.state, two.state) == (CONFIRMED, WAITING)
    async with site.services.db.work() as work:
        await withdraw(work, site.services, conference.id, one.person_id, by=one.person_id)
    assert await states(site) == {CONFIRMED: 1, WITHDRAWN: 1}
    async with site.services.db.read() as session:
        assert await roles_of(session, one.person_id) == []
        assert [held.role for held in await roles_of(session, two.person_id)] == [Role.ATTENDEE]
    again = await registers(site, ANNA)
    assert (again.person_id, again.state) == (one.person_id, WAITING)
    await opens(site, places=5)
    assert await states(site) == {CONFIRMED: 2}
    assert await letters(site) == {
        LetterKind.CONFIRMED: 1, LetterKind.WAITING: 2, LetterKind.DECLINED: 1, LetterKind.MOVED_UP: 2,
    }  # fmt: skip


async def test_who_moves_up_gets_one_letter_whatever_they_have_chosen(site: Site) -> None:
    await opens(site, places=1)
    conference = await site.conference()
    (forum,) = await limit(site, 5, "forum-1")
    one = await registers(site, ANNA)
    two = await registers(site, replace(ANNA, name="Bodo", email="b@example.org", choices=((forum, 1),)))
    site.clock.advance(minutes=1)
    async with site.services.db.work() as work:
        await withdraw(work, site.services, conference.id, one.person_id, by=one.person_id)
    async with site.services.db.read() as session:
        placed = list(await session.exec(select(Choice.person_id).where(col(Choice.placed).is_not(None))))
    assert placed == [two.person_id]
    assert (await letters(site))[LetterKind.MOVED_UP] == 1


async def test_a_place_by_the_organisers_is_above_the_limit(site: Site) -> None:
    await opens(site, places=0)
    conference = await site.conference()
    row = await registers(site, ANNA)
    async with site.services.db.work() as work:
        await confirm(work, site.services, conference.id, row.person_id, by=None)
    assert await states(site) == {CONFIRMED: 1}
    async with site.services.db.work() as work:
        with pytest.raises(Invalid, match="registration_state"):
            await confirm(work, site.services, conference.id, row.person_id, by=None)


async def test_a_second_try_and_a_known_address_write_no_second_row(site: Site) -> None:
    one = await registers(site, ANNA, client="page-1")
    assert (await registers(site, ANNA, client="page-1")).person_id == one.person_id
    stranger = replace(ANNA, name="Somebody else", organisation="Nowhere", agreed=NEEDS, asked=NEEDS, needs=("signing",))
    same = await registers(site, stranger, client="page-2")
    assert same.person_id == one.person_id
    async with site.services.db.read() as session:
        person = await session.get(Person, one.person_id)
        assert person is not None
        assert (person.name, person.organisation, await needs_of(session, person.id)) == ("Anna Alt", None, None)
    invited, _ = await site.invite("Bodo Beispiel", Role.SPEAKER)
    row = await registers(site, replace(ANNA, name="B. B.", email="BODO.beispiel@example.org "))
    async with site.services.db.read() as session:
        person = await person_in(session, invited.conference_id, "bodo.beispiel@example.org")
        assert person is not None
        assert (row.person_id, person.name, [held.role for held in await roles_of(session, person.id)]) == (
            invited.id, "Bodo Beispiel", [Role.SPEAKER],
        )  # fmt: skip


async def test_nobody_agrees_in_the_name_of_somebody_who_is_known(site: Site) -> None:
    (forum,) = await limit(site, 5, "forum-1")
    invited, _ = await site.invite("Bodo Beispiel", Role.SPEAKER)
    says = replace(
        ANNA, email="bodo.beispiel@example.org", needs=("signing",), needs_text="Hund", wish="Kuchen", choices=((forum, 1),),
        agreed=NEEDS | {PersonConsentKind.LATER}, asked=frozenset(PersonConsentKind),
    )  # fmt: skip
    row = await registers(site, says)
    async with site.services.db.read() as session:
        assert (row.person_id, row.wish, await consents_of(session, row.person_id)) == (invited.id, "", {})
        assert (await needs_of(session, row.person_id), list(await session.exec(select(Choice)))) == (None, [])
    conference = await site.conference()
    async with site.services.db.work() as work:
        await withdraw(work, site.services, conference.id, row.person_id, by=row.person_id)
    async with site.services.db.work() as work:  # by themselves, all of it is written
        await register(work, site.services, conference.id, says, client=None, by=invited.id)
    async with site.services.db.read() as session:
        needs = await needs_of(session, row.person_id)
        assert (set(await consents_of(session, row.person_id)), needs.text if needs else "") == (set(says.agreed), "Hund")
        assert len(list(await session.exec(select(Choice)))) == 1


async def test_a_corrected_address_is_no_second_try(site: Site) -> None:
    wrong = await registers(site, replace(ANNA, email="ana@example.org"), client="page-1")
    right = await registers(site, ANNA, client="page-1")
    again = await registers(site, ANNA, client="page-1")
    assert (again.person_id, right.person_id != wrong.person_id) == (right.person_id, True)
    assert (await states(site), await letters(site)) == ({CONFIRMED: 2}, {LetterKind.CONFIRMED: 2})


async def test_a_change_keeps_the_turn_and_moves_others_up(site: Site) -> None:
    first, second = await limit(site, 1, "forum-1", "forum-2")
    conference = await site.conference()
    anna = await registers(site, replace(ANNA, choices=((first, 1),)))
    bodo = await registers(site, replace(ANNA, name="Bodo", email="b@example.org", choices=((first, 1), (second, 2))))
    site.clock.advance(minutes=5)
    async with site.services.db.work() as work:
        await change(work, site.services, conference.id, anna.person_id, replace(ANNA, choices=((second, 1),)))
    async with site.services.db.read() as session:
        placed = {(c.person_id, c.session_id) for c in await session.exec(select(Choice)) if c.placed}
        about = list(await session.exec(select(Mailing.session_id).where(col(Mailing.session_id).is_not(None))))
    assert (placed, about) == ({(anna.person_id, second), (bodo.person_id, first)}, [first])
    async with site.services.db.work() as work:
        session_ = await work.session.get_one(Session, first)
        session_.hidden = work.now
        work.session.add(session_)
        await settle(work, site.services, conference.id)


async def test_after_the_deadline_nobody_registers(site: Site) -> None:
    conference = await site.conference()
    await opens(site, until=conference.doors - timedelta(days=1))
    row = await registers(site, ANNA)
    site.clock.jump_to(conference.doors - timedelta(days=1))
    with pytest.raises(Invalid, match="registration_closed"):
        await registers(site, replace(ANNA, email="late@example.org"))
    async with site.services.db.work() as work:
        await withdraw(work, site.services, conference.id, row.person_id, by=row.person_id)
    site.clock.jump_to(MOMENTS["archive"])
    await opens(site, is_open=True)
    with pytest.raises(Invalid, match="registration_closed"):
        await registers(site, ANNA)


async def test_needs_go_on_their_day_while_people_stay(site: Site) -> None:
    conference = await site.conference()
    await opens(site, needs_kept=2)
    row = await registers(site, replace(ANNA, needs=("signing",), needs_text="Hund kommt mit", agreed=NEEDS, asked=NEEDS))
    site.clock.jump_to(conference.archive + timedelta(days=2) - timedelta(seconds=1))
    assert await forget_needs(site.services) == 0
    site.clock.jump_to(conference.archive + timedelta(days=2))
    assert (await forget_needs(site.services), await forget_needs(site.services)) == (1, 0)
    async with site.services.db.read() as session:
        assert list(await session.exec(select(AccessNeeds))) == []
        (consent,) = await session.exec(select(PersonConsent))
        assert (consent.kind, consent.ended is not None) == (PersonConsentKind.NEEDS, True)
        assert await session.get(Registration, row.person_id) is not None
    site.clock.jump_to(MOMENTS["purged"])
    assert (await forget_purged_registrations(site.services), await forget_purged_registrations(site.services)) == (1, 0)
