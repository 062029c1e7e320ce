"""A conference as a copy of an earlier one: program, texts and terms on another day; never people, results or cards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlmodel import SQLModel, col, select

from conference.access.model import Conference, LegalPage
from conference.access.store import conference_by_id
from conference.base import audit
from conference.base.db import Work
from conference.base.editions import next_edition
from conference.base.errors import NotFound
from conference.base.logos import PNG, SUFFIX
from conference.base.words import say
from conference.cards.model import CardTerms
from conference.desk.creating.rules import slug_of
from conference.desk.settings.logos import drop_logos, keep_logo, keys_of
from conference.mailing.model import LetterTemplate
from conference.program.model import Round, Session
from conference.registration.model import RegistrationTerms
from conference.results.model import ResultsLook
from conference.results.objects import keep
from conference.results.setting.store import look_row
from conference.survey.model import Survey
from conference.web.services import Services

Row = TypeVar("Row", bound=SQLModel)
_OF_ITS_DAY = {"changed_by": None, "emergency": None, "second_factor": None, "announced": None, "version": 1}
_NOT_YET = {
    "sequence": 0, "version": 1, "planned_starts": None, "planned_ends": None, "began": None, "ended": None, "origin": None,
}  # fmt: skip


def moved(instant: datetime, by: timedelta, zone: ZoneInfo, other: ZoneInfo | None = None) -> datetime:
    """That much later by the wall clock of the zone: ten o'clock stays ten o'clock when the clocks change in between, and also
    in another zone, where one is given."""
    return (instant.astimezone(zone).replace(tzinfo=None) + by).replace(tzinfo=other or zone).astimezone(UTC)


def distance(before: datetime, after: datetime, zone: ZoneInfo, other: ZoneInfo | None = None) -> timedelta:
    """From one to the other by the wall clock; other: the zone of `after`, where it is another one."""
    return after.astimezone(other or zone).replace(tzinfo=None) - before.astimezone(zone).replace(tzinfo=None)


async def move_sessions(
    work: Work, conference_id: str, zones: tuple[ZoneInfo, ZoneInfo], before: datetime, after: datetime, *, by: str | None
) -> None:
    """Let the whole program of a draft move as its beginning does. zones: of the conference before and after."""
    way = distance(before, after, *zones)
    sessions = list(await work.session.exec(select(Session).where(Session.conference_id == conference_id)))
    rounds = select(Round).where(col(Round.session_id).in_([each.id for each in sessions]))
    for each in [*sessions, *await work.session.exec(rounds)]:
        each.starts, each.ends = moved(each.starts, way, *zones), moved(each.ends, way, *zones)
        if isinstance(each, Session):
            each.changed = work.now
            next_edition(each, by)
        work.session.add(each)


@dataclass(frozen=True)
class Logos:
    """Logos for a copy, which it has for itself. hosts: as `Conference.hosts`; look: key of that of its results sheets."""

    hosts: list[dict[str, Any]]
    look: str | None

    @property
    def keys(self) -> set[str]:
        return keys_of(self.hosts) | ({self.look} if self.look else set())


async def copy_conference(services: Services, source_id: str, *, title: str, begins: datetime, by: str | None) -> Conference:
    """A draft as `source_id` is, that begins at `begins`. title: in German; others are as they were. Opens its own unit of work.
    Raises NotFound, Unavailable; then nothing is made."""
    logos = await _copy_logos(services, source_id)
    try:
        async with services.db.work() as work:
            return await _copy_rows(work, services, source_id, logos, title=title, begins=begins, by=by)
    except BaseException as error:
        await drop_logos(services, logos.keys, error)
        raise


async def _copy_logos(services: Services, source_id: str) -> Logos:
    """A logo that the store has lost stays behind."""
    async with services.db.read() as session:
        source, look = await conference_by_id(session, source_id), await look_row(session, source_id)
    hosts = []
    for host in source.hosts:
        hosts.append({name: host[name] for name in host if name != "logo"})
        if (logo := host.get("logo")) and (data := await _data(services, logo["key"])) is not None:
            hosts[-1]["logo"] = await keep_logo(services, data, logo["alt"])
    data = await _data(services, look.logo_key) if look.logo_key else None
    kind = look.logo_type or PNG
    return Logos(hosts, (await keep(services, data, SUFFIX[kind], kind)).key if data is not None else None)


async def _data(services: Services, key: str) -> bytes | None:
    try:
        return await services.storage.get(key)
    except NotFound:
        return None


async def _copy_rows(
    work: Work, services: Services, source_id: str, logos: Logos, *, title: str, begins: datetime, by: str | None
) -> Conference:
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
        hosts=logos.hosts, **times, **_OF_ITS_DAY,
    )  # fmt: skip
    made.changed_by = by
    work.session.add(made)
    await work.session.flush()
    await _copy_program(work, services, source.id, made.id, way, zone)
    await _copy_terms(work, services, source, made)
    await _copy_look(work, source, made, logos)
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
    """Forms of the legal pages (without films), words of letters, what is asked of cards, in the survey and of who registers,
    which stays closed until somebody opens it."""
    for table in (LegalPage, LetterTemplate):
        for row in list(await work.session.exec(select(table).where(table.conference_id == source.id))):
            more: dict[str, Any] = {"id": services.ids.new(), "conference_id": made.id, "changed_by": None, "changed": work.now}
            if isinstance(row, LegalPage):
                more |= {"film_key": None, "film_type": None, "film_size": None, "film_etag": None, "film_captions": ""}
            work.session.add(_copy(row, **more))
    terms = await work.session.get(CardTerms, source.id)
    if terms is not None:
        work.session.add(_copy(terms, conference_id=made.id, until=None, reminded=None))
    survey = await work.session.get(Survey, source.id)
    if survey is not None:
        work.session.add(_copy(survey, conference_id=made.id, open_from=None, version=1, changed_by=None))
    registration = await work.session.get(RegistrationTerms, source.id)
    if registration is not None:
        fresh = {"is_open": False, "until": None, "version": 1, "changed_by": None}
        work.session.add(_copy(registration, conference_id=made.id, **fresh))


async def _copy_look(work: Work, source: Conference, made: Conference, logos: Logos) -> None:
    look = await work.session.get(ResultsLook, source.id)
    if look is not None:
        alone: dict[str, Any] = {} if logos.look else {"logo_type": None, "logo_alt": {}}
        work.session.add(_copy(look, conference_id=made.id, logo_key=logos.look, **alone))


def _copy(row: Row, **other: Any) -> Row:
    return type(row)(**{**row.model_dump(), **other})
