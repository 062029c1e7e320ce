"""Autosave: what a form has changed, field by field, each taken only where it knew what stands there now.

A line's text goes through the acts that the room uses as well, so that both write the same rows under the same lock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from conference.base.db import Work
from conference.base.errors import ConferenceError, Invalid, NotFound
from conference.base.words import LANGUAGES
from conference.program.model import Billing, Session
from conference.program.store import billings_of
from conference.results.collecting import actions as lines
from conference.results.collecting.events import tell_findings
from conference.results.collecting.rules import LONGEST
from conference.results.collecting.store import line_in
from conference.results.content import content_of
from conference.results.events import SHEET_CHANGED
from conference.results.history import note
from conference.results.model import ResultsSheet
from conference.results.sheets.fields import FIELDS, LONGEST_FIELD, Page, field_text, is_id, put_field, with_text
from conference.results.sheets.store import last_event
from conference.results.store import sheet_locked
from conference.results.text import clean
from conference.web.services import Services

MOST_CHANGES = 1100
"""In one go: a form without scripts sends every line of a full sheet."""


@dataclass(frozen=True, slots=True)
class Change:
    """field: one of FIELDS, or line.ID.LANGUAGE; base: what stood there as far as the page knows."""

    field: str
    text: str
    base: str


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of it. result: saved; same (it stood there already); conflict (somebody else has written there: `text` is
    theirs, `by` their name's person); gone (the line was taken out); refused (`error` says why). text: what stands there now."""

    field: str
    result: str
    text: str
    by: str | None = None
    error: ConferenceError | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """Whose form it is. by: the person's id; roles: role -> its word, as the form shows people."""

    by: str | None
    page: Page
    roles: Mapping[str, str]


async def save(services: Services, session: Session, changes: Sequence[Change], form: Form) -> tuple[int, list[Saved]]:
    """Take what can be taken, in one unit of work, so that nothing comes between; the sheet's number afterwards. Raises Invalid
    (field)."""
    if len(changes) > MOST_CHANGES or any(len(one.text) > LONGEST_FIELD for one in changes):
        raise Invalid("field", field="changes")
    async with services.db.work() as work:
        sheet = await sheet_locked(work, session)
        saved = [await _save(services, work, session, sheet, one, form) for one in changes]
        await work.session.flush()
        return sheet.changes, saved


async def _save(services: Services, work: Work, session: Session, sheet: ResultsSheet, change: Change, form: Form) -> Saved:
    kind, _, rest = change.field.partition(".")
    try:
        if kind == "line":
            return await _save_line(services, work, session, change, *_line_of(rest), form)
        if change.field not in FIELDS:
            raise Invalid("field", field=change.field)
        return await _save_field(services, work, session, sheet, change, form)
    except NotFound:
        return Saved(change.field, "gone", "")
    except Invalid as error:
        if error.code == "field":
            raise
        return Saved(change.field, "refused", change.base, error=error)


def _line_of(rest: str) -> tuple[str, str]:
    line_id, _, language = rest.rpartition(".")
    if not is_id(line_id) or language not in LANGUAGES:
        raise Invalid("field", field="line")
    return line_id, language


async def _save_line(
    services: Services, work: Work, session: Session, change: Change, line_id: str, language: str, form: Form
) -> Saved:
    line = await line_in(work.session, session.id, line_id)
    if line.gone is not None:
        raise NotFound("finding")
    stored, wanted = line.text.get(language, ""), clean(change.text, LONGEST)
    if stored not in (change.base, wanted):
        event = await last_event(work.session, session.id, "line_changed", line_id)
        return Saved(change.field, "conflict", stored, by=event.person_id if event else None)
    done = await lines.change_text(services, work, session, line_id, with_text(line.text, language, wanted), by=form.by)
    return Saved(change.field, "saved" if done.change else "same", done.line.text.get(language, ""))


async def _save_field(services: Services, work: Work, session: Session, sheet: ResultsSheet, change: Change, form: Form) -> Saved:
    field = change.field
    billings = (await billings_of(work.session, [session.id])).get(session.id, [])
    before, wanted = _text(field, session, sheet, billings, form), ResultsSheet(**sheet.model_dump())
    _put(change, session, wanted, billings, form)
    after = _text(field, session, wanted, billings, form)
    if before == after:
        return Saved(field, "same", after)
    if before != change.base:
        event = await last_event(work.session, session.id, "field_changed", field)
        return Saved(field, "conflict", before, by=event.person_id if event else None)
    _put(change, session, sheet, billings, form)
    sheet.changes += 1
    work.session.add(sheet)
    await note(work, services.ids, sheet, "field_changed", form.by, about=field, before=before, after=after)
    tell_findings(services.outbox, work, session, sheet.changes)
    if field == "expected":
        tell_day(services, work, session)
    return Saved(field, "saved", after)


def _text(field: str, session: Session, sheet: ResultsSheet, billings: Sequence[Billing], form: Form) -> str:
    return field_text(field, sheet, content_of(session, billings, sheet, ()).people, form.roles, form.page)


def _put(change: Change, session: Session, sheet: ResultsSheet, billings: Sequence[Billing], form: Form) -> None:
    """Raises Invalid."""
    people = content_of(session, billings, sheet, ()).people
    put_field(change.field, change.text, sheet, people, form.roles, form.page)


def tell_day(services: Services, work: Work, session: Session) -> None:
    """The public pages say on which day the results may be expected."""
    facts = {"conference_id": session.conference_id, "session": session.slug}
    services.outbox.tell(work, f"conference:{session.conference_id}", SHEET_CHANGED, **facts)


async def count_initiatives(services: Services, session: Session, number: int, now: datetime) -> None:
    """Say how many initiatives took part, once, as long as nobody has said anything of it and the session is over."""
    if now < session.ends or number < 1:
        return
    async with services.db.work() as work:
        sheet = await sheet_locked(work, session)
        if sheet.initiatives is not None or await last_event(work.session, session.id, "field_changed", "initiatives"):
            return
        sheet.changes += 1
        sheet.initiatives = number
        work.session.add(sheet)
        await note(work, services.ids, sheet, "field_changed", None, about="initiatives", before="", after=str(number))
        tell_findings(services.outbox, work, session, sheet.changes)
