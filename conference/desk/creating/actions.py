"""Making a conference out of a template: one act, audited."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlmodel import select

from conference.access.model import Conference
from conference.base import audit
from conference.base.db import Work
from conference.desk.conference_file import LegalFacts
from conference.desk.creating.rules import slug_of, times_from
from conference.desk.creating.templates import Template, length_of, program_of
from conference.program.actions import put_session
from conference.web.services import Services


@dataclass(frozen=True)
class Wanted:
    """What the form asks for. begins: an instant; rooms: forums or theme rooms; title, host, contact: as typed, in German."""

    template: Template
    title: str
    begins: datetime
    rooms: int
    host: str
    contact: str
    email: str
    phone: str
    zone: str = "Europe/Berlin"


async def make_conference(work: Work, services: Services, wanted: Wanted, *, by: str | None) -> Conference:
    """A conference as a draft that only organisers see, with the program of its template."""
    zone = ZoneInfo(wanted.zone)
    taken = set(await work.session.exec(select(Conference.slug)))
    times = times_from(wanted.begins, wanted.begins + length_of(wanted.template), zone)
    conference = Conference(
        id=services.ids.new(),
        slug=slug_of(wanted.title, wanted.begins.astimezone(zone).year, taken),
        title={"de": wanted.title},
        motto={},
        purpose={},
        place={"de": "Online", "en": "Online"},
        people_expected={},
        hosts=[{"name": {"de": wanted.host}, "short": "", "url": None}] if wanted.host else [],
        contact={"name": {"de": wanted.contact or wanted.host}, "email": wanted.email, "phone": wanted.phone},
        legal=LegalFacts().model_dump(),
        zone=wanted.zone,
        changed_by=by,
        **{name: instant and instant.astimezone(UTC) for name, instant in asdict(times).items()},
    )
    work.session.add(conference)
    await work.session.flush()
    for planned in program_of(wanted.template, wanted.begins.astimezone(UTC), wanted.rooms):
        await put_session(work, services.ids, conference.id, planned.facts, rounds=planned.rounds, billing=[], by=by)
    audit.record(work, "conference made", conference_id=conference.id, person_id=by, template=wanted.template.key)
    return conference
