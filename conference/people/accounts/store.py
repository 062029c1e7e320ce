"""Queries for accounts, their second factors, and sign-ins that are under way."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.people.accounts.model import Account, Factor, FactorKind


async def with_factor(session: AsyncSession, emails: Iterable[str]) -> set[str]:
    """Those of the addresses whose account has a second factor that was shown once."""
    query = (
        select(Account.email)
        .join(Factor, col(Factor.account_id) == Account.id)
        .where(col(Account.email).in_(sorted(set(emails))), col(Factor.confirmed).is_not(None))
        .where(Factor.kind != FactorKind.RECOVERY)
        .distinct()
    )
    return set((await session.exec(query)).all())
