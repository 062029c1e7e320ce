"""What an initiative learns of how often its film was played: never so little that it could be about somebody."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

LEAST = 5
"""Figures below this are not told exactly."""


@dataclass(frozen=True)
class Figure:
    """A count to be shown. exact None: fewer than LEAST."""

    exact: int | None


@dataclass(frozen=True)
class Share:
    """A share in whole per cent; under: it is less than this."""

    percent: int
    under: bool = False


@dataclass(frozen=True)
class Day:
    day: date
    plays: Figure
    ends: Figure
    share: Share | None


@dataclass(frozen=True)
class Numbers:
    """share: of the plays that came to the end; None where there are too few. days: the newest first."""

    plays: Figure
    ends: Figure
    share: Share | None
    days: tuple[Day, ...]

    def __bool__(self) -> bool:
        return bool(self.days)


def figure(count: int) -> Figure:
    return Figure(count if count >= LEAST else None)


def share_of(plays: int, ends: int) -> Share | None:
    """How many of the plays came to the end. Where those are too few to be told, only what they are less than."""
    if plays < LEAST:
        return None
    if ends < LEAST:
        return Share(min(100, math.ceil(LEAST * 100 / plays)), under=True)
    return Share(min(100, round(ends * 100 / plays)))


def numbers_of(rows: Iterable[tuple[date, int, int]]) -> Numbers:
    """rows: day, plays, ends. Days without a play are left out."""
    counted = sorted((row for row in rows if row[1]), reverse=True)
    plays, ends = sum(row[1] for row in counted), sum(row[2] for row in counted)
    days = tuple(Day(day, figure(some), figure(to_the_end), share_of(some, to_the_end)) for day, some, to_the_end in counted)
    return Numbers(figure(plays), figure(ends), share_of(plays, ends), days)
