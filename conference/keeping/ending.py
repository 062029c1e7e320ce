"""How a conference ends: the question before its data is deleted, the letters that remind of the day, and deleting earlier."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from conference.access.letters import in_one, reply_to, sender
from conference.access.model import Conference
from conference.base import audit
from conference.base.db import Work
from conference.base.editions import locked
from conference.base.errors import Conflict, Invalid
from conference.base.jobs import enqueue
from conference.base.log import logger
from conference.base.mail import Letter, deliverable, post
from conference.base.words import LANGUAGES, say
from conference.keeping.model import ListKept, PurgeRecord
from conference.keeping.records import ANSWERED, record_for_change
from conference.live.outbox import Outbox
from conference.people.actions import issue_link
from conference.people.model import Person
from conference.people.store import organisers_of
from conference.web.services import Services

PURGE = "conference.purge"
"""Kind of the job that purges a conference whose time has come. facts: conference."""
WEEK, DAY = timedelta(days=7), timedelta(days=1)

log = logger("keeping")


async def answer_list(work: Work, conference_id: str, kept: ListKept, *, by: str | None) -> None:
    """Say what became of the list of participants. May be said anew until the data is deleted. Raises Invalid("purge_begun")."""
    record = await record_for_change(work, conference_id)
    if record.begun is not None:
        raise Invalid("purge_begun")
    if record.kept_list is not kept:
        record.kept_list = kept
        work.session.add(record)
        audit.record(work, ANSWERED, conference_id=conference_id, person_id=by, kept=kept.value)


async def purge_early(work: Work, outbox: Outbox, conference_id: str, *, by: str | None, unanswered: bool = False) -> None:
    """The conference is over now, also its data: it closes, unless it has, and once this is committed a worker deletes.

    Raises Conflict("day_not_over") before its day is over, Invalid("list_unanswered") while nobody has said what became of the
    list of participants (but where that was said to be right), Invalid("purge_begun") when its day has come already.
    """
    conference = await locked(work, Conference, conference_id)
    if work.now >= conference.purge:
        raise Invalid("purge_begun")
    if work.now < conference.archive:
        raise Conflict("day_not_over")
    record = await record_for_change(work, conference_id)
    if record.kept_list is None and not unanswered:
        raise Invalid("list_unanswered")
    audit.record(
        work, "purge asked", conference_id=conference_id, person_id=by, before=conference.purge, closes=conference.closes
    )  # fmt: skip
    conference.closes, conference.purge = min(conference.closes, work.now), work.now
    conference.version += 1
    record.early = True
    work.session.add_all([conference, record])
    outbox.tell(work, f"conference:{conference_id}", "conference.changed", conference_id=conference_id)
    await enqueue(work, PURGE, {"conference": conference_id}, unique_key=f"{PURGE}:{conference_id}")


async def remind(services: Services) -> int:
    """Write to the organisers of conferences whose data is deleted within a week, and once more within a day; how many letters.

    Once each for each date: whoever moves it is reminded of the new one. A demo writes nothing: its clock is moved about.
    """
    now = services.clock.now()
    if services.settings.demo:
        return 0
    near = (col(Conference.purge) > now, col(Conference.purge) <= now + WEEK)
    async with services.db.read() as session:
        query = select(Conference, PurgeRecord).join(PurgeRecord, isouter=True).where(*near)
        due = [conference.id for conference, record in await session.exec(query) if reminds(conference.purge, record, now)]
    letters = 0
    for conference_id in due:
        async with services.db.work() as work:
            letters += await _remind(services, work, conference_id)
    return letters


def reminds(purge: datetime, record: PurgeRecord | None, now: datetime) -> bool:
    """Whether a letter is due. Once the question is answered the one of the week before has nothing to ask any more."""
    asked = record.list_asked if record is not None else None
    answered = record is not None and record.kept_list is not None
    return any(
        purge - ahead <= now < purge and (asked is None or asked < purge - ahead)
        for ahead in ((DAY,) if answered else (WEEK, DAY))
    )


async def _remind(services: Services, work: Work, conference_id: str) -> int:
    conference = await locked(work, Conference, conference_id)
    record = await record_for_change(work, conference_id)
    if not reminds(conference.purge, record, work.now):
        return 0  # another worker was quicker, or the date was moved
    record.list_asked = work.now
    work.session.add(record)
    people = await organisers_of(work.session, conference_id) or await organisers_of(work.session, None)
    written = 0
    for person in people:
        if deliverable(person.email):
            await _write(services, work, conference, record, person)
            written += 1
    audit.record(work, "purge reminded", conference_id=conference_id, letters=written)
    log.info("purge_reminded", conference=conference_id, letters=written)
    return written


async def _write(services: Services, work: Work, conference: Conference, record: PurgeRecord, person: Person) -> None:
    secret = await issue_link(work, services.ids, person.id)
    link = f"{services.settings.base_url}/sign-in/{secret}?next=/desk/{conference.slug}/after/purge"
    written = []
    for code in (person.language,) if person.language in LANGUAGES else LANGUAGES:
        subject, paragraphs = _said(services, conference, record, code, link)
        written.append((subject, "\n\n".join([*paragraphs, *sender(conference.contact, code)])))
    subject, text = in_one(written)
    await post(work, Letter(to=person.email, subject=subject, text=text, reply_to=reply_to(conference.contact)))


def _said(services: Services, conference: Conference, record: PurgeRecord, code: str, link: str) -> tuple[str, list[str]]:
    language = services.texts[code]
    _ = language.gettext
    purge = conference.purge.astimezone(ZoneInfo(conference.zone))
    title, moment = say(conference.title, code), language.moment(purge)
    asks = record.kept_list is None
    paragraphs = [
        _("Good day,"),
        _("on {moment} all personal data of “{title}” is deleted for good: people, registrations, letters, and what was said in "
          "the rooms. What you have decided to keep public stays.").format(moment=moment, title=title),
    ]  # fmt: skip
    if asks:
        paragraphs.append(
            _("Is the list of participants saved, if you need it to prove how the money was used? Nobody can make it afterwards. "
              "Please tell us:")
        )  # fmt: skip
    else:
        paragraphs.append(_("What goes, what stays, and how to move the date, stands here:"))
    return _("“{title}”: data is deleted on {day}").format(title=title, day=language.date(purge)), [*paragraphs, link]
