"""Writing to people, on both databases."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlmodel import col, select

from conference.base.errors import NotFound
from conference.mailing.actions import write_to
from conference.mailing.model import Delivery, DeliveryState, LetterKind, Mailing, MailingState
from tests.site import open_site


async def test_letters_one_by_one(tmp_path: Path, database_url: str) -> None:
    """What still waits is not written twice; what went out is, with the next number."""
    async with open_site(tmp_path, database_url) as site:
        services = site.services
        person, _ = await site.invite("Ada Example")

        async def write(kind: LetterKind = LetterKind.CONFIRMED) -> str:
            async with services.db.work() as work:
                return await write_to(work, services, person.id, kind)

        first = await write()
        assert await write() == first
        async with services.db.work() as work:
            delivery = await work.session.get(Delivery, first)
            assert delivery is not None
            delivery.state = DeliveryState.SENT
            work.session.add(delivery)
        both = await asyncio.gather(write(), write())
        assert both[0] == both[1] != first
        assert await write(LetterKind.WAITING) not in (first, both[0])
        async with services.db.read() as session:
            deliveries = (await session.exec(select(Delivery).order_by(col(Delivery.mailing_id), col(Delivery.number)))).all()
            mailings = (await session.exec(select(Mailing))).all()
        assert [delivery.number for delivery in deliveries] == [1, 2, 1]
        assert len({delivery.message_id for delivery in deliveries}) == 3
        assert {mailing.state for mailing in mailings} == {MailingState.STANDING}
        with pytest.raises(NotFound):
            async with services.db.work() as work:
                await write_to(work, services, "nobody", LetterKind.CONFIRMED)
