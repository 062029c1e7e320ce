"""Keeping a legal page: its form, and the text that readers see in `Conference.legal`, in one unit of work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference, LegalPage, Page
from conference.base import audit
from conference.base.db import Work
from conference.base.editions import locked, next_edition, same_edition
from conference.base.errors import Conflict
from conference.base.words import LANGUAGES, Words
from conference.desk.legal.fields import composed
from conference.web.services import Services

OPTIONAL = (Page.EASY, Page.SIGNED)


@dataclass(frozen=True)
class Written:
    """What the form brought. seen: the edition that it showed ("0": there was none yet); own: the hosts' own text, else `fields`
    are put into the template; text, reason: own words in each language."""

    page: Page
    seen: str
    own: bool
    fields: Mapping[str, str] = field(default_factory=dict)
    text: Mapping[str, str] = field(default_factory=dict)
    reason: Mapping[str, str] = field(default_factory=dict)


async def page_of(session: AsyncSession, conference_id: str, page: Page) -> LegalPage | None:
    return (await session.exec(select(LegalPage).where(LegalPage.conference_id == conference_id, LegalPage.page == page))).first()


async def pages_of(session: AsyncSession, conference_id: str) -> dict[Page, LegalPage]:
    found = await session.exec(select(LegalPage).where(LegalPage.conference_id == conference_id))
    return {row.page: row for row in found}


def stands_by_template(row: LegalPage | None, conference: Conference, page: Page, services: Services) -> bool:
    """Whether the form of the template is to be shown: nothing stands there yet, or the template's text does."""
    current = _text(conference, page)
    if row is None or row.own or not row.fields:
        return not current
    return composed_words(services, page, row.fields, row.reviewed) == current


def _text(conference: Conference, page: Page) -> Words:
    words: Words = conference.legal.get(page.value) or {}
    return words


def composed_words(services: Services, page: Page, fields: Mapping[str, str], reviewed: date | None) -> Words:
    languages = {code: services.texts[code] for code in LANGUAGES}
    return composed(page, fields, reviewed or date(2000, 1, 1), languages)


def purge_days(conference: Conference) -> str:
    """How many days lie between the end of the public time and the deletion, as templates say it."""
    return str(max(0, (conference.purge - conference.closes).days))


async def follow_times(services: Services, work: Work, conference: Conference, by: str | None) -> None:
    """After the day of deletion was moved: pages that stand by their template name the new number of days. Own words stay; the
    conference is locked by the caller."""
    days = purge_days(conference)
    for page, row in (await pages_of(work.session, conference.id)).items():
        if row.own or row.fields.get("purge_days") in (None, days) or not stands_by_template(row, conference, page, services):
            continue
        row.fields, row.changed = {**row.fields, "purge_days": days}, work.now
        _tell(services, work, conference, row, composed_words(services, page, row.fields, row.reviewed), by)


async def save_page(services: Services, work: Work, conference_id: str, written: Written, by: str | None) -> LegalPage:
    """Write form and text. Raises Conflict("changed_meanwhile") when somebody else was faster."""
    conference = await locked(work, Conference, conference_id)
    row = await row_for_change(services, work, conference_id, written.page, written.seen)
    today = work.now.astimezone(ZoneInfo(conference.zone)).date()
    row.own, row.changed, row.reviewed = written.own, work.now, today
    if not written.own:
        row.fields = {**written.fields, "purge_days": purge_days(conference)}
    entry = entry_of(services, conference, row, written)
    _tell(services, work, conference, row, entry, by)
    audit.record(work, "legal page saved", conference_id=conference_id, person_id=by, page=written.page.value, own=written.own)
    return row


async def row_for_change(services: Services, work: Work, conference_id: str, page: Page, seen: str) -> LegalPage:
    """The row under the conference's lock, new where there was none. Raises Conflict("changed_meanwhile")."""
    row = await page_of(work.session, conference_id, page)
    if row is None:
        if seen not in ("", "0"):
            raise Conflict("changed_meanwhile", by=None, version=0)
        return LegalPage(id=services.ids.new(), conference_id=conference_id, page=page, changed=work.now, version=0)
    same_edition(row, seen)
    return row


def entry_of(services: Services, conference: Conference, row: LegalPage, written: Written) -> Any:
    """What readers see. What says the same as before stays as it was, to the last line end."""
    before = conference.legal.get(row.page.value) or {}
    if row.page in OPTIONAL:
        both = {"text": _kept(before.get("text"), written.text), "reason": _kept(before.get("reason"), written.reason)}
        return {name: words or None for name, words in both.items()}
    if row.own:
        return _kept(before, written.text)
    return composed_words(services, row.page, row.fields, row.reviewed)


def _kept(before: Mapping[str, str] | None, words: Mapping[str, str]) -> Words:
    new = {code: text.replace("\r\n", "\n").strip() for code, text in words.items() if text.strip()}
    old = {code: text.strip() for code, text in (before or {}).items() if text.strip()}
    return dict(before or {}) if new == old else new


def _tell(services: Services, work: Work, conference: Conference, row: LegalPage, entry: Any, by: str | None) -> None:
    conference.legal = {**conference.legal, row.page.value: entry}
    for each in (row, conference):
        next_edition(each, by)
        work.session.add(each)
    services.outbox.tell(work, f"conference:{conference.id}", "conference.changed", conference_id=conference.id)


async def review_page(services: Services, work: Work, conference_id: str, page: Page, seen: str, by: str | None) -> None:
    """Somebody looked it through and all is still so: another year. Raises Conflict("changed_meanwhile")."""
    conference = await locked(work, Conference, conference_id)
    row = await row_for_change(services, work, conference_id, page, seen)
    by_template = row.version > 0 and stands_by_template(row, conference, page, services) and bool(row.fields)
    row.own = not by_template
    row.reviewed = work.now.astimezone(ZoneInfo(conference.zone)).date()
    entry = conference.legal.get(page.value)
    _tell(services, work, conference, row, composed_words(services, page, row.fields, row.reviewed) if by_template else entry, by)
    audit.record(work, "legal page reviewed", conference_id=conference_id, person_id=by, page=page.value)
