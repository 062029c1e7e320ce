"""A short version of the long run: what is said in a full room arrives once at everybody, also at who was away."""

from __future__ import annotations

import pytest

from tests.load.room_talk import measure, most_in, share_of, show
from tests.load.room_visitor import frame_at, masked
from tests.media.browsers.length import in_soak

# The long run holds 250 ms; a test that runs beside others on two cores can miss that without any fault.
PATIENT = 10.0


@in_soak
@pytest.mark.slow
def test_a_talking_room_loses_and_doubles_nothing() -> None:
    report = measure(sockets=40, per_second=20, seconds=5, p95=PATIENT)
    show(report)
    assert report.broken == []
    assert report.returned >= 5
    assert set(report.acts) == {"say", "ask", "vote", "ballot"}


def test_frames_are_cut_out_of_the_stream() -> None:
    for size in (0, 1, 125, 126, 65535, 65536):
        head = bytes([0x81, size]) if size < 126 else bytes([0x81, 126 if size < 65536 else 127])
        head += b"" if size < 126 else size.to_bytes(2 if size < 65536 else 8, "big")
        data = b"--" + head + bytes(size)
        assert frame_at(data, 2) == (1, 2 + len(head), len(data))
        assert frame_at(data[:-1], 2) is None
    assert masked(1, b"abc") == b"\x81\x83\0\0\0\0abc"


def test_the_report_counts_right() -> None:
    assert most_in([0.0, 0.1, 0.9, 1.0, 1.05, 3.0], 1.0) == 4
    assert [share_of([1.0, 2.0, 3.0, 4.0], share) for share in (0.5, 0.95)] == [3.0, 4.0]
    assert share_of([], 0.95) == 0.0
