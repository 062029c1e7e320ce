"""The look of the results sheets in a conference file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from conference.access.model import Conference
from conference.base.errors import Invalid
from conference.base.logos import PNG, SUFFIX, kind_of_logo
from conference.initiatives.file import Entry, RelativePath, Text, read_entry
from conference.results.model import ResultsLook
from conference.results.setting.actions import Wanted, save_look
from conference.results.setting.rules import colour_of
from conference.results.setting.shape import FACES
from conference.results.setting.store import look_row
from conference.web.services import Services


def _colour(value: str) -> str:
    try:
        return colour_of(value)
    except Invalid as error:
        wanted = "must be a colour such as #1f4e79 that can be read on white"
        better = error.facts.get("better")
        raise ValueError(f"{wanted}; {better} can be read on white" if better else wanted) from None


def _face(value: str) -> str:
    if value not in FACES:
        raise ValueError(f"must be one of {', '.join(FACES)}")
    return value


class LookFacts(Entry):
    """colour: None for each forum's own. logo: where the picture lies beside the conference file; logo_alt: what it shows."""

    colour: Annotated[str, AfterValidator(_colour)] | None = None
    face: Annotated[str, AfterValidator(_face)] = next(iter(FACES))
    logo: RelativePath | None = None
    logo_alt: Text = Field(default_factory=dict)

    @model_validator(mode="after")
    def _told(self) -> LookFacts:
        if self.logo is not None and not self.logo_alt.get("de"):
            raise ValueError("logo_alt.de: must say what the logo shows")
        return self


def look_from(value: Any, where: str = "look") -> LookFacts | None:
    """The look, None when the file says nothing of it. Raises Invalid("conference_file", faults=...)."""
    found: LookFacts | None = read_entry(LookFacts | None, value, where)
    return found


def look_to_file(row: ResultsLook) -> tuple[dict[str, Any] | None, dict[str, str]]:
    """The key look, None when nothing was chosen; and {path in the file: key in the store}."""
    if row.colour is None and not row.face and row.logo_key is None:
        return None, {}
    entry: dict[str, Any] = {"colour": row.colour, "face": row.face or next(iter(FACES))}
    if row.logo_key is None:
        return entry, {}
    path = f"look/logo.{SUFFIX[row.logo_type or PNG]}"
    return entry | {"logo": path, "logo_alt": row.logo_alt}, {path: row.logo_key}


def look_faults(facts: LookFacts | None, read: Callable[[str], bytes]) -> list[str]:
    """What is wrong with a logo that can be read, before anything is written."""
    if facts is None or facts.logo is None:
        return []
    try:
        kind_of_logo(read(facts.logo))
    except Invalid as error:
        return [f"look.logo: {facts.logo} is no PNG or SVG that may be used ({error.code})"]
    return []


async def import_look(services: Services, conference: Conference, facts: LookFacts | None, read: Callable[[str], bytes]) -> None:
    """Let the conference have this look; of None nothing changes, and nothing when it has it already. Opens its own units of
    work. Raises what `save_look` does."""
    if facts is None:
        return
    async with services.db.read() as db:
        row = await look_row(db, conference.id)
    logo = read(facts.logo) if facts.logo is not None else None
    present = await services.storage.get(row.logo_key) if row.logo_key is not None else None
    alt = facts.logo_alt if logo is not None else {}
    if (row.colour, row.face, row.logo_alt, present) == (facts.colour, facts.face, alt, logo):
        return
    await save_look(services, conference, Wanted(facts.colour or "", facts.face, logo, alt, keep_logo=False), by=None)
