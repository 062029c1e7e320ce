"""The words of letters in a conference file. Mailings stay behind: whom they went to is nobody's who gets the file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from conference.base.errors import Invalid
from conference.base.words import LANGUAGES, Words
from conference.initiatives.file import Entry, read_entry
from conference.mailing.actions import put_template
from conference.mailing.model import LetterKind, LetterTemplate
from conference.mailing.rules import text_faults
from conference.mailing.store import template_of
from conference.web.services import Services


class LetterFacts(Entry):
    """kind: a word of LetterKind; subject, body: by language."""

    kind: LetterKind
    subject: Words
    body: Words


def letters_from(value: Any) -> list[LetterFacts]:
    """Raises Invalid("conference_file", faults=...)."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise Invalid("conference_file", faults=["letters: must be a list"])
    letters = [read_entry(LetterFacts, each, f"letters[{number}]") for number, each in enumerate(value)]
    faults = [fault for number, letter in enumerate(letters) for fault in _faults(letter, f"letters[{number}]")]
    if faults:
        raise Invalid("conference_file", faults=faults)
    return letters


def _faults(letter: LetterFacts, where: str) -> list[str]:
    strange = sorted({*letter.subject, *letter.body} - set(LANGUAGES))
    if strange:
        return [f"{where}: {strange[0]} is no language of the interface"]
    found = text_faults(letter.subject, letter.body, session=False)
    return [f"{where}.{name}: {_IN_WORDS[code].format(**facts)}" for name, (code, facts) in found.items()]


_IN_WORDS = {
    "empty": "must not be empty",
    "long": "is too long; at most {longest}",
    "placeholder": "{word} stands for nothing",
    "address": "a letter has one link, the personal one; leave out web addresses",
    "link": "has to have the word for the personal link once; here it stands {count} times",
}


def letters_to_file(templates: Iterable[LetterTemplate]) -> list[dict[str, Any]]:
    return [{"kind": each.kind.value, "subject": each.subject, "body": each.body} for each in templates]


async def import_letters(services: Services, conference_id: str, letters: Iterable[LetterFacts]) -> None:
    """Kinds that the file does not name keep their words."""
    for letter in letters:
        async with services.db.work() as work:
            before = await template_of(work.session, conference_id, letter.kind)
            if before is not None and (before.subject, before.body) == (letter.subject, letter.body):
                continue
            seen = before.version if before else 0
            await put_template(work, services, conference_id, letter.kind, letter.subject, letter.body, by=None, seen=seen)
