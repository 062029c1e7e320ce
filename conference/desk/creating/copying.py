"""A conference as a copy of an earlier one: program, texts and terms on another day; never people, results or cards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlmodel import SQLModel, col, select

from conference.access.model import Conference, LegalPage
from conference.access.store import conference_by_id
from conference.base import audit
from conference.base.db import Work
from conference.base.editions import next_edition
from conference.base.words import say
from conference.cards.model import CardTerms
from conference.desk.creating.rules import slug_of
from conference.mailing.model import LetterTemplate
from conference.program.model import Round, Session
from conference.web.services import Services

Row = TypeVar("Row", bound=SQLModel)
_OF_ITS_DAY = {"changed_by": None, "emergency": None, "second_factor": None, "announced": None, "version": 1}
_NOT_YET = {
    "sequence": 0, "version": 1, "planned_starts": None, "planned_ends": None, "began": None, "ended": None, "origin": None,
}  # fmt: skip


def moved(instant: datetime, by: timedelta, zone: ZoneInfo) -> datetime:
    """That much later by the wall clock of the zone: ten o'clock stays ten o'clock when the clocks change in between."""
    return (instant.astimezone(zone).replace(tzinfo=None) + by).replace(tzinfo=zone).astimezone(UTC)


def distance(before: datetime, after: datetime, zone: ZoneInfo) -> timedelta:
    """From one to the other by the wall clock."""
    return after.astimezone(zone).replace(tzinfo=None) - before.astimezone(zone).replace(tzinfo=None)


async def move_sessions(
    work: Work, conference_id: str, zone: ZoneInfo, before: datetime, after: datetime, *, by: str | None
) -> None:
    """Let the whole program of a draft move as its beginning does."""
    way = distance(before, after, zone)
    sessions = list(await work.session.exec(select(Session).where(Session.conference_id == conference_id)))
    rounds = select(Round).where(col(Round.session_id).in_([each.id for each in sessions]))
    for each in [*sessions, *await work.session.exec(rounds)]:
        each.starts, each.ends = moved(each.starts, way, zone), moved(each.ends, way, zone)
        if isinstance(each, Session):
            each.changed = work.now
            next_edition(each, by)
        work.session.add(each)


async def copy_conference(
    work: Work, services: Services, source_id: str, *, title: str, begins: datetime, by: str | None
) -> Conference:
    """A draft as `source_id` is, that begins at `begins`. title: in German; others are as they were."""
    source = await conference_by_id(work.session, source_id)
    zone = ZoneInfo(source.zone)
    way = distance(source.live, begins, zone)
    taken = set(await work.session.exec(select(Conference.slug)))
    times = {name: moved(getattr(source, name), way, zone) for name in ("doors", "live", "archive")}
    # Closing and deletion end with a day, however far into it the new beginning lies.
    days = timedelta(days=(begins.astimezone(zone).date() - source.live.astimezone(zone).date()).days)
    times |= {name: moved(getattr(source, name), days, zone) for name in ("closes", "purge")}
    made = _copy(
        source, id=services.ids.new(), slug=slug_of(title, begins.astimezone(zone).year, taken), title=_titled(source, title),
        hosts=[{name: host[name] for name in host if name != "logo"} for host in source.hosts], **times, **_OF_ITS_DAY,
    )  # fmt: skip
    made.changed_by = by
    work.session.add(made)
    await work.session.flush()
    await _copy_program(work, services, source.id, made.id, way, zone)
    await _copy_terms(work, services, source, made)
    audit.record(work, "conference copied", conference_id=made.id, person_id=by, source=source.id)
    return made


def _titled(source: Conference, title: str) -> dict[str, str]:
    """An English title goes with the German one that it translates."""
    return dict(source.title) if title == say(source.title, "de") else {"de": title}


async def _copy_program(work: Work, services: Services, source_id: str, target_id: str, way: timedelta, zone: ZoneInfo) -> None:
    """Without the people who spoke."""
    query = select(Session).where(Session.conference_id == source_id, col(Session.hidden).is_(None))
    copies: dict[str, str] = {}
    for each in list(await work.session.exec(query)):
        copies[each.id] = services.ids.new()
        starts, ends = each.planned_starts or each.starts, each.planned_ends or each.ends
        work.session.add(
            _copy(
                each, id=copies[each.id], conference_id=target_id, starts=moved(starts, way, zone), ends=moved(ends, way, zone),
                changed=work.now, changed_by=None, **_NOT_YET,
            )
        )  # fmt: skip
    await work.session.flush()
    for each_round in list(await work.session.exec(select(Round).where(col(Round.session_id).in_(list(copies))))):
        starts, ends = moved(each_round.starts, way, zone), moved(each_round.ends, way, zone)
        work.session.add(
            _copy(each_round, id=services.ids.new(), session_id=copies[each_round.session_id], starts=starts, ends=ends)
        )


async def _copy_terms(work: Work, services: Services, source: Conference, made: Conference) -> None:
    """Forms of the legal pages (without films), words of letters, what is asked of cards."""
    for table in (LegalPage, LetterTemplate):
        for row in list(await work.session.exec(select(table).where(table.conference_id == source.id))):
            more: dict[str, Any] = {"id": services.ids.new(), "conference_id": made.id, "changed_by": None, "changed": work.now}
            if isinstance(row, LegalPage):
                more |= {"film_key": None, "film_type": None, "film_size": None, "film_etag": None, "film_captions": ""}
            work.session.add(_copy(row, **more))
    terms = await work.session.get(CardTerms, source.id)
    if terms is not None:
        work.session.add(_copy(terms, conference_id=made.id, until=None, reminded=None))


def _copy(row: Row, **other: Any) -> Row:
    return type(row)(**{**row.model_dump(), **other})
