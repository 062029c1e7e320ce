"""Queries for templates, mailings and deliveries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel, col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.db import Work
from conference.base.errors import NotFound
from conference.mailing.model import Delivery, DeliveryState, LetterKind, LetterTemplate, Mailing, MailingState


async def put_unless_there(work: Work, table: type[SQLModel], values: dict[str, Any]) -> bool:
    """Insert the row unless one with its key is there; whether it was inserted. Safe against whoever does the same just now."""
    dialect = postgresql if work.dialect == "postgresql" else sqlite
    result: Any = await work.session.exec(dialect.insert(table).values(**values).on_conflict_do_nothing())
    return bool(result.rowcount)


async def mailing_by_id(session: AsyncSession, conference_id: str, mailing_id: str) -> Mailing:
    """Raises NotFound, also for a mailing of another conference."""
    found = await session.get(Mailing, mailing_id)
    if found is None or found.conference_id != conference_id:
        raise NotFound("mailing", id=mailing_id)
    return found


async def mailing_to_change(work: Work, conference_id: str, mailing_id: str) -> Mailing:
    """The same, locked until the work is over and as it is now. Raises NotFound."""
    query = select(Mailing).where(Mailing.id == mailing_id, Mailing.conference_id == conference_id)
    query = query.with_for_update().execution_options(populate_existing=True)
    found = (await work.session.exec(query)).first()
    if found is None:
        raise NotFound("mailing", id=mailing_id)
    return found


async def mailings_of(session: AsyncSession, conference_id: str) -> list[Mailing]:
    """All that were made, the newest first."""
    query = select(Mailing).where(Mailing.conference_id == conference_id).order_by(col(Mailing.made).desc(), Mailing.id)
    return list((await session.exec(query)).all())


async def counts_of(session: AsyncSession, mailing_ids: Iterable[str]) -> dict[str, dict[DeliveryState, int]]:
    """How many deliveries of each mailing are in each state; a mailing without any is missing."""
    query = (
        select(Delivery.mailing_id, Delivery.state, func.count())
        .where(col(Delivery.mailing_id).in_(list(mailing_ids)))
        .group_by(Delivery.mailing_id, col(Delivery.state))
    )
    found: dict[str, dict[DeliveryState, int]] = {}
    for mailing_id, state, count in (await session.exec(query)).all():
        found.setdefault(mailing_id, {})[DeliveryState(state)] = count
    return found


async def template_of(session: AsyncSession, conference_id: str, kind: LetterKind) -> LetterTemplate | None:
    """The host's own words for this kind of letter, if there are any."""
    query = select(LetterTemplate).where(LetterTemplate.conference_id == conference_id, LetterTemplate.kind == kind)
    return (await session.exec(query)).first()


async def templates_of(session: AsyncSession, conference_id: str) -> list[LetterTemplate]:
    query = select(LetterTemplate).where(LetterTemplate.conference_id == conference_id).order_by(col(LetterTemplate.kind))
    return list((await session.exec(query)).all())


async def latest_to(session: AsyncSession, mailing_id: str, person_id: str) -> Delivery | None:
    """The person's latest letter of a mailing."""
    query = select(Delivery).where(Delivery.mailing_id == mailing_id, Delivery.person_id == person_id)
    return (await session.exec(query.order_by(col(Delivery.number).desc()).limit(1))).first()


async def planned(session: AsyncSession) -> list[Mailing]:
    """Everything that waits for its moment, in all conferences."""
    return list((await session.exec(select(Mailing).where(Mailing.state == MailingState.PLANNED))).all())
