"""Letters about a registration say what is so when they leave."""

from __future__ import annotations

from dataclasses import replace

from sqlmodel import col, select

from conference.mailing.actions import start
from conference.mailing.claims import claim, hand
from conference.mailing.model import Delivery, DeliveryState, LetterKind, Mailing
from conference.people.model import Role
from conference.registration.actions import Entered, confirm, register, withdraw
from tests.registration.conftest import opens
from tests.registration.test_places import limit, registers
from tests.site import SLUG_2021, Site

ANNA = Entered("Anna Alt", "anna@example.org", "de")
BELA = Entered("Bela Neu", "bela@example.org", "de")


async def test_nobody_is_told_of_a_place_after_the_withdrawal(site: Site) -> None:
    conference = await site.conference()
    async with site.services.registering, site.services.db.work() as work:
        row = await register(work, site.services, conference.id, ANNA, client=None)
    claimed = await claim(site.services)  # it is being put together just now
    async with site.services.registering, site.services.db.work() as work:
        await withdraw(work, site.services, conference.id, row.person_id, by=row.person_id)
    assert claimed is not None
    assert not await hand(site.services, claimed)
    async with site.services.db.read() as session:
        query = select(Mailing.kind, Delivery.state).join(Delivery, col(Delivery.mailing_id) == Mailing.id)
        found = dict((await session.exec(query)).all())
    assert found == {LetterKind.CONFIRMED: DeliveryState.SKIPPED, LetterKind.DECLINED: DeliveryState.WAITING}


async def test_nobody_is_told_that_they_wait_after_they_moved_up(site: Site) -> None:
    """A letter that the mail server put off would otherwise come last, and be believed."""
    await opens(site, places=1)
    conference = await site.conference()
    rows = []
    for entered in (ANNA, BELA, Entered("Cora Neu", "cora@example.org", "de")):
        async with site.services.registering, site.services.db.work() as work:
            rows.append(await register(work, site.services, conference.id, entered, client=None))
    anna, bela, cora = rows
    async with site.services.registering, site.services.db.work() as work:
        await withdraw(work, site.services, conference.id, anna.person_id, by=anna.person_id)
    async with site.services.registering, site.services.db.work() as work:
        await confirm(work, site.services, conference.id, cora.person_id, by=None)
    async with site.services.db.read() as session:
        query = select(Mailing.kind, Delivery.state).join(Delivery, col(Delivery.mailing_id) == Mailing.id)
        for person in (bela, cora):
            found = dict((await session.exec(query.where(Delivery.person_id == person.person_id))).all())
            assert found == {LetterKind.WAITING: DeliveryState.SKIPPED, LetterKind.MOVED_UP: DeliveryState.WAITING}


async def test_letters_to_who_waits_and_to_who_chose_a_forum(site: Site) -> None:
    conference = await site.conference()
    await opens(site, places=1)
    (forum,) = await limit(site, 1, "forum-1")
    rows = [await registers(site, entered) for entered in (replace(ANNA, choices=((forum, 1),)), BELA)]
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    base = f"/desk/{SLUG_2021}/letters"
    assert f'value="placed:{forum}"' in (await organiser.get(f"{base}/new?kind=letter")).text
    for word, row in ((f"placed:{forum}", rows[0]), ("waiting", rows[1])):
        form = {"version": "0", "subject_de": "Neues", "body_de": "Guten Tag {name}\n\n{link}", "registered": word}
        draft = (await organiser.post(f"{base}/new?kind=letter", data=form)).headers["location"].removesuffix("/check")
        page = (await organiser.get(f"{draft}/check")).text
        assert "An 1 Person versenden" in page
        assert f'value="{word}" selected' in (await organiser.get(f"{draft}/edit")).text
        async with site.services.db.work() as work:
            assert await start(work, site.services, conference.id, draft.rpartition("/")[2], by=None, seen=1) == 1
        async with site.services.db.read() as session:
            query = select(Delivery.person_id).where(Delivery.mailing_id == draft.rpartition("/")[2])
            assert list(await session.exec(query)) == [row.person_id]
    async with site.services.registering, site.services.db.work() as work:
        await confirm(work, site.services, conference.id, rows[1].person_id, by=None)
    while await claim(site.services) is not None:
        pass
    async with site.services.db.read() as session:
        query = select(Delivery.person_id, Delivery.state).join(Mailing, col(Mailing.id) == Delivery.mailing_id)
        found = dict((await session.exec(query.where(Mailing.kind == LetterKind.LETTER))).all())
    # Who does not wait any more is not told so.
    assert found == {rows[0].person_id: DeliveryState.WAITING, rows[1].person_id: DeliveryState.SKIPPED}
