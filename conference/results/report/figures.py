"""Figures that tell of a whole and of nobody: what may be told exactly, what only together, what not at all. Pure.

A group of fewer than LEAST is never told, nor can it be worked out from the others and their sum: groups are hidden until those
that are could have been different ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

LEAST = 5


@dataclass(frozen=True)
class Groups:
    """exact: groups that are told, largest first; hidden: how many are not; together: the sum of those, None when even that would
    tell (then no sum of all may be told beside the groups)."""

    exact: tuple[tuple[str, int], ...]
    hidden: int = 0
    together: int | None = None


def groups_of(counts: Mapping[str, int]) -> Groups:
    """What may be told of these groups, whose sum may be known. Empty ones are none.

    Of groups of the same size all are told or none, since which one was hidden beside a small one would tell.
    """
    ordered = sorted(((name, count) for name, count in counts.items() if count > 0), key=lambda group: (-group[1], group[0]))
    hidden: list[int] = []
    while ordered and (ordered[-1][1] < LEAST or (hidden and (not _is_ambiguous(hidden) or ordered[-1][1] == hidden[-1]))):
        hidden.append(ordered.pop()[1])
    return Groups(tuple(ordered), len(hidden), sum(hidden) if hidden and _is_ambiguous(hidden) else None)


def _is_ambiguous(hidden: list[int]) -> bool:
    """Whether the sum of these tells of none of them, to somebody who knows how many there are and by what rule they are hidden:
    at least two, at least LEAST in sum, and neither all as small nor all as large as small ones can be."""
    small = [count for count in hidden if count < LEAST]
    if len(hidden) < 2 or sum(hidden) < LEAST or sum(hidden) == len(hidden):
        return False
    return len(small) < len(hidden) or sum(hidden) < (LEAST - 1) * len(hidden)


def told(count: int) -> int | None:
    """A count by itself; None: fewer than LEAST."""
    return count if count >= LEAST else None


def most_at_once(spans: Iterable[tuple[datetime, datetime]]) -> int:
    """How many of these spans (from, to) overlap at the most. Who leaves when another comes is not there with them."""
    lasting = [(begins, ends) for begins, ends in spans if begins < ends]
    steps = sorted([(ends, -1) for _, ends in lasting] + [(begins, 1) for begins, _ in lasting])
    most = now = 0
    for _, step in steps:
        now += step
        most = max(most, now)
    return most
