"""The bad network itself: shares, order, rate, and the same seed gives the same fate."""

from __future__ import annotations

import itertools

import pytest

from tests.media.rig.wire import Condition, Wire


def fates(condition: Condition, count: int = 20_000, seed: int = 7, gap: float = 0.001) -> list[float | None]:
    wire = Wire(seed, condition)
    return [wire.carry(1000, index * gap) for index in range(count)]


def test_a_good_wire_changes_nothing() -> None:
    assert fates(Condition(), 100) == [index * 0.001 for index in range(100)]


def test_the_same_seed_has_the_same_fate() -> None:
    condition = Condition(loss=0.1, burst=0.05, jitter=0.02, reorder=0.1)
    assert fates(condition) == fates(condition)
    assert fates(condition) != fates(condition, seed=8)


@pytest.mark.parametrize("loss", [0.02, 0.05, 0.1, 0.2])
def test_single_losses(loss: float) -> None:
    lost = [fate is None for fate in fates(Condition(loss=loss))]
    assert sum(lost) / len(lost) == pytest.approx(loss, rel=0.15)


def test_bursts_have_their_share_and_their_length() -> None:
    lost = [fate is None for fate in fates(Condition(burst=0.05, burst_length=4), 100_000)]
    lengths = [len(list(group)) for gone, group in itertools.groupby(lost) if gone]
    assert sum(lost) / len(lost) == pytest.approx(0.05, rel=0.15)
    assert sum(lengths) / len(lengths) == pytest.approx(4, rel=0.15)


def test_jitter_keeps_the_order_and_reordering_does_not() -> None:
    arrivals = [fate for fate in fates(Condition(delay=0.04, jitter=0.02)) if fate is not None]
    assert arrivals == sorted(arrivals)
    delays = [arrival - index * 0.001 for index, arrival in enumerate(arrivals)]
    assert 0.04 <= min(delays) < max(delays) <= 0.0601
    late = [fate for fate in fates(Condition(reorder=0.1, late=0.03)) if fate is not None]
    overtaken = sum(late[index] > late[index + 1] for index in range(len(late) - 1))
    assert overtaken / len(late) == pytest.approx(0.09, rel=0.2)  # a late one before another late one is not overtaken by it


def test_a_narrow_line_carries_its_rate_and_drops_what_waits_too_long() -> None:
    condition = Condition(rate=300_000, queue=0.25)
    offered = fates(condition, 2000)  # 8 Mbit/s for two seconds
    arrived = [arrival for arrival in offered if arrival is not None]
    assert len(arrived) * 8000 / 2.25 == pytest.approx(300_000, rel=0.1)
    assert max(arrival - index * 0.001 for index, arrival in enumerate(offered) if arrival is not None) < 0.25 + 0.03
    assert len([fate for fate in fates(condition, 30, gap=0.05) if fate is not None]) == 30  # 160 kbit/s: room enough


def test_a_cut_wire_and_the_one_after() -> None:
    wire = Wire(1, Condition(cut=True))
    assert wire.carry(100, 1.0) is None
    wire.condition = Condition()
    assert wire.carry(100, 2.0) == 2.0
