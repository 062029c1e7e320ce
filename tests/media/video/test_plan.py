"""What becomes of a film, by numbers alone."""

from __future__ import annotations

import struct
from dataclasses import replace
from fractions import Fraction

import pytest

from media.video.plan import Found, Plan, fitted, gaps, orientation, plan_of, quality, rate_of

PHONE = Found(
    kind="mov",
    width=1920,
    height=1080,
    aspect=Fraction(1),
    turns=0,
    mirrored=False,
    average=Fraction(30),
    quickest=Fraction(30),
    steady=True,
    begins=0.0,
    seconds=60.0,
    shown=60.0,
    transfer="sdr",
    wide=False,
    matrix="bt709",
    interlaced=False,
    picture=0,
    sound=1,
)


def names(plan: Plan) -> list[str]:
    return [name for name, _ in plan.filters]


@pytest.mark.parametrize(
    ("width", "height", "best", "saving"),
    [
        (3840, 2160, (1920, 1080), (640, 360)),
        (2160, 3840, (1080, 1920), (360, 640)),
        (1920, 1080, (1920, 1080), (640, 360)),
        (1280, 720, (1280, 720), (640, 360)),
        (1440, 1080, (1440, 1080), (480, 360)),
        (1080, 1080, (1080, 1080), (360, 360)),
        (2560, 1080, (1920, 810), (640, 270)),
        (641, 363, (640, 362), (634, 360)),
        (854, 480, (854, 480), (640, 358)),
    ],
)
def test_the_shape_of_the_source_is_kept_and_nothing_grows(
    width: int, height: int, best: tuple[int, int], saving: tuple[int, int]
) -> None:
    assert plan_of(replace(PHONE, width=width, height=height)).sizes == (best, saving)


def test_a_film_of_360p_has_one_rendition() -> None:
    plan = plan_of(replace(PHONE, width=640, height=360))
    assert plan.sizes == ((640, 360),)
    assert plan.saving == ()


def test_a_size_is_never_nothing() -> None:
    assert fitted(4000, 1, (640, 360)) == (640, 2)


def test_what_lies_is_turned_after_it_was_shrunk() -> None:
    plan = plan_of(replace(PHONE, width=3840, height=2160, turns=1))
    assert plan.sizes == ((1080, 1920), (360, 640))
    assert ("transpose", "clock") in plan.filters
    assert any(args.startswith("1920:1080:") for name, args in plan.filters if name == "scale")


def test_half_a_turn_and_a_mirror() -> None:
    assert names(plan_of(replace(PHONE, turns=2)))[-3:] == ["hflip", "vflip", "setsar"]
    assert ("transpose", "cclock") in plan_of(replace(PHONE, turns=3)).filters
    assert names(plan_of(replace(PHONE, mirrored=True)))[-2:] == ["hflip", "setsar"]


def test_pixels_become_square() -> None:
    assert plan_of(replace(PHONE, width=720, height=576, aspect=Fraction(64, 45))).sizes[0] == (1024, 576)
    assert plan_of(replace(PHONE, width=720, height=576, aspect=Fraction(64, 45), turns=1)).sizes[0] == (576, 1024)


@pytest.mark.parametrize(
    ("average", "quickest", "steady", "rate"),
    [
        ("30", "30", True, "30"),
        ("30000/1001", "30000/1001", True, "30000/1001"),
        ("24000/1001", "24000/1001", True, "24000/1001"),
        ("24", "24", True, "24"),
        ("25", "25", True, "25"),
        ("3002/100", "3002/100", True, "30"),
        ("50", "50", True, "25"),
        ("60000/1001", "60000/1001", True, "30000/1001"),
        ("120", "120", True, "30"),
        ("240", "240", True, "30"),
        ("15", "15", True, "15"),
        ("1/2", "1/2", True, "1"),
        ("12", "60", False, "30"),
        ("2950/100", "3050/100", False, "30"),
        ("10", "10", False, "10"),
    ],
)
def test_the_rate_is_constant_and_at_most_30(average: str, quickest: str, steady: bool, rate: str) -> None:
    assert rate_of(Fraction(average), Fraction(quickest), steady) == Fraction(rate)


def test_the_rate_is_measured() -> None:
    assert gaps([number / 25 for number in range(50)]) == (Fraction(25), Fraction(25), True)
    # WebM's milliseconds, out of order, one twice.
    average, quickest, steady = gaps([0.067, 0.0, 0.033, 0.1, 0.1])
    assert (float(average), float(quickest), steady) == (pytest.approx(30), pytest.approx(30.3, abs=0.3), True)
    average, quickest, steady = gaps([0, 0.1, 0.2, 0.3, 0.316, 0.333, 0.35, 0.366, 0.383, 0.4])
    assert (float(average), steady) == (pytest.approx(22.5), False)
    assert 58 < quickest < 63
    assert gaps([1.0]) == (Fraction(1), Fraction(1), True)


def test_colours_that_browsers_know_stay() -> None:
    for matrix in ("bt709", "smpte170m", "bt470bg"):
        plan = plan_of(replace(PHONE, matrix=matrix))
        assert plan.matrix == matrix
        assert any(f"in_color_matrix={matrix}:out_color_matrix={matrix}" in args for _, args in plan.filters)
        assert "lut3d" not in names(plan)


def test_colours_of_a_film_that_does_not_say() -> None:
    assert plan_of(replace(PHONE, matrix="")).matrix == "bt709"
    assert plan_of(replace(PHONE, matrix="", width=640, height=480)).matrix == "smpte170m"
    strange = plan_of(replace(PHONE, matrix="smpte240m", width=640, height=480))
    assert strange.matrix == "bt709"
    assert not any("in_color_matrix" in args for _, args in strange.filters)


@pytest.mark.parametrize(("transfer", "wide"), [("hlg", True), ("pq", True), ("hlg", False), ("sdr", True)])
def test_hdr_is_mapped_once_it_is_small(transfer: str, wide: bool) -> None:
    plan = plan_of(replace(PHONE, transfer=transfer, wide=wide, matrix="bt2020"))
    assert plan.matrix == "bt709"
    order = names(plan)
    assert order.index("scale") < order.index("lut3d") < order.index("setsar")


def test_a_camcorders_half_pictures_become_whole() -> None:
    assert names(plan_of(replace(PHONE, interlaced=True)))[0] == "bwdif"


def test_a_film_that_begins_late_begins_at_nought() -> None:
    assert ("setpts", "PTS-1.500000/TB") in plan_of(replace(PHONE, begins=1.5)).filters


@pytest.mark.parametrize(
    ("numbers", "turns", "mirrored"),
    [
        ((1, 0, 0, 1), 0, False),
        ((0, 1, -1, 0), 1, False),
        ((-1, 0, 0, -1), 2, False),
        ((0, -1, 1, 0), 3, False),
        ((-1, 0, 0, 1), 0, True),
        ((0, -1, -1, 0), 1, True),
        ((1, 0, 0, -1), 2, True),
        ((0, 1, 1, 0), 3, True),
    ],
)
def test_a_display_matrix_is_turns_and_a_mirror(numbers: tuple[int, ...], turns: int, mirrored: bool) -> None:
    a, b, c, d = (number << 16 for number in numbers)
    assert orientation(struct.pack("=9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)) == (turns, mirrored)


def test_a_matrix_that_is_none_turns_nothing() -> None:
    assert orientation(b"") == (0, False)
    assert orientation(bytes(36)) == (0, False)


def test_quality_by_size() -> None:
    assert quality(1920, 1080)[1] > quality(854, 480)[1] > quality(640, 360)[1]
    assert quality(1080, 1920) == quality(1920, 1080)
    assert quality(2, 2) == quality(640, 360)
