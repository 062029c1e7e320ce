"""What is done with the report: its text saved, published and taken back; photos brought, described, moved and removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conference.base import audit
from conference.base.db import Work
from conference.base.errors import Conflict, TooMany, Unavailable
from conference.base.words import Words
from conference.results.events import REPORT_CHANGED
from conference.results.model import Report, ReportPhoto
from conference.results.objects import forget, keep
from conference.results.report import rules
from conference.results.report.photos import developed
from conference.results.report.store import photo_in, photos_of, report_for_change
from conference.results.text import clean
from conference.web.services import Services


@dataclass(frozen=True)
class Text:
    """What was typed. change: of the report that it was typed into; 0: there was none. figures: to be shown, as they are now."""

    title: Mapping[str, str]
    body: Mapping[str, str]
    remains: bool
    change: int
    figures: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Said:
    """What is said of a photo."""

    credit: str
    alt: Mapping[str, str]
    caption: Mapping[str, str]


async def save_report(services: Services, work: Work, conference_id: str, text: Text) -> Report:
    """Keep the text, published or not; of a published one the public reads it at once.

    Raises Invalid (a text that is too long or has characters that no typeface has; report_title, report_body for a published
    one), Conflict("report_changed") when somebody else has saved meanwhile.
    """
    title = rules.words_of({code: clean(value, rules.LONGEST_TITLE) for code, value in text.title.items()})
    body = rules.words_of({code: clean(value, rules.LONGEST_BODY, lines=True) for code, value in text.body.items()})
    report = await report_for_change(work, conference_id)
    if (report.change if report else 0) != text.change:
        raise Conflict("report_changed")
    if report is None:
        report = Report(conference_id=conference_id, title=title, body=body)
    if report.published is not None:
        rules.check_publishable(title, body)
    report.title, report.body, report.remains = title, body, text.remains
    report.figures = [dict(figure) for figure in text.figures]
    report.change += 1
    work.session.add(report)
    _tell(services, work, conference_id)
    return report


async def publish_report(services: Services, work: Work, conference_id: str, *, by: str | None) -> None:
    """Make it public. Again: nothing happens. Raises Invalid (report_title, report_body)."""
    report = await report_for_change(work, conference_id)
    rules.check_publishable(report.title if report else {}, report.body if report else {})
    if report is not None and report.published is None:
        report.published = work.now
        work.session.add(report)
        audit.record(work, "report published", conference_id=conference_id, person_id=by)
        _tell(services, work, conference_id)


async def unpublish_report(services: Services, work: Work, conference_id: str, *, by: str | None) -> None:
    """Take it back: the next request for it or one of its photos is refused."""
    report = await report_for_change(work, conference_id)
    if report is not None and report.published is not None:
        report.published = None
        work.session.add(report)
        audit.record(work, "report unpublished", conference_id=conference_id, person_id=by)
        _tell(services, work, conference_id)


async def bring_photo(services: Services, conference_id: str, file: Path, said: Said) -> ReportPhoto:
    """Look at the file in a process of its own, keep the picture that this one makes, and record it as the last one.

    Opens its own unit of work. Raises Invalid (photo_type, photo_damaged, photo_small, photo_too_large, photo_credit, photo_alt,
    and what `clean` says), TooMany("photos"), Unavailable; then nothing is recorded.
    """
    credit, alt, caption = _said(said)
    async with services.db.read() as db:
        _room_for_one(await photos_of(db, conference_id))
    async with services.looking:  # a look may take a processor and much memory; whoever comes later waits
        picture = await developed(file)
    kept = await keep(services, picture.data, "jpg", "image/jpeg")
    photo = ReportPhoto(
        id=services.ids.new(), conference_id=conference_id, position=0, object_key=kept.key, content_type="image/jpeg",
        size=kept.size, etag=kept.etag, width=picture.width, height=picture.height, credit=credit, alt=alt, caption=caption,
    )  # fmt: skip
    try:
        async with services.db.work() as work:
            await report_for_change(work, conference_id)
            present = await photos_of(work.session, conference_id)
            _room_for_one(present)
            photo.position = max((each.position for each in present), default=-1) + 1
            work.session.add(photo)
            _tell(services, work, conference_id)
    except Unavailable:
        raise  # whether it was committed is unknown: rather an object too many than one too few
    except Exception:
        await services.storage.delete(kept.key)
        raise
    return photo


def _room_for_one(present: Sequence[ReportPhoto]) -> None:
    if len(present) >= rules.MOST_PHOTOS:
        raise TooMany("photos", most=rules.MOST_PHOTOS)


def _said(said: Said) -> tuple[str, Words, Words]:
    credit = clean(said.credit, rules.LONGEST_CREDIT)
    alt = rules.words_of({code: clean(value, rules.LONGEST_ALT) for code, value in said.alt.items()})
    caption = rules.words_of({code: clean(value, rules.LONGEST_CAPTION) for code, value in said.caption.items()})
    rules.check_photo_words(credit, alt)
    return credit, alt, caption


async def describe_photo(services: Services, work: Work, conference_id: str, photo_id: str, said: Said) -> None:
    """Set credit, alternative text and caption. Raises NotFound, Invalid (photo_credit, photo_alt, and what `clean` says)."""
    photo = await photo_in(work.session, conference_id, photo_id)
    photo.credit, photo.alt, photo.caption = _said(said)
    work.session.add(photo)
    _tell(services, work, conference_id)


async def move_photo(services: Services, work: Work, conference_id: str, photo_id: str, up: bool) -> None:
    """One place up or down. Raises NotFound."""
    await photo_in(work.session, conference_id, photo_id)
    for position, photo in enumerate(rules.moved(await photos_of(work.session, conference_id), photo_id, up)):
        photo.position = position
        work.session.add(photo)
    _tell(services, work, conference_id)


async def remove_photo(services: Services, work: Work, conference_id: str, photo_id: str) -> None:
    """Forget it; its object is deleted after the commit. Raises NotFound."""
    photo = await photo_in(work.session, conference_id, photo_id)
    await forget(work, photo.object_key)
    await work.session.delete(photo)
    _tell(services, work, conference_id)


def _tell(services: Services, work: Work, conference_id: str) -> None:
    services.outbox.tell(work, f"conference:{conference_id}", REPORT_CHANGED, conference_id=conference_id)
