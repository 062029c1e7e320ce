"""Renditions are written by several threads: what goes wrong in one ends all, and sound lies beside its pictures."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import av
import pytest

from media.video import Limits, prepare
from media.video.writing import MOST_WAITING, Line
from tests.media.video.fixtures import BT709, H264, ffmpeg


class Full:
    """A writer whose disk is full from its second picture on."""

    def __init__(self) -> None:
        self.shown: list[Any] = []

    def show(self, frame: Any | None) -> None:
        self.shown.append(frame)
        if len(self.shown) > 1:
            raise OSError(errno.ENOSPC, "no room")


def feed(line: Line, pictures: int) -> None:
    with line:
        for picture in range(pictures):
            line.show(picture)


def test_a_fault_of_a_line_ends_who_feeds_it() -> None:
    writer: Any = Full()
    line = Line(writer)
    with pytest.raises(OSError, match="no room"):
        feed(line, 100 * MOST_WAITING)
    assert not line.thread.is_alive()
    assert writer.shown == [0, 1]


def test_a_fault_at_the_very_end_is_heard_too() -> None:
    writer: Any = Full()
    with pytest.raises(OSError, match="no room"):
        feed(Line(writer), 1)
    assert writer.shown == [0, None]


def test_what_goes_wrong_outside_ends_the_line_and_stays_what_it_was() -> None:
    writer: Any = Full()
    with pytest.raises(ValueError, match="outside"), Line(writer) as line:
        raise ValueError("outside")
    assert not line.thread.is_alive()


async def test_sound_lies_beside_its_pictures_and_may_end_before_them(films: Path, tmp_path: Path) -> None:
    """Who plays from the net gets both at once; a film of which the sound breaks off is whole all the same."""
    source = films / "sound ends.mp4"
    noise = ("-f", "lavfi", "-i", "anoisesrc=d=5:c=pink:a=0.2:r=44100", "-c:a", "aac")
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=640x480:r=30:d=8", *noise, *BT709, *H264, str(source))
    made = await prepare(source, tmp_path, Limits(), lambda *_: None)
    assert made.sound
    assert made.seconds == pytest.approx(8, abs=0.1)
    for rendition in made.renditions:
        with av.open(str(rendition.path)) as film:
            order = sorted(
                (packet.pos, packet.stream.type, float(packet.dts * packet.time_base))
                for packet in film.demux()
                if packet.pos is not None and packet.dts is not None
            )
        times = {"video": 0.0, "audio": 0.0}
        for _, kind, time in order:
            times[kind] = time
            assert kind == "video" or abs(times["audio"] - times["video"]) < 0.5
        assert times["video"] > 7.8
        assert times["audio"] == pytest.approx(5, abs=0.2)
