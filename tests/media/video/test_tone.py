"""The table that takes HDR colours to ordinary screens, by the reference levels of ITU-R BT.2408."""

from __future__ import annotations

import pytest

from media.video import tone


def shown(transfer: str, *signal: float) -> tuple[float, float, float]:
    """The BT.709 signal of an HDR signal, by way of the table's own functions."""
    red, green, blue = (tone._light(transfer, one) for one in signal)
    return tone.mapped(transfer, (red, green, blue))


@pytest.mark.parametrize(("transfer", "white", "card"), [("hlg", 0.75, 0.38), ("pq", 0.58, 0.38)])
def test_white_and_grey_are_what_they_are_in_an_ordinary_film(transfer: str, white: float, card: float) -> None:
    bright, dull = shown(transfer, white, white, white), shown(transfer, card, card, card)
    assert bright == pytest.approx((0.94,) * 3, abs=0.02)
    assert dull == pytest.approx((0.42,) * 3, abs=0.03)
    assert shown(transfer, 0, 0, 0) == pytest.approx((0, 0, 0), abs=0.001)


@pytest.mark.parametrize("transfer", ["hlg", "pq", "sdr"])
def test_lighter_stays_lighter_and_nothing_leaves_the_screen(transfer: str) -> None:
    greys = [shown(transfer, step / 64, step / 64, step / 64)[0] for step in range(65)]
    assert greys == sorted(greys)
    assert greys[-1] == pytest.approx(1.0, abs=0.001)
    for colour in ((1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (0.3, 1, 0.2)):
        assert all(0 <= part <= 1.0001 for part in shown(transfer, *colour))


def test_an_ordinary_wide_film_keeps_its_greys() -> None:
    assert shown("sdr", 0.5, 0.5, 0.5) == pytest.approx((0.5,) * 3, abs=0.001)


def test_red_runs_fastest() -> None:
    lines = tone.cube("sdr", 3).splitlines()
    assert lines[0] == "LUT_3D_SIZE 3"
    assert len(lines) == 1 + 27
    assert [float(part) for part in lines[3].split()] == pytest.approx([1, 0, 0], abs=0.001)
    assert [float(part) for part in lines[-1].split()] == pytest.approx([1, 1, 1], abs=0.001)
