"""Queries for accounts, their second factors, and sign-ins that are under way."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from conference.base.ids import digest
from conference.people.accounts.model import Account, Factor, FactorKind, FlowKind, ProviderIdentity, SignInFlow
from conference.people.model import Person, Role, RoleHeld
from conference.people.store import normal_email

Row = TypeVar("Row")


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


async def account_by_email(session: AsyncSession, email: str) -> Account | None:
    return (await session.exec(select(Account).where(Account.email == normal_email(email)))).first()


async def factors_of(session: AsyncSession, account_id: str, *kinds: FactorKind, change: bool = False) -> list[Factor]:
    """The factors of these kinds (of all when none is named), the oldest first. change: nobody else uses one meanwhile."""
    query = select(Factor).where(Factor.account_id == account_id).order_by(col(Factor.created), col(Factor.id))
    if kinds:
        query = query.where(col(Factor.kind).in_(kinds))
    return list((await session.exec(_for_change(query) if change else query)).all())


async def factor_by_credential(session: AsyncSession, account_id: str, credential: str) -> Factor | None:
    query = select(Factor).where(
        Factor.account_id == account_id, Factor.credential == credential, col(Factor.confirmed).is_not(None)
    )
    return (await session.exec(_for_change(query))).first()


async def flow_by_secret(
    session: AsyncSession, secret: str | None, kind: FlowKind, real_now: datetime, *, change: bool = False
) -> SignInFlow | None:
    """The sign-in that the browser with this secret has begun; None when it is unknown, over, or of another kind."""
    if not secret:
        return None
    query = select(SignInFlow).where(SignInFlow.digest == digest(secret), SignInFlow.kind == kind, SignInFlow.expires > real_now)
    return (await session.exec(_for_change(query) if change else query)).first()


def _for_change(query: SelectOfScalar[Row]) -> SelectOfScalar[Row]:
    """Locked, and as they are once the lock is there: what was read before somebody else used a code is not believed."""
    return query.with_for_update().execution_options(populate_existing=True)


async def identity_of(session: AsyncSession, issuer: str, subject: str) -> ProviderIdentity | None:
    query = select(ProviderIdentity).where(ProviderIdentity.issuer == issuer, ProviderIdentity.subject == subject)
    return (await session.exec(query)).first()


async def identities_of(session: AsyncSession, account_id: str) -> list[ProviderIdentity]:
    return list((await session.exec(select(ProviderIdentity).where(ProviderIdentity.account_id == account_id))).all())


async def organises(session: AsyncSession, email: str) -> bool:
    """Whether anybody with this address organises a conference or the installation."""
    if not email:
        return False
    query = (
        select(Person.id)
        .join(RoleHeld, col(RoleHeld.person_id) == Person.id)
        .where(Person.email == normal_email(email), RoleHeld.role == Role.ORGANISER, col(RoleHeld.session_id).is_(None))
    )
    return (await session.exec(query)).first() is not None
