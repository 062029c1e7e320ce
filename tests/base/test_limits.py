"""Limits of rate: by networks, by ids, in bounded memory, on a clock that does not jump."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from conference.base.clock import FixedClock
from conference.base.errors import TooMany
from conference.base.limits import Limits, shorten


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2021, 5, 17, tzinfo=UTC))


def passed(limits: Limits, key: str, tries: int, per_minute: float = 10, burst: int | None = None) -> int:
    count = 0
    for _ in range(tries):
        try:
            limits.check("sign-in", key, per_minute=per_minute, burst=burst)
            count += 1
        except TooMany:
            pass
    return count


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("fe80::1%eth0", "fe80::/48"),
        ("a-person's-id", "a-person's-id"),
        ("", ""),
        ("192.0.2", "192.0.2"),
    ],
)
def test_addresses_are_shortened(address: str, network: str) -> None:
    assert shorten(address) == network


def test_so_many_at_once_then_so_many_a_minute(clock: FixedClock) -> None:
    limits = Limits(clock)
    assert passed(limits, "192.0.2.1", 25) == 10
    with pytest.raises(TooMany) as refused:
        limits.check("sign-in", "192.0.2.99", per_minute=10)
    assert (refused.value.code, refused.value.facts) == ("rate", {"limit": "sign-in", "retry_after": 6})
    clock.advance(seconds=6)
    assert passed(limits, "192.0.2.1", 5) == 1
    clock.advance(hours=1)
    assert passed(limits, "192.0.2.1", 25) == 10
    assert passed(limits, "198.51.100.1", 25, burst=3) == 3
    assert passed(limits, "a", 3, per_minute=0.5) == 1


def test_names_do_not_share(clock: FixedClock) -> None:
    limits = Limits(clock)
    limits.check("a", "key", per_minute=1)
    limits.check("b", "key", per_minute=1)
    with pytest.raises(TooMany):
        limits.check("a", "key", per_minute=1)


def test_the_wall_clock_does_not_matter(clock: FixedClock) -> None:
    limits = Limits(clock)
    assert passed(limits, "a", 10) == 10
    clock.jump_to(datetime(2031, 5, 17, tzinfo=UTC))
    assert passed(limits, "a", 1) == 0


def test_memory_is_bounded(clock: FixedClock) -> None:
    limits = Limits(clock, most=100)
    for number in range(1000):
        limits.check("a", f"key {number}", per_minute=1)
        passed(limits, "busy", 1, per_minute=1)
    assert len(limits._buckets) == 100
    assert passed(limits, "busy", 1, per_minute=1) == 0
