"""What whoever edits sets for the collecting of a session: its headings, and who may add."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conference.base.db import Work
from conference.base.errors import Invalid
from conference.base.words import LANGUAGES, Words, say
from conference.program.model import Session
from conference.results.collecting import rules
from conference.results.collecting.events import tell_findings
from conference.results.content import headings_of
from conference.results.history import note
from conference.results.model import Collecting, ResultsSheet
from conference.results.store import findings_of, sheet_for_change, sheet_locked
from conference.results.text import clean
from conference.web.services import Services

Heading = tuple[str, Words]
"""Its key ("" for a new one) and its title; a language that is missing stays as it is, an empty one goes."""


async def set_who(services: Services, work: Work, session: Session, who: str, *, by: str | None) -> ResultsSheet:
    """Let all add, only who edits (moderators), or nobody any more (closed). What the sheet says, and its number, stay. Raises
    Invalid (field)."""
    sheet = await sheet_locked(work, session)
    before = _who(sheet)
    if who == before:
        return sheet
    if who == "closed":
        sheet.closed = work.now
    elif who in list(Collecting):
        sheet.closed, sheet.collecting = None, Collecting(who)
    else:
        raise Invalid("field", field="who")
    await note(work, services.ids, sheet, "field_changed", by, about="collecting", before=before, after=who)
    tell_findings(services.outbox, work, session, sheet.changes)
    return sheet


async def set_headings(
    services: Services, work: Work, session: Session, headings: Sequence[Heading], language: str, *, by: str | None
) -> ResultsSheet:
    """Let these be the headings, in this order; those without a title, or without their German one any more, go, and their lines
    stand under the first one. language: of the history. Raises Invalid (finding_headings, and as `text.clean` does)."""
    sheet = await sheet_for_change(work, session)
    before = headings_of(sheet)
    wanted = _wanted(services, before, headings)
    if list(wanted.items()) == list(before.items()):
        sheet.changes -= 1
        return sheet
    sheet.headings = [{"key": key, "title": title} for key, title in wanted.items()]
    for line in await findings_of(work.session, session.id):
        if line.heading not in wanted:
            line.heading, line.change, line.changed = next(iter(wanted)), sheet.changes, work.now
            work.session.add(line)
    titles = [_in_one(each, language) for each in (before, wanted)]
    await note(work, services.ids, sheet, "field_changed", by, about="headings", before=titles[0], after=titles[1])
    tell_findings(services.outbox, work, session, sheet.changes)
    return sheet


def _in_one(headings: Mapping[str, Words], language: str) -> str:
    """All languages where a title has several, since each may be what has changed."""
    return " · ".join(" / ".join(dict.fromkeys((say(title, language), *title.values()))) for title in headings.values())


def _wanted(services: Services, before: Mapping[str, Words], headings: Sequence[Heading]) -> dict[str, Words]:
    wanted: dict[str, Words] = {}
    for key, entered in headings:
        known = before.get(key)
        said = {**(known or {}), **{code: clean(text, rules.HEADING_LENGTH) for code, text in entered.items()}}
        title = {code: said[code] for code in (*LANGUAGES, *said) if said.get(code)}
        emptied = "de" in (known or {}) and "de" not in title  # whoever takes a heading away need not look for its English
        if title and not emptied:
            wanted[key if known is not None else services.ids.new()] = title
    if not 0 < len(wanted) <= rules.MOST_HEADINGS or any(_doubled(wanted, code) for code in LANGUAGES):
        raise Invalid("finding_headings")
    return wanted


def _doubled(headings: Mapping[str, Words], language: str) -> bool:
    titles = [say(title, language) for title in headings.values()]
    return len(set(titles)) < len(titles)


def _who(sheet: ResultsSheet) -> str:
    return "closed" if sheet.closed is not None else sheet.collecting.value
