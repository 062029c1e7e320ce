"""Whose letter is next, and what became of it: the rows behind the sending loop. Each function is one unit of work.

waiting -> (claimed for some minutes: whoever dies gives it back) -> handed -> sent, bounced, waiting again or failed. Whoever
wants to give a letter its last line changes the row first, under the condition that nobody else did meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import case, update
from sqlmodel import col, func, select

from conference.access.rules import state_at
from conference.access.store import times_of
from conference.base.clock import Clock
from conference.base.db import Work
from conference.base.errors import Invalid
from conference.base.ids import digest
from conference.base.log import logger
from conference.base.mail import Letter
from conference.mailing import rules
from conference.mailing.composing import draft_of, letter_to, link_of, secret_of
from conference.mailing.events import tell_mailing
from conference.mailing.model import Delivery, DeliveryState, LetterKind, Mailing
from conference.mailing.store import held_by, put_unless_there, registered_in
from conference.people.model import Person, SignInLink
from conference.web.services import Services

_FIRST = (LetterKind.MINUTES_BEFORE, *sorted(rules.ONE_BY_ONE))  # nobody waits for a thousand invitations to go out


# What a mistake of ours looks like: one letter that cannot be put together must not keep all others from leaving.
_OURS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)

log = logger("mailing")


@dataclass(frozen=True)
class Claim:
    """A letter that is ours to send; letter None: it was skipped. number: of this try."""

    delivery_id: str
    mailing_id: str
    conference_id: str
    person_id: str
    number: int
    letter: Letter | None


def real(clock: Clock) -> datetime:
    return datetime.fromtimestamp(clock.real(), UTC)


def _due(now: datetime) -> Any:
    hurried = case((col(Mailing.kind).in_(_FIRST), 0), else_=1)
    return (
        select(col(Delivery.id))
        .join(Mailing, col(Mailing.id) == Delivery.mailing_id)
        .where(Delivery.state == DeliveryState.WAITING, col(Mailing.state).in_(rules.GOING))
        .where(func.coalesce(col(Delivery.next_try), now) <= now)
        .order_by(hurried, func.coalesce(col(Delivery.next_try), now), col(Delivery.id))
        .limit(1)
    )


async def any_due(services: Services) -> bool:
    """Whether there is anything to send now. Takes nobody's turn to write."""
    async with services.db.read() as session:
        return (await session.exec(_due(real(services.clock)))).first() is not None


async def claim(services: Services) -> Claim | None:
    """The next letter, put together; nobody else gets it for some minutes. None: there is nothing to do."""
    now = real(services.clock)
    async with services.db.work() as work:
        next_ = _due(now).with_for_update(of=Delivery, skip_locked=True).scalar_subquery()
        statement = (
            update(Delivery)
            .where(col(Delivery.id) == next_, col(Delivery.state) == DeliveryState.WAITING)
            .values(tries=col(Delivery.tries) + 1, next_try=now + rules.CLAIMED_FOR)
            .returning(Delivery)
        )
        delivery: Delivery | None = (await work.session.exec(statement)).scalar_one_or_none()
        if delivery is None:
            return None
        letter, ended = None, DeliveryState.SKIPPED
        if delivery.tries > rules.MOST_TRIES:  # whoever tried it died of it, each time
            ended = DeliveryState.FAILED
        else:
            try:
                letter = await _letter(services, work, delivery)
            except _OURS:
                log.exception("letter_broken", delivery=delivery.id, mailing=delivery.mailing_id)
                ended = DeliveryState.FAILED
        if letter is None:
            delivery.state, delivery.next_try = ended, None
            work.session.add(delivery)
            tell_mailing(services, work, delivery.mailing_id)
        return Claim(delivery.id, delivery.mailing_id, delivery.conference_id, delivery.person_id, delivery.tries, letter)


async def _letter(services: Services, work: Work, delivery: Delivery) -> Letter | None:
    """The letter with its link, or None where it has no point any more."""
    mailing = await work.session.get_one(Mailing, delivery.mailing_id)
    person = await work.session.get_one(Person, delivery.person_id)
    draft = await draft_of(services, work.session, mailing)
    begins = draft.session.starts if draft.session else draft.conference.live
    if person.simulated or person.bounced or rules.too_late(mailing.kind, begins, work.now):
        return None
    if not rules.opens(state_at(times_of(draft.conference), work.now)):
        return None
    if mailing.kind not in rules.ONE_BY_ONE and not await _still_meant(services, work, mailing, person):
        return None
    link = link_of(services, draft, await _link(services, work, delivery))
    try:
        return letter_to(services, draft, person, link, delivery.message_id)
    except Invalid:
        return None


async def _still_meant(services: Services, work: Work, mailing: Mailing, person: Person) -> bool:
    """Whoever has lost every role, or what they registered for, since the letter was begun, does not get it."""
    registered = rules.audience_from(mailing.audience).registered
    if registered is None:
        return await held_by(work.session, person.id)
    said = await registered_in(services, work.session, mailing.conference_id, person.id)
    return registered in said.get(person.id, frozenset())


async def _link(services: Services, work: Work, delivery: Delivery) -> str:
    """The secret of the link in this letter: that of the try before, unless all links were revoked meanwhile."""
    number = 0
    while True:
        secret = secret_of(services, delivery.id, number)
        known = await work.session.get(SignInLink, digest(secret))
        if known is None:
            values = {"digest": digest(secret), "person_id": delivery.person_id, "created": work.now}
            await put_unless_there(work, SignInLink, values)
            return secret
        if known.revoked is None:
            return secret
        number += 1


async def hand(services: Services, claimed: Claim) -> bool:
    """Write down that the last line is given now. False: it must not be, since the letter was stopped or is somebody else's."""
    going = select(Mailing.id).where(col(Mailing.state).in_(rules.GOING))
    now = real(services.clock)
    async with services.db.work() as work:
        statement = (
            update(Delivery)
            .where(_mine(claimed, DeliveryState.WAITING), col(Delivery.mailing_id).in_(going))
            .values(state=DeliveryState.HANDED, handed=now, next_try=now + rules.HANDED_FOR)
        )
        return bool((await work.session.exec(statement)).rowcount)


async def sent(services: Services, claimed: Claim, reply: int) -> None:
    """The server has taken it."""
    values = {"state": DeliveryState.SENT, "told": real(services.clock), "reply": str(reply), "next_try": None}
    await _settle(services, claimed, DeliveryState.HANDED, values)


async def unanswered(services: Services, claimed: Claim) -> None:
    """The last line was given, and no answer came: an organiser decides."""
    await _settle(services, claimed, DeliveryState.HANDED, {"next_try": real(services.clock)})


async def refused(services: Services, claimed: Claim, state: DeliveryState, reply: int, *, address: bool) -> None:
    """It will never be taken. address: because of the address, which is marked at the person. state: the row's until now."""
    now = real(services.clock)
    values = {"state": DeliveryState.BOUNCED, "told": now, "reply": str(reply), "next_try": None}
    await _settle(services, claimed, state, values, bounced=now if address else None)


async def later(services: Services, claimed: Claim, state: DeliveryState, reply: int | None) -> None:
    """Another time, or given up."""
    now = real(services.clock)
    pause = rules.pause_after(claimed.number)
    values: dict[str, Any] = {"reply": str(reply) if reply else None, "handed": None}
    if pause is None:
        values |= {"state": DeliveryState.FAILED, "told": now, "next_try": None}
    else:
        values |= {"state": DeliveryState.WAITING, "next_try": now + pause}
    await _settle(services, claimed, state, values)


async def broken(services: Services, claimed: Claim) -> None:
    """It cannot even be written down as a mail."""
    values = {"state": DeliveryState.FAILED, "told": real(services.clock), "reply": None, "next_try": None}
    await _settle(services, claimed, DeliveryState.WAITING, values)


async def _settle(
    services: Services, claimed: Claim, state: DeliveryState, values: dict[str, Any], *, bounced: datetime | None = None
) -> None:
    async with services.db.work() as work:
        result: Any = await work.session.exec(update(Delivery).where(_mine(claimed, state)).values(**values))
        if not result.rowcount:
            return
        if bounced is not None:
            await work.session.exec(update(Person).where(col(Person.id) == claimed.person_id).values(bounced=bounced))
        tell_mailing(services, work, claimed.mailing_id)


def _mine(claimed: Claim, state: DeliveryState) -> Any:
    return (col(Delivery.id) == claimed.delivery_id) & (col(Delivery.tries) == claimed.number) & (col(Delivery.state) == state)
