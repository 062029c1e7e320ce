"""Which layers a receiver gets, out of what it can take: pure decisions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.gateway import Source, Tile
from media.sfu.allocation import NOTHING, Steps, Wish, allocate, largest_useful, readable

THREE = (150_000.0, 500_000.0, 1_500_000.0)


@pytest.mark.parametrize(
    ("height", "layer"),
    [(None, 1), (0, NOTHING), (90, 0), (180, 0), (225, 0), (240, 1), (360, 1), (450, 1), (480, 2), (720, 2), (2160, 2)],
)
def test_the_size_of_a_tile_decides_what_is_worth_having(height: int | None, layer: int) -> None:
    tile = None if height is None else Tile("a", Source.CAMERA, height * 16 // 9, height)
    assert largest_useful((180, 360, 720), tile) == layer


def test_a_tile_without_width_is_hidden() -> None:
    assert largest_useful((180,), Tile("a", Source.CAMERA, 0, 100)) == NOTHING


@pytest.mark.parametrize(
    ("budget", "layers"),
    [
        (100_000, [NOTHING, NOTHING, NOTHING]),
        (200_000, [0, NOTHING, NOTHING]),
        (450_000, [0, 0, 0]),
        (800_000, [1, 0, 0]),
        (1_800_000, [2, 0, 0]),
        (2_150_000, [2, 1, 0]),
        (9_000_000, [2, 2, 1]),
    ],
)
def test_everybody_first_then_the_first_ones_more(budget: float, layers: list[int]) -> None:
    assert allocate([Wish(THREE, 2), Wish(THREE, 2), Wish(THREE, 1)], budget) == layers


def test_hidden_ones_cost_nothing_and_a_dear_one_does_not_stop_a_cheap_one() -> None:
    assert allocate([Wish((1e6,), 0), Wish(THREE, NOTHING), Wish(THREE, 0)], 300_000) == [NOTHING, NOTHING, 0]


@pytest.mark.parametrize(
    ("budget", "layers"),
    [
        (0, [NOTHING, 0, NOTHING]),  # never nothing
        (400_000, [0, 0, NOTHING]),
        (499_000, [0, 0, 0]),
        (500_000, [NOTHING, 1, NOTHING]),  # readable before anybody else is seen
        (800_000, [0, 1, 0]),
        (1_150_000, [1, 1, 0]),
    ],
)
def test_signing_is_kept_before_all_others(budget: float, layers: list[int]) -> None:
    assert allocate([Wish(THREE, 2), Wish(THREE, 1, kept=1), Wish(THREE, 1)], budget) == layers


def test_a_hidden_interpreter_costs_nothing() -> None:
    assert allocate([Wish(THREE, NOTHING, kept=1)], 1e9) == [NOTHING]


@pytest.mark.parametrize(("heights", "layer"), [((180, 360, 720), 1), ((120, 160, 240), 2), ((90, 180), 1), ((720,), 0)])
def test_signing_can_be_read_from_240_lines_on(heights: tuple[int, ...], layer: int) -> None:
    assert readable(heights) == layer


@given(
    st.lists(st.tuples(st.lists(st.floats(0, 3e6), min_size=1, max_size=3), st.integers(-1, 2)), max_size=8),
    st.floats(0, 1e7),
)
def test_an_allocation_is_never_dearer_than_the_budget(given: list[tuple[list[float], int]], budget: float) -> None:
    wishes = [Wish(sorted(costs), min(most, len(costs) - 1)) for costs, most in given]
    layers = allocate(wishes, budget)
    assert all(NOTHING <= layer <= wish.most for wish, layer in zip(wishes, layers, strict=True))
    cost = sum(wish.costs[layer] for wish, layer in zip(wishes, layers, strict=True) if layer > NOTHING)
    assert cost <= budget + 1


def test_down_at_once_and_up_after_a_while() -> None:
    steps = Steps()
    assert steps.taken(2, 1, 2, now=100.0) == 1
    assert steps.taken(1, 2, 2, now=100.5) == 1
    assert steps.taken(1, 1, 2, now=102.0) == 1
    assert steps.taken(1, 0, 2, now=102.5) == 0
    assert steps.taken(0, 2, 2, now=106.4) == 0
    assert steps.taken(0, 2, 2, now=106.6) == 2


def test_who_steps_down_again_soon_waits_twice_as_long() -> None:
    steps, now, waits = Steps(), 0.0, []
    for _ in range(6):
        assert steps.taken(1, 0, 1, now) == 0
        lowered = now
        while steps.taken(0, 1, 1, now) == 0:
            now += 0.5
        waits.append(now - lowered)
        now += 1.0
    assert waits == [4.0, 8.0, 16.0, 32.0, 32.0, 32.0]


def test_a_tile_that_shrinks_is_hidden_and_grows_waits_for_nothing() -> None:
    steps = Steps()
    assert steps.taken(2, 0, 0, now=1.0) == 0
    assert steps.taken(0, 2, 2, now=1.1) == 2
    assert steps.taken(2, NOTHING, NOTHING, now=1.2) == NOTHING
    assert steps.taken(NOTHING, 1, 2, now=1.3) == 1


def test_a_picture_is_paused_when_there_is_too_little_for_a_while_and_comes_back_later() -> None:
    steps = Steps()
    assert steps.taken(1, NOTHING, 2, now=10.0) == 0
    assert steps.taken(0, NOTHING, 2, now=11.0) == 0
    assert steps.taken(0, 0, 2, now=11.5) == 0
    assert steps.taken(0, NOTHING, 2, now=12.0) == 0
    assert steps.taken(0, NOTHING, 2, now=13.9) == 0
    assert steps.taken(0, NOTHING, 2, now=14.0) == NOTHING
    assert steps.taken(NOTHING, 0, 2, now=17.9) == NOTHING
    assert steps.taken(NOTHING, 0, 2, now=18.0) == 0
