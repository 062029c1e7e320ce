from hypothesis import example, given
from hypothesis import strategies as st

from media.rtp.ntp import EPOCH, from_ntp, middle, to_ntp
from media.rtp.rtcp import ReportBlock, round_trip

WRAP = (1 << 32) - EPOCH  # Unix seconds at which the number starts again, in February 2036


@given(st.floats(0, 2 * WRAP))
@example(0.0)
@example(WRAP - 0.5)
@example(float(WRAP))
def test_seconds_come_back(seconds: float) -> None:
    assert abs(from_ntp(to_ntp(seconds)) - seconds) < 1e-5


def test_known_moments() -> None:
    assert to_ntp(0) == EPOCH << 32
    assert to_ntp(0.5) & 0xFFFFFFFF == 1 << 31
    assert to_ntp(WRAP) == 0
    assert middle(0x1122334455667788) == 0x33445566


@given(st.floats(0, 2 * WRAP), st.floats(0, 20), st.floats(0, 5))
def test_a_round_trip_is_what_is_left_of_the_delay(sent: float, away: float, delay: float) -> None:
    block = ReportBlock(1, 0, 0, 0, 0, middle(to_ntp(sent)) or 1, round(delay * 65536))
    found = round_trip(block, middle(to_ntp(sent + delay + away)))
    assert found is not None
    assert abs(found - away) < 0.001


def test_no_round_trip_out_of_nothing_or_nonsense() -> None:
    def reported(last_sr: int, delay: int, now: int) -> float | None:
        return round_trip(ReportBlock(1, 0, 0, 0, 0, last_sr, delay), now)

    assert reported(0, 0, 65536) is None  # no report seen yet
    assert reported(65536, 70, 65536 + 65) == 0.0  # five units of rounding
    assert reported(65536, 1 << 20, 1 << 17) is None  # held longer than the time that has passed
    assert reported(1, 0, 31 << 16) is None  # half a minute
    assert reported(0xFFFFFFFF, 0, 65535) == 1.0
