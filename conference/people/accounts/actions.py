"""Second factors: set up, shown, taken away; and the sign-in that waits for one."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlmodel import col, select

from conference.access.model import Conference
from conference.base import audit
from conference.base.clock import Clock
from conference.base.db import Work
from conference.base.errors import Conflict, NotAllowed, NotFound
from conference.base.ids import Ids, digest
from conference.live.outbox import Outbox
from conference.people.accounts import passkeys
from conference.people.accounts.model import Account, Factor, FactorKind, FlowKind, ProviderIdentity, SignInFlow
from conference.people.accounts.rules import (
    MOST_FACTORS,
    RECOVERY_CODES,
    TRIES,
    plain_recovery,
    recovery_code,
    step_of,
)
from conference.people.accounts.sealing import locked, recovery_digest, unlocked
from conference.people.accounts.store import (
    account_by_email,
    factor_by_credential,
    factors_of,
    identities_of,
    identity_of,
    with_factor,
)
from conference.people.actions import real_now, tell_roles
from conference.people.model import Person, Role, RoleHeld, SignedIn
from conference.people.store import normal_email, persons_by_email

MINUTES = 10
LONGEST_LABEL = 60
SHOWN = (FactorKind.TOTP, FactorKind.PASSKEY)  # what counts as a factor; recovery codes stand in for one


async def begin_flow(
    work: Work, ids: Ids, clock: Clock, kind: FlowKind, *, person_id: str | None = None, facts: dict[str, Any]
) -> str:
    """A sign-in that takes another request; returns the secret for the browser. Those that were never ended go."""
    now = real_now(clock)
    await work.session.exec(delete(SignInFlow).where(col(SignInFlow.expires) <= now))
    secret = ids.secret()
    work.session.add(
        SignInFlow(digest=digest(secret), kind=kind, person_id=person_id, facts=facts, expires=now + timedelta(minutes=MINUTES))
    )
    return secret


async def end_flow(work: Work, secret: str | None) -> None:
    if secret:
        await work.session.exec(delete(SignInFlow).where(col(SignInFlow.digest) == digest(secret)))


async def wrong_try(work: Work, flow: SignInFlow) -> int:
    """Count a wrong code; returns how many are left. With none left the sign-in is over."""
    flow.tries += 1
    if flow.tries >= TRIES:
        await work.session.delete(flow)
    else:
        work.session.add(flow)
    return max(0, TRIES - flow.tries)


async def account_for(work: Work, ids: Ids, clock: Clock, email: str) -> Account:
    """The account of this address, made when there is none."""
    account = await account_by_email(work.session, email)
    if account is None:
        account = Account(id=ids.new(), email=normal_email(email), created=real_now(clock))
        work.session.add(account)
        await work.session.flush()
    return account


async def begin_totp(work: Work, ids: Ids, clock: Clock, key: bytes, account: Account, label: str) -> tuple[Factor, bytes]:
    """A one-time-code secret that counts once a code of it was shown; one that was begun before and not shown goes.
    Raises Conflict("factors")."""
    for old in await factors_of(work.session, account.id, FactorKind.TOTP):
        if old.confirmed is None:
            await work.session.delete(old)
    await _room_for_one(work, account)
    secret = os.urandom(20)  # as long as the hash's output (RFC 4226, 4 R6)
    factor = Factor(
        id=ids.new(), account_id=account.id, kind=FactorKind.TOTP, label=label[:LONGEST_LABEL], secret=locked(key, secret),
        created=real_now(clock),
    )  # fmt: skip
    work.session.add(factor)
    return factor, secret


async def confirm_totp(work: Work, clock: Clock, key: bytes, account: Account, factor_id: str, code: str) -> Factor | None:
    """The secret counts from now on; None for a wrong code. Raises NotFound."""
    found = [each for each in await factors_of(work.session, account.id, FactorKind.TOTP, change=True) if each.id == factor_id]
    if not found or found[0].confirmed is not None:
        raise NotFound("factor")
    if not _fits(found[0], code, clock, key):
        return None
    found[0].confirmed = real_now(clock)
    return found[0]


async def show_code(work: Work, clock: Clock, key: bytes, account: Account, code: str) -> FactorKind | None:
    """Which factor the code is of, which is used up by it; None: of none. Two with the same code wait in a row."""
    for factor in await factors_of(work.session, account.id, FactorKind.TOTP, FactorKind.RECOVERY, change=True):
        if factor.kind is FactorKind.TOTP and factor.confirmed is not None and _fits(factor, code, clock, key):
            return FactorKind.TOTP
        if (
            factor.kind is FactorKind.RECOVERY
            and factor.spent is None
            and factor.secret == recovery_digest(key, account.id, plain_recovery(code))
        ):
            factor.spent = factor.used = real_now(clock)
            return FactorKind.RECOVERY
    return None


def _fits(factor: Factor, code: str, clock: Clock, key: bytes) -> bool:
    secret = unlocked(key, factor.secret or "")
    step = step_of(secret, code, clock.real(), factor.step) if secret is not None else None
    if step is None:
        return False
    factor.step, factor.used = step, real_now(clock)
    return True


async def ask_passkey(work: Work, flow: SignInFlow, base_url: str, account: Account) -> dict[str, Any]:
    """What the browser is asked to sign for the sign-in; its challenge is remembered there and good for one answer."""
    options, challenge = passkeys.request(base_url, await factors_of(work.session, account.id, FactorKind.PASSKEY))
    flow.facts = {**flow.facts, "challenge": challenge}
    work.session.add(flow)
    return options


async def show_passkey(work: Work, clock: Clock, flow: SignInFlow, base_url: str, account: Account, credential: str) -> bool:
    """Whether a passkey of the account signed what it was asked to."""
    challenge, flow.facts = flow.facts.get("challenge"), {**flow.facts, "challenge": None}
    work.session.add(flow)
    try:
        named = json.loads(credential)["id"]
    except (ValueError, TypeError, KeyError):
        return False
    if not challenge or not isinstance(named, str):
        return False
    factor = await factor_by_credential(work.session, account.id, named)
    return factor is not None and passkeys.shown(base_url, challenge, credential, factor, real_now(clock))


async def add_passkey(
    work: Work, ids: Ids, clock: Clock, base_url: str, account: Account, *, challenge: str, credential: str, label: str
) -> Factor | None:
    """A passkey that a browser just made; it counts at once. None when anything about it is wrong. Raises Conflict("factors")."""
    await _room_for_one(work, account)
    found = passkeys.made(base_url, challenge, credential)
    if found is None:
        return None
    now = real_now(clock)
    factor = Factor(
        id=ids.new(), account_id=account.id, kind=FactorKind.PASSKEY, label=label[:LONGEST_LABEL], credential=found[0],
        public_key=found[1], sign_count=found[2], created=now, confirmed=now,
    )  # fmt: skip
    work.session.add(factor)
    return factor


async def make_recovery_codes(work: Work, ids: Ids, clock: Clock, key: bytes, account: Account) -> list[str]:
    """Fresh codes, each good for once; those from before are worthless."""
    await work.session.exec(delete(Factor).where(col(Factor.account_id) == account.id, col(Factor.kind) == FactorKind.RECOVERY))
    codes = [recovery_code(os.urandom(16)) for _ in range(RECOVERY_CODES)]
    now = real_now(clock)
    for code in codes:
        kept = recovery_digest(key, account.id, plain_recovery(code))
        work.session.add(
            Factor(id=ids.new(), account_id=account.id, kind=FactorKind.RECOVERY, secret=kept, created=now, confirmed=now)
        )
    return codes


async def remove_factor(work: Work, outbox: Outbox, account: Account, factor_id: str) -> Factor:
    """It counts no longer; with the last one the recovery codes go, and nobody is verified by this account. Raises NotFound."""
    every = await factors_of(work.session, account.id, change=True)
    factor = next((each for each in every if each.id == factor_id and each.kind in SHOWN), None)
    if factor is None:
        raise NotFound("factor")
    await work.session.delete(factor)
    if not [each for each in every if each.kind in SHOWN and each.confirmed is not None and each is not factor]:
        for each in every:
            if each is not factor:
                await work.session.delete(each)
        await _unverify(work, outbox, account.email)
    return factor


async def verify_browser(work: Work, clock: Clock, browser: str, email: str) -> None:
    """A second factor was shown in the browser (the digest of its cookie): it counts for everybody there with the address."""
    await _verify(work, email, browser, real_now(clock))


async def asks_for_factor(work: Work, person: Person) -> bool:
    """Whether a link alone does not sign this person in."""
    return bool(person.email) and bool(await with_factor(work.session, [person.email]))


async def forget_factors(work: Work, outbox: Outbox, email: str) -> bool:
    """Let somebody in who lost app and codes: the link alone counts again. Only the operator may. False: there was no factor."""
    account = await account_by_email(work.session, email)
    if account is None or not await factors_of(work.session, account.id):
        return False
    await work.session.exec(delete(Factor).where(col(Factor.account_id) == account.id))
    await _unverify(work, outbox, account.email)
    audit.record(work, "factors forgotten")
    return True


async def forget_accounts(work: Work) -> None:
    """Accounts whose address nobody organises with any more, with their factors and bindings."""
    organising = (
        select(Person.email)
        .join(RoleHeld, col(RoleHeld.person_id) == Person.id)
        .where(RoleHeld.role == Role.ORGANISER, col(RoleHeld.session_id).is_(None))
    )
    gone = list(await work.session.exec(select(Account.id).where(col(Account.email).not_in(organising))))
    for kind in (Factor, ProviderIdentity):
        await work.session.exec(delete(kind).where(col(kind.account_id).in_(gone)))
    await work.session.exec(delete(Account).where(col(Account.id).in_(gone)))


async def bind_identity(work: Work, ids: Ids, clock: Clock, *, issuer: str, subject: str, email: str | None) -> str:
    """The address that this identity of a provider stands for: the one it was bound to at its first sign-in, whatever the
    provider says today; at the first one the address that the provider verified, if somebody has it here.

    Raises NotAllowed: "oidc_unverified", "oidc_unknown", or "oidc_other" where another identity of the provider has the address.
    """
    bound = await identity_of(work.session, issuer, subject)
    if bound is not None:
        account = await work.session.get(Account, bound.account_id)
        assert account is not None
        return account.email
    if email is None:
        raise NotAllowed("oidc_unverified")
    if not await persons_by_email(work.session, email):
        raise NotAllowed("oidc_unknown")
    account = await account_for(work, ids, clock, email)
    if any(each.issuer == issuer for each in await identities_of(work.session, account.id)):
        raise NotAllowed("oidc_other")  # the address was given to somebody else since
    work.session.add(ProviderIdentity(id=ids.new(), account_id=account.id, issuer=issuer, subject=subject, bound=real_now(clock)))
    audit.record(work, "identity bound")
    return account.email


async def _verify(work: Work, email: str, browser: str | None, at: datetime | None) -> None:
    query = select(SignedIn).join(Person, col(Person.id) == SignedIn.person_id).where(Person.email == normal_email(email))
    if browser is not None:
        query = query.where(SignedIn.browser == browser)
    for row in await work.session.exec(query):
        row.verified = at
        work.session.add(row)


async def _unverify(work: Work, outbox: Outbox, email: str) -> None:
    """No browser has shown a factor of this address any more. Where one is asked for, its people leave the rooms."""
    await _verify(work, email, None, None)
    persons = await persons_by_email(work.session, email)
    asking = select(Conference.id).where(col(Conference.second_factor).is_not(None))
    if all(person.conference_id is not None for person in persons):
        asking = asking.where(col(Conference.id).in_([person.conference_id for person in persons]))
    for conference_id in (await work.session.exec(asking)).all():
        tell_roles(work, outbox, conference_id)


async def _room_for_one(work: Work, account: Account) -> None:
    if len(await factors_of(work.session, account.id, *SHOWN)) >= MOST_FACTORS:
        raise Conflict("factors", most=MOST_FACTORS)
