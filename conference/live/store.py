"""Queries of the outbox."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.live.model import OutboxRow

# Asked after each commit: putting it together costs as much as the answer.
_ROWS_AFTER = select(OutboxRow).where(col(OutboxRow.id) > bindparam("last")).order_by(col(OutboxRow.id)).limit(bindparam("limit"))


async def newest_id(session: AsyncSession) -> int:
    """The id of the newest row, 0 when there is none."""
    return (await session.exec(select(func.max(OutboxRow.id)))).one() or 0


async def oldest_id(session: AsyncSession) -> int:
    """The id of the oldest row that is kept, 0 when there is none."""
    return (await session.exec(select(func.min(OutboxRow.id)))).one() or 0


async def rows_after(session: AsyncSession, last: int, limit: int) -> Sequence[OutboxRow]:
    """Up to `limit` rows newer than `last`, oldest first."""
    return (await session.exec(_ROWS_AFTER, params={"last": last, "limit": limit})).all()


async def rows_between(session: AsyncSession, topics: Collection[str], last: int, upto: int, limit: int) -> Sequence[OutboxRow]:
    """Up to `limit` rows of `topics` newer than `last` and not newer than `upto`, oldest first."""
    query = (
        select(OutboxRow)
        .where(col(OutboxRow.topic).in_(topics), col(OutboxRow.id) > last, col(OutboxRow.id) <= upto)
        .order_by(col(OutboxRow.id))
        .limit(limit)
    )
    return (await session.exec(query)).all()


async def drop_before(session: AsyncSession, moment: datetime) -> int:
    """Delete the rows older than `moment`, but never the newest: it says how far the ids have come."""
    query = delete(OutboxRow).where(col(OutboxRow.at) < moment, col(OutboxRow.id) < await newest_id(session))
    return (await session.exec(query)).rowcount
