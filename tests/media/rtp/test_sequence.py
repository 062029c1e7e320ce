from hypothesis import example, given
from hypothesis import strategies as st

from media.rtp.sequence import extend, lost_between


@given(st.integers(-(1 << 40), 1 << 40), st.integers(-0x7FFF, 0x8000))
def test_extending_finds_the_nearest_number(reference: int, distance: int) -> None:
    assert extend(reference, (reference + distance) & 0xFFFF) == reference + distance


@given(st.integers(0, 1 << 60), st.integers(-0x3FFF, 0x4000))
def test_other_widths(reference: int, distance: int) -> None:
    assert extend(reference, (reference + distance) & 0x7FFF, bits=15) == reference + distance


@given(st.integers(-(1 << 50), 1 << 50), st.integers(-0x7FFFFFFF, 0x80000000))
@example(0xFFFFFFFF, 1)
@example(1 << 32, -1)
def test_timestamps(reference: int, distance: int) -> None:
    assert extend(reference, (reference + distance) & 0xFFFFFFFF, bits=32) == reference + distance


@given(st.integers(0, 0xFFFF), st.lists(st.integers(-100, 100), max_size=200))
def test_a_walk_over_the_wrap_keeps_its_distance(start: int, steps: list[int]) -> None:
    true = extended = start
    for step in steps:
        true += step
        extended = extend(extended, true & 0xFFFF)
        assert extended == true


def test_lost_numbers() -> None:
    assert list(lost_between(65534, 65538)) == [65535, 65536, 65537]
    assert not lost_between(5, 6)
    assert not lost_between(5, 3)
