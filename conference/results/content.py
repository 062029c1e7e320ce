"""What a sheet says, put together from program, sheet and findings: pure. Page, PDF, exports and slides all draw this."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from conference.base.words import Words
from conference.program.model import Billing, Session
from conference.results.model import Finding, Heading, ResultsSheet

HEADINGS: Mapping[str, Words] = {
    Heading.TOPICS: {"de": "Themen", "en": "Topics"},
    Heading.PRACTICE: {"de": "Best Practice", "en": "Best practice"},
    Heading.IDEAS: {"de": "Ideen", "en": "Ideas"},
}
MOST_KEY_FINDINGS = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a sheet. key: a key finding; round: of a theme room, from 1; id: its finding's."""

    id: str
    text: Words
    key: bool = False
    round: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """The lines under one heading, in their order; may be empty."""

    key: str
    title: Words
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """A person as the sheet names them. role: a word of `program.model.Billing.role`, or the host's own."""

    role: str
    text: Words


@dataclass(frozen=True, slots=True)
class Content:
    """All that a sheet says beside the session's number, day and place. initiatives None: nobody has said how many took part."""

    title: Words
    question: Words
    summary: Words
    people: tuple[Named, ...]
    initiatives: int | None
    groups: tuple[Group, ...]

    @property
    def entries(self) -> list[Entry]:
        return [entry for group in self.groups for entry in group.entries]

    @property
    def key_entries(self) -> list[Entry]:
        """The key findings, in the order of the sheet."""
        return [entry for entry in self.entries if entry.key]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def content_from(value: Mapping[str, Any]) -> Content:
    """What `Content.to_json` made."""
    return Content(
        title=value["title"],
        question=value["question"],
        summary=value["summary"] or {},
        people=tuple(Named(**one) for one in value["people"] or ()),
        initiatives=value["initiatives"],
        groups=tuple(
            Group(group["key"], group["title"], tuple(Entry(**entry) for entry in group["entries"])) for group in value["groups"]
        ),
    )


def headings_of(sheet: ResultsSheet | None) -> dict[str, Words]:
    """Key -> title, in the order of the sheet."""
    if sheet is None or sheet.headings is None:
        return dict(HEADINGS)
    return {heading["key"]: heading["title"] for heading in sheet.headings}


def content_of(session: Session, billings: Iterable[Billing], sheet: ResultsSheet | None, findings: Sequence[Finding]) -> Content:
    """The sheet as it stands now. Findings that were taken out are left out; under one heading those of no round come first."""
    lines = sorted((one for one in findings if one.gone is None), key=lambda one: (one.round or 0, one.position, one.id))
    titles = headings_of(sheet)
    known = set(titles)
    first = next(iter(titles))
    groups = tuple(
        Group(key, title, tuple(_entry(one) for one in lines if (one.heading if one.heading in known else first) == key))
        for key, title in titles.items()
    )
    if sheet is not None and sheet.people is not None:
        people = tuple(Named(one["role"], one["text"]) for one in sheet.people)
    else:
        people = tuple(Named(one.role, _named(one)) for one in billings)
    return Content(
        title=session.title,
        question=session.question,
        summary=sheet.summary if sheet else {},
        people=people,
        initiatives=sheet.initiatives if sheet else None,
        groups=groups,
    )


def _entry(finding: Finding) -> Entry:
    return Entry(finding.id, finding.text, finding.key, finding.round)


def _named(billing: Billing) -> Words:
    """Name, title, affiliation in one line, in each language that one of them has."""
    languages = {**billing.title, **billing.affiliation} or {"de": ""}
    lines = {}
    for language in languages:
        parts = (billing.name, billing.title.get(language, ""), billing.affiliation.get(language, ""))
        lines[language] = ", ".join(part for part in parts if part)
    return lines
