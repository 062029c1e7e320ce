"""Figures tell of a whole and of nobody: somebody who knows the rule and all sums learns of no group of fewer than five."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from conference.results.report.figures import LEAST, groups_of, most_at_once, told

NOON = datetime(2021, 5, 4, 12, tzinfo=UTC)


def test_large_groups_are_told_and_small_ones_only_together() -> None:
    groups = groups_of({"NI": 12, "BB": 7, "SN": 3, "ST": 2, "TH": 1, "HB": 0})
    assert groups.exact == (("NI", 12), ("BB", 7))
    assert (groups.hidden, groups.together) == (3, 6)


def test_one_small_group_takes_others_along() -> None:
    """Else the sum of all less those that are told would be this one."""
    groups = groups_of({"NI": 12, "BB": 7, "SN": 3})
    assert groups.exact == (("NI", 12),)
    assert (groups.hidden, groups.together) == (2, 10)


def test_groups_that_would_all_be_one_are_not_told_together() -> None:
    assert groups_of(dict.fromkeys("abcdef", 1)).together is None
    assert groups_of({"a": 4, "b": 4}).together is None
    assert groups_of({"a": 3}).exact == ()


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_nobody_can_work_a_small_group_out(number: int) -> None:
    """All groups that there could be, looked at by somebody who knows their number and names, the sum where it is told, and this
    very rule: no small group has one possible size alone."""
    worlds: dict[object, list[tuple[int, ...]]] = defaultdict(list)
    for counts in product(range(1, 10), repeat=number):
        groups = groups_of({str(place): count for place, count in enumerate(counts)})
        total = sum(counts) if not groups.hidden or groups.together is not None else None
        worlds[(groups, total)].append(counts)
    for possible in worlds.values():
        for place in range(number):
            sizes = {counts[place] for counts in possible}
            assert len(sizes) > 1 or min(sizes) >= LEAST, possible


def test_a_count_by_itself() -> None:
    assert [told(count) for count in (0, 4, 5)] == [None, None, 5]


def test_the_most_at_once() -> None:
    def span(begins: int, ends: int) -> tuple[datetime, datetime]:
        return NOON + timedelta(minutes=begins), NOON + timedelta(minutes=ends)

    assert most_at_once([]) == 0
    assert most_at_once([span(0, 10), span(5, 15), span(10, 20)]) == 2
    assert most_at_once([span(0, 30), span(5, 15), span(14, 20)]) == 3
    assert most_at_once([span(10, 5), span(7, 7)]) == 0
