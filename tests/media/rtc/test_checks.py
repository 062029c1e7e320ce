"""A recorded connectivity check works from where it came from alone, and remembering them takes no more memory with time."""

from __future__ import annotations

import sys
from random import Random

from media.rtc.checks import REMEMBERED, Checks

HOME, ELSEWHERE = ("192.0.2.1", 40000), ("192.0.2.1", 40001)


def test_the_same_check_counts_again_from_the_same_place_only() -> None:
    checks, ids = Checks(), Random(1)
    known = [ids.randbytes(12) for _ in range(REMEMBERED)]
    assert all(checks.take(each, HOME) for each in known)
    assert all(checks.take(each, HOME) for each in known)
    assert not any(checks.take(each, ELSEWHERE) for each in known)
    assert checks.take(ids.randbytes(12), ELSEWHERE)


def test_the_oldest_is_forgotten_and_nothing_grows() -> None:
    checks, ids = Checks(), Random(2)
    first, second = ids.randbytes(12), ids.randbytes(12)
    before = sys.getsizeof(checks._seen)
    checks.take(first, HOME)
    checks.take(second, HOME)
    for _ in range(REMEMBERED - 1):
        checks.take(ids.randbytes(12), HOME)
    assert not checks.take(second, ELSEWHERE)
    assert checks.take(first, ELSEWHERE)
    assert sys.getsizeof(checks._seen) == before
