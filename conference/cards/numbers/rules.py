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
class Span:
    """The days from first to last, both of them with plays."""

    first: date
    last: date
    plays: Figure


@dataclass(frozen=True)
class Numbers:
    """Of all spans whose plays are told. share: of the plays that came to the end; None where there are too few. spans: the
    newest first."""

    plays: Figure
    ends: Figure
    share: Share | None
    spans: tuple[Span, ...]

    def __bool__(self) -> bool:
        return bool(self.spans)


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
    """rows: day, plays, ends. Days without a play are left out.

    Days with few plays are put together until there are enough, and the newest few count nowhere until there are: a sum of
    everything would tell what a day hides. How many came to the end is told of all spans together only.
    """
    spans: list[Span] = []
    together: list[tuple[date, int, int]] = []
    plays = ends = 0
    for row in sorted(row for row in rows if row[1]):
        together.append(row)
        some = sum(each[1] for each in together)
        if some < LEAST:
            continue
        spans.append(Span(together[0][0], row[0], figure(some)))
        plays, ends = plays + some, ends + sum(each[2] for each in together)
        together = []
    if together:
        spans.append(Span(together[0][0], together[-1][0], Figure(None)))
    return Numbers(figure(plays), figure(ends), share_of(plays, ends), tuple(reversed(spans)))
