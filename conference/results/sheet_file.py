"""A sheet and its versions in a conference file: pure. Who wrote, commented and approved stays behind: it holds no accounts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, TypeAdapter, ValidationError

from conference.base.words import Words
from conference.initiatives.file import Entry, Label, Line, RelativePath, Text
from conference.results.content import Content
from conference.results.model import Collecting, ResultsSheet, SheetVersion

Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]


def some(words: Words) -> Words:
    """Typed on a page in one language: whichever that is."""
    if not words:
        raise ValueError("needs a text")
    return words


def _content(value: Any) -> dict[str, Any]:
    """people and summary None: of a sheet that was published before there were versions."""
    try:
        if isinstance(value, dict):
            value = {**value, "people": value.get("people") or [], "summary": value.get("summary") or {}}
        content = TypeAdapter(Content).validate_python(value)
    except ValidationError:
        raise ValueError("is no content of a sheet") from None
    made: dict[str, Any] = json.loads(json.dumps(content.to_json()))  # lists, as a database gives them back
    return made


class HeadingFacts(Entry):
    key: Key
    title: Annotated[Label, AfterValidator(some)]


class SheetPerson(Entry):
    role: Line
    text: Text


class VersionFacts(Entry):
    """file: its PDF beside the conference file; None where it has none. Instants bear their zone."""

    number: Annotated[int, Field(ge=1, le=10_000)]
    made: AwareDatetime
    public_from: AwareDatetime
    note: Line = ""
    content: Annotated[dict[str, Any], BeforeValidator(_content)]
    file: RelativePath | None = None
    pages: Annotated[int, Field(ge=1, le=1000)] | None = None


class SheetFacts(Entry):
    """A file that says nothing of the sheet publishes it along with its documents, as its findings are.

    since: from when on it is public; None: since the session's end. told: when attendees were written to. versions None: what the
    findings say is the version that is public.
    """

    published: bool
    remains: bool = True
    since: AwareDatetime | None = None
    told: AwareDatetime | None = None
    collecting: Collecting = Collecting.ALL
    closed: AwareDatetime | None = None
    headings: Annotated[list[HeadingFacts], Field(min_length=1, max_length=8)] | None = None
    summary: Text = Field(default_factory=dict)
    people: Annotated[list[SheetPerson], Field(max_length=20)] | None = None
    initiatives: Annotated[int, Field(ge=0, le=9999)] | None = None
    expected: AwareDatetime | None = None
    versions: Annotated[list[VersionFacts], Field(max_length=500)] | None = None


def draft_values(facts: SheetFacts) -> dict[str, Any]:
    """What of a sheet's row the facts say beside its publication."""
    return {
        "remains": facts.remains,
        "told": facts.told,
        "collecting": facts.collecting,
        "closed": facts.closed,
        "headings": [heading.model_dump() for heading in facts.headings] if facts.headings is not None else None,
        "summary": facts.summary,
        "people": [person.model_dump() for person in facts.people] if facts.people is not None else None,
        "initiatives": facts.initiatives,
        "expected": facts.expected,
    }


def sheet_to_file(slug: str, sheet: ResultsSheet, versions: Sequence[SheetVersion]) -> tuple[dict[str, Any], dict[str, str]]:
    """The key sheet of a session's entry, as short as it can be; and {path in the file: key in the store}."""
    places: dict[str, str] = {}
    entries = []
    for version in sorted(versions, key=lambda one: one.number):
        path = f"results/versions/{slug}-{version.number}.pdf" if version.object_key else None
        if path and version.object_key:
            places[path] = version.object_key
        facts = VersionFacts(
            number=version.number, made=version.made, public_from=version.public_from, note=version.note,
            content=version.content, file=path, pages=version.pages,
        )  # fmt: skip
        entries.append(facts.model_dump(exclude_none=True, exclude_defaults=True))
    names = ("remains", "told", "collecting", "closed", "headings", "summary", "people", "initiatives", "expected")
    facts_of_sheet = SheetFacts.model_validate({name: getattr(sheet, name) for name in names} | {"published": False})
    entry = facts_of_sheet.model_dump(exclude_none=True, exclude_defaults=True, mode="python")
    entry = {**entry, "published": sheet.published is not None}
    if "collecting" in entry:
        entry["collecting"] = str(entry["collecting"].value)
    if sheet.published is not None:
        entry["since"] = sheet.published
    if entries:
        entry["versions"] = entries
    return entry, places
