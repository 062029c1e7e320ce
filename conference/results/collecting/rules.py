"""Who may add findings and who edits them, where a line stands, how lines become one. Pure: values in, values out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final

from conference.access.model import State
from conference.base.errors import Invalid
from conference.base.words import LANGUAGES, Words
from conference.doors.table import AFTERWARDS, ROOMS
from conference.people.model import Role
from conference.program.model import Round, Session
from conference.program.rules import phase_of
from conference.results.model import Collecting, Finding, ResultsSheet
from conference.results.text import clean

LONGEST: Final = 500
"""Characters of a finding."""
HEADING_LENGTH: Final = 60
MOST_HEADINGS: Final = 8
MOST_FINDINGS: Final = 1000
"""Lines in a session's sheet; what was taken out makes room for others."""
MOST_OF_ONE: Final = 60
"""Lines that somebody who does not edit adds to a session, those that were taken out included."""
MOST_EVER: Final = 5000
"""Lines that a session ever has, those that were taken out included."""
KEPT_FREE: Final = 1000
"""How many of these are left to those who edit, however many others come and add."""
GAP: Final = 1024
"""Between two lines, so that one can be put between them and no other has to change."""
EDITING: Final = frozenset({Role.MODERATOR, Role.NOTE_TAKER})
BETWEEN: Final = "; "


def may_edit(organiser: bool, roles: Collection[Role]) -> bool:
    """Whether one edits the sheet of a session in which one holds `roles`."""
    return organiser or not EDITING.isdisjoint(roles)


def has_begun(session: Session, state: State, now: datetime) -> bool:
    """Whether people collect already, or still: from when the room opens (on site: from the beginning) until the closing date."""
    return state in ROOMS | AFTERWARDS and phase_of(session, now) != "planned"


def takes_findings(sheet: ResultsSheet | None) -> bool:
    """Whether everybody may add, once the session has begun. A sheet that is planned for a set time is finished already."""
    if sheet is None:
        return True
    return sheet.collecting is Collecting.ALL and sheet.closed is None and sheet.published is None


def may_add(sheet: ResultsSheet | None, edits: bool, begun: bool) -> bool:
    return edits or (begun and takes_findings(sheet))


def may_correct(finding: Finding, person_id: str | None, adds: bool) -> bool:
    """Whether somebody who does not edit the sheet may change this line: one's own, while one may add and until it is starred."""
    return adds and person_id is not None and finding.person_id == person_id and not finding.key and finding.gone is None


def round_at(rounds: Sequence[Round], now: datetime) -> int | None:
    """The round that runs, or ran last; before the first one already that one. None without rounds."""
    begun = [each.number for each in rounds if each.starts <= now]
    return max(begun) if begun else min((each.number for each in rounds), default=None)


def text_of(words: Words) -> Words:
    """What a finding says, in each language in which it says something. Raises Invalid as `text.clean` does."""
    cleaned = {language: clean(text, LONGEST) for language, text in words.items() if language in LANGUAGES}
    said = {language: text for language, text in cleaned.items() if text}
    if not said:
        raise Invalid("text_missing")
    return said


def order(finding: Finding) -> tuple[int, int, str]:
    """The order under one heading: those of no round first."""
    return finding.round or 0, finding.position, finding.id


def place_after(group: Sequence[Finding], after: str | None) -> int | None:
    """The position behind the line `after` of a group in its order (None, or a line that is not there: at its beginning and end).

    None: there is no room between the two, so all of the group must be numbered anew.
    """
    if not group:
        return GAP
    if after is None:
        first = group[0].position
        return first - GAP
    at = next((index for index, one in enumerate(group) if one.id == after), len(group) - 1)
    before = group[at].position
    if at + 1 == len(group):
        return before + GAP
    between = (before + group[at + 1].position) // 2
    return between if before < between < group[at + 1].position else None


def joined(texts: Iterable[Words], longest: int = LONGEST) -> Words:
    """Several lines as one: in each language what they say, one after the other; what is said twice stands once. Where that would
    be too long, the first line's words stay."""
    lines = list(texts)
    together: Words = {}
    for language in dict.fromkeys(code for line in lines for code in line):
        said = list(dict.fromkeys(line[language] for line in lines if line.get(language)))
        text = BETWEEN.join(one.rstrip(".;") for one in said[:-1])
        together[language] = f"{text}{BETWEEN}{said[-1]}" if text else said[-1]
        if len(together[language]) > longest:
            together[language] = said[0]
    return together
