"""The sheet's own fields as the text that a form shows and sends, and back: pure.

summary.de, summary.en; people: a line each, "Impuls: Name, function"; initiatives: digits; expected: a day as in ISO 8601.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from conference.base.errors import Invalid
from conference.base.words import LANGUAGES, Words, say
from conference.results.content import Named
from conference.results.model import ResultsSheet
from conference.results.text import clean

LONGEST_SUMMARY: Final = 1500
LONGEST_PERSON: Final = 300
LONGEST_ROLE: Final = 60
MOST_PEOPLE: Final = 20
MOST_INITIATIVES: Final = 9999
LONGEST_COMMENT: Final = 1000
LONGEST_FIELD: Final = 20_000
"""Of anything that a page sends at once for one field; what is allowed in it is less."""

_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")

FIELDS: Final = (*(f"summary.{code}" for code in LANGUAGES), "people", "initiatives", "expected")


def is_id(text: str) -> bool:
    """Whether this may be the id of anything; what is none is not looked for (PostgreSQL refuses NUL in a text)."""
    return _ID.fullmatch(text) is not None


def field_text(field: str, sheet: ResultsSheet, people: Sequence[Named], roles: Mapping[str, str], page: Page) -> str:
    """What the form shows. people: as they stand in the sheet now; roles: role -> its word in the page's language."""
    if field.startswith("summary."):
        return sheet.summary.get(field.partition(".")[2], "")
    if field == "people":
        return people_text(people, roles, page.language)
    if field == "initiatives":
        return "" if sheet.initiatives is None else str(sheet.initiatives)
    return "" if sheet.expected is None else sheet.expected.astimezone(page.zone).date().isoformat()


class Page:
    """In which language and on which clock a form is filled in."""

    def __init__(self, language: str, zone: str) -> None:
        self.language, self.zone = language, ZoneInfo(zone)


def put_field(field: str, text: str, sheet: ResultsSheet, people: Sequence[Named], roles: Mapping[str, str], page: Page) -> None:
    """Let the sheet have what the form sent. Raises Invalid, also for a field that there is not."""
    if field not in FIELDS:
        raise Invalid("field", field=field)
    if field.startswith("summary."):
        sheet.summary = with_text(sheet.summary, field.partition(".")[2], clean(text, LONGEST_SUMMARY, lines=True))
    elif field == "people":
        sheet.people = read_people(text, people, roles, page.language)
    elif field == "initiatives":
        sheet.initiatives = read_count(text)
    else:
        sheet.expected = read_day(text, page.zone)


def with_text(words: Words, language: str, text: str) -> Words:
    """The words with this text in a language, without it where it is empty."""
    said = {**words, language: text}
    return {code: said[code] for code in (*LANGUAGES, *said) if said.get(code)}


def people_text(people: Sequence[Named], roles: Mapping[str, str], language: str) -> str:
    lines = []
    for person in people:
        word = roles.get(person.role, person.role)
        said = say(person.text, language)
        lines.append(f"{word}: {said}" if word else said)
    return "\n".join(lines)


def read_people(text: str, before: Sequence[Named], roles: Mapping[str, str], language: str) -> list[dict[str, Any]] | None:
    """A person per line. None: an empty field, so that those of the program stand there again. What somebody is called in another
    language stays where the line is still the same. Raises Invalid."""
    known = {word.casefold(): role for role, word in roles.items()}
    same = {(one.role, say(one.text, language)): one.text for one in before}
    people: list[dict[str, Any]] = []
    for raw in text.splitlines():
        line = clean(raw, LONGEST_PERSON)
        if line:
            word, colon, rest = line.partition(": ")
            if not colon or not rest or len(word) > LONGEST_ROLE:
                word, rest = "", line
            role = known.get(word.casefold(), word)
            people.append({"role": role, "text": same.get((role, rest), {language: rest})})
    if len(people) > MOST_PEOPLE:
        raise Invalid("sheet_people", most=MOST_PEOPLE)
    return people or None


def read_count(text: str) -> int | None:
    """Raises Invalid."""
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(MOST_INITIATIVES)):
        raise Invalid("sheet_initiatives", most=MOST_INITIATIVES)
    return int(text)


def read_day(text: str, zone: ZoneInfo) -> datetime | None:
    """The begin of that day. Raises Invalid."""
    if not text.strip():
        return None
    try:
        return datetime.combine(date.fromisoformat(text.strip()), time(), zone)
    except ValueError:
        raise Invalid("sheet_expected") from None
