"""The record of a deletion in plain words: for its page, as a text, and for the letter that takes it to the organisers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from conference.access.model import Conference
from conference.base.words import say
from conference.desk.afterwards.words import PARTS, kept_word, part_word, why_stays, word_of
from conference.desk.legal.fate_words import why_words
from conference.keeping.fates import FATES, Fate
from conference.keeping.model import PurgeRecord
from conference.keeping.records import deleted
from conference.web.texts import Language

Counted = list[tuple[str, int]]
"""What, and how many."""
WIDE = 46


@dataclass(frozen=True)
class Part:
    """What belongs together: people, letters, rooms. why: for what stays."""

    label: str
    rows: Counted
    why: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Told:
    """facts: label and sentence; deleted, emptied, remains: by part."""

    facts: list[tuple[str, str]]
    deleted: list[Part]
    emptied: Counted
    remains: list[Part]


def told_of(language: Language, conference: Conference, record: PurgeRecord, answered: datetime | None = None) -> Told:
    """answered: when the question about the list was, if that is known."""
    emptied = {name: count for name, count in record.rows.items() if FATES[name].fate is Fate.EMPTIED}
    return Told(
        facts=_facts(language, conference, record, answered),
        deleted=parted(language, deleted(record.rows)),
        emptied=[(word_of(language, name), count) for name, count in emptied.items()],
        remains=[
            Part(part.label, part.rows, _reasons(language, names))
            for part, names in _parted(language, {name: n for name, n in record.remains.items() if name not in emptied})
        ],
    )


def parted(language: Language, counts: Mapping[str, int]) -> list[Part]:
    """Counts of tables, in parts; what there is none of is left out."""
    return [part for part, _names in _parted(language, counts)]


def _parted(language: Language, counts: Mapping[str, int]) -> Iterable[tuple[Part, list[str]]]:
    for key, tables in PARTS.items():
        names = [name for name in tables if counts.get(name)]
        if names:
            yield Part(part_word(language, key), [(word_of(language, name), counts[name]) for name in names]), names


def _reasons(language: Language, names: Iterable[str]) -> list[str]:
    known = why_words(language)
    return list(dict.fromkeys(why_stays(language, name) or known[FATES[name].why] for name in names))


def _facts(language: Language, conference: Conference, record: PurgeRecord, answered: datetime | None) -> list[tuple[str, str]]:
    _ = language.gettext

    def moment(at: datetime) -> str:
        return language.moment(at.astimezone(ZoneInfo(conference.zone)))

    kept = kept_word(language, record.kept_list)
    if answered is not None:
        kept = _("{answer} Said on {moment}.").format(answer=kept, moment=moment(answered))
    facts = [(_("Conference"), say(conference.title, language.code))]
    if record.begun is not None:
        facts.append((_("Begun"), moment(record.begun)))
    facts.append((_("Done"), moment(record.ended) if record.ended else _("Not finished yet.")))
    facts.append(
        (_("Occasion"), _("An organiser asked for it before its day.") if record.early else _("The day had come that was set."))
    )
    facts.append((_("List of participants"), kept))
    facts.append((_("Entries deleted"), str(sum(deleted(record.rows).values()))))
    facts.append((_("Files deleted"), str(record.objects)))
    return facts


def text_of(language: Language, told: Told) -> str:
    """The record as plain text, in lines of a fixed width."""
    _ = language.gettext
    lines = [_("Record of the deletion"), ""]
    lines += [f"{label}: {said}" for label, said in told.facts]
    lines += ["", _("Deleted"), ""]
    for part in told.deleted:
        lines += [part.label, *(_row(*row) for row in part.rows), ""]
    if told.emptied:
        lines += [_("Stays, but leads to nobody any more"), "", *(_row(*row) for row in told.emptied), ""]
    lines += [_("What stays, and why"), ""]
    for part in told.remains:
        lines += [part.label, *(_row(*row) for row in part.rows), *(f"  ({why})" for why in part.why), ""]
    if not told.remains:
        lines += [_("Nothing but this record."), ""]
    return "\n".join(lines).rstrip() + "\n"


def _row(label: str, count: int) -> str:
    return f"  {label} {'.' * max(WIDE - len(label), 3)} {count}"


def letter_about(language: Language, conference: Conference, record: PurgeRecord) -> tuple[str, str]:
    """Subject and text of the letter that takes the record to the organisers."""
    _ = language.gettext
    title = say(conference.title, language.code)
    opening = _("the personal data of “{title}” is deleted. This is the record of it; please keep it with your files.")
    paragraphs = [_("Good day,"), opening.format(title=title), text_of(language, told_of(language, conference, record))]
    return _("Record of the deletion of “{title}”").format(title=title), "\n\n".join(paragraphs)
