"""Who publishes a sheet, and what one should know before: pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from conference.people.model import Role
from conference.results.content import Content, content_from
from conference.results.model import ResultsSheet, SheetVersion
from conference.results.rules import is_public, says_same, version_at


def may_publish(organiser: bool, roles: Collection[Role]) -> bool:
    """Organisers, and whoever moderates the session in which they hold `roles`."""
    return organiser or Role.MODERATOR in roles


class Stand(StrEnum):
    """Where a sheet stands on its way to the public."""

    NOTHING = "nothing"  # nobody has written anything yet
    DRAFT = "draft"
    PLANNED = "planned"
    PUBLIC = "public"


class Lack(StrEnum):
    """What readers would miss; none of it holds anything up."""

    STARS = "stars"
    INITIATIVES = "initiatives"
    APPROVAL = "approval"


@dataclass(frozen=True, slots=True)
class Position:
    """shown: the public version; planned: when something becomes public by itself; differs: the draft says something else than
    what is public or planned."""

    stand: Stand
    shown: SheetVersion | None = None
    planned: datetime | None = None
    differs: bool = False


def position_of(sheet: ResultsSheet | None, versions: Iterable[SheetVersion], draft: Content, now: datetime) -> Position:
    """versions: all, the newest first."""
    every = list(versions)
    position = position_without(sheet, every, now, begun=bool(draft.entries) or any(draft.summary.values()))
    if sheet is None or sheet.published is None:
        return position
    return replace(position, differs=not every or not says_same(content_from(every[0].content), draft))


def position_without(sheet: ResultsSheet | None, versions: Iterable[SheetVersion], now: datetime, *, begun: bool) -> Position:
    """The same where the draft was not read, so that `differs` is not known. versions: all; begun: something is written."""
    if sheet is None or sheet.published is None:
        return Position(Stand.DRAFT if begun else Stand.NOTHING)
    every = list(versions)
    shown = version_at(sheet, every, now)
    waits = [version.public_from for version in every if version.public_from > now]
    planned = min(waits, default=None) if is_public(sheet, now) else max([sheet.published, *waits])
    return Position(Stand.PUBLIC if shown else Stand.PLANNED if planned else Stand.DRAFT, shown, planned)


def lacks_of(draft: Content, asked: int, approved: int) -> list[Lack]:
    """asked: how many were asked to approve the sheet; approved: how many of them did."""
    lacks = []
    if draft.entries and not draft.key_entries:
        lacks.append(Lack.STARS)
    if draft.initiatives is None:
        lacks.append(Lack.INITIATIVES)
    if asked > approved:
        lacks.append(Lack.APPROVAL)
    return lacks
