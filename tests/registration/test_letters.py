"""Letters about a registration say what is so when they leave."""

from __future__ import annotations

from sqlmodel import col, select

from conference.mailing.claims import claim, hand
from conference.mailing.model import Delivery, DeliveryState, LetterKind, Mailing
from conference.registration.actions import Entered, register, withdraw
from tests.site import Site

ANNA = Entered("Anna Alt", "anna@example.org", "de")


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
