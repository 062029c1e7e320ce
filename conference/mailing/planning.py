"""What begins and ends by itself: reminders that are planned, and mailings whose last letter is out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import update
from sqlmodel import col, select

from conference.access.model import Conference, State
from conference.access.rules import state_at
from conference.access.store import times_of
from conference.base.db import Work
from conference.base.log import logger
from conference.mailing import rules
from conference.mailing.actions import fill
from conference.mailing.events import tell_mailing
from conference.mailing.model import Delivery, DeliveryState, LetterKind, Mailing, MailingState
from conference.mailing.store import planned, put_unless_there
from conference.program.model import Session
from conference.web.services import Services

REMINDERS = ((LetterKind.DAY_BEFORE, rules.DAY), (LetterKind.MINUTES_BEFORE, rules.SOON))

log = logger("mailing")


def reminder_id(conference_id: str, kind: LetterKind, day: date | None = None) -> str:
    """Of the reminder that each announced conference has by itself: derived, so that there is one whoever makes it.

    day: of a further one, because the conference was put off to that day after the one before had gone out.
    """
    return ":".join([conference_id, kind.value, "planned", *([day.isoformat()] if day else [])])


def missing_reminder(conference: Conference, kind: LetterKind, there: Iterable[Mailing]) -> str | None:
    """The id of the reminder to plan, None where there is one. One that waits moves along with the day; one that has begun was
    of its own day (`Mailing.at`); one that organisers have switched off, or changed to a moment of their own, is the last."""
    mine = [each for each in there if each.id.startswith(reminder_id(conference.id, kind))]
    if not mine:
        return reminder_id(conference.id, kind)
    zone = ZoneInfo(conference.zone)
    day = conference.live.astimezone(zone).date()
    if any(each.minutes is None or each.at is None or each.at.astimezone(zone).date() == day for each in mine):
        return None
    return reminder_id(conference.id, kind, day)


async def plan_reminders(services: Services) -> None:
    """Both reminders of each conference that is announced, unless their moment has passed. Switched off, they stay so."""
    if services.settings.demo:
        return
    now = services.clock.now()
    async with services.db.read() as session:
        coming = (await session.exec(select(Conference).where(Conference.live > now))).all()
        there = (await session.exec(select(Mailing).where(col(Mailing.kind).in_(rules.REMINDERS)))).all()
    for conference in coming:
        if state_at(times_of(conference), now) not in (State.ANNOUNCED, State.DOORS):
            continue
        missing = [
            (reminder, kind, minutes)
            for kind, minutes in REMINDERS
            if conference.live - timedelta(minutes=minutes) > now
            and (reminder := missing_reminder(conference, kind, there)) is not None
        ]
        if missing:
            async with services.db.work() as work:
                for reminder, kind, minutes in missing:
                    await _plan(work, conference.id, reminder, kind, minutes)


async def _plan(work: Work, conference_id: str, reminder: str, kind: LetterKind, minutes: int) -> None:
    """Its words are taken from the template when it begins, so the hosts can change them until then."""
    values = {
        "id": reminder,
        "conference_id": conference_id,
        "kind": kind,
        "state": MailingState.PLANNED,
        "subject": {},
        "body": {},
        "audience": {},
        "calendar": kind is LetterKind.DAY_BEFORE,
        "minutes": minutes,
        "made": work.now,
    }
    await put_unless_there(work, Mailing, values)


async def begin_what_is_due(services: Services) -> int:
    """Begin what is planned for now by conference time, each mailing once; how many. What begins is moved with the program."""
    await plan_reminders(services)
    now = services.clock.now()
    begun = 0
    async with services.db.read() as session:
        waiting = await planned(session)
    for mailing in waiting:
        async with services.db.work() as work:
            begun += await _begin(services, work, mailing.id, now)
    return begun


async def _begin(services: Services, work: Work, mailing_id: str, now: datetime) -> bool:
    """Under the row's lock: two workers look at the same moment."""
    query = select(Mailing).where(Mailing.id == mailing_id, Mailing.state == MailingState.PLANNED).with_for_update()
    mailing = (await work.session.exec(query)).first()
    if mailing is None:
        return False
    conference = await work.session.get_one(Conference, mailing.conference_id)
    session = await work.session.get(Session, mailing.session_id) if mailing.session_id else None
    begins = session.starts if session else conference.live
    due = rules.due_at(mailing.at, mailing.minutes, begins)
    if due is None or due > now or state_at(times_of(conference), now) is State.DRAFT:
        return False
    if session is not None and session.hidden and mailing.kind is not LetterKind.CANCELLED:
        return False  # taken out of the program: it may come back
    if mailing.id.startswith(reminder_id(mailing.conference_id, mailing.kind)):
        mailing.at = begins  # of which day it was, wherever that is moved
    if rules.too_late(mailing.kind, begins, now) or not rules.opens(state_at(times_of(conference), now)):
        mailing.state, mailing.done = MailingState.STOPPED, now
        work.session.add(mailing)
        return False
    people = await fill(work, services, mailing)
    log.info("mailing_begun", mailing=mailing.id, kind=mailing.kind.value, people=people)
    return True


async def end_what_is_done(services: Services) -> int:
    """Mailings whose letters are all out, or of which nobody knows any more; how many ended."""
    real = datetime.fromtimestamp(services.clock.real(), UTC)
    open_letters = select(Delivery.id).where(
        Delivery.mailing_id == Mailing.id,
        (col(Delivery.state) == DeliveryState.WAITING)
        | ((col(Delivery.state) == DeliveryState.HANDED) & (col(Delivery.next_try) > real)),
    )
    done = select(Mailing).where(Mailing.state == MailingState.SENDING, ~open_letters.exists())
    async with services.db.read() as session:
        found = (await session.exec(done)).all()
    for mailing in found:
        async with services.db.work() as work:
            mine = update(Mailing).where(col(Mailing.id) == mailing.id, col(Mailing.state) == MailingState.SENDING)
            await work.session.exec(mine.values(state=MailingState.SENT, done=work.now))
            tell_mailing(services, work, mailing.id)
    return len(found)
