"""Conference time can be shifted; real and monotonic time cannot."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from conference.base.clock import FixedClock, SystemClock, to_real

START = datetime(2021, 5, 17, 10, tzinfo=UTC)
A_MOMENT = timedelta(seconds=5)


def test_the_machines_time() -> None:
    clock = SystemClock()
    assert abs(clock.now() - datetime.now(UTC)) < A_MOMENT
    assert abs(clock.real() - time.time()) < 5
    assert clock.monotonic() <= clock.monotonic()
    with pytest.raises(RuntimeError):
        clock.shift_to(START)


def test_processes_that_share_a_file_agree(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    one, other = SystemClock(file, refresh=0), SystemClock(file, refresh=0)
    assert abs(one.now() - datetime.now(UTC)) < A_MOMENT
    one.shift_to(START)
    assert abs(one.now() - START) < A_MOMENT
    assert abs(other.now() - START) < A_MOMENT
    assert abs(other.real() - time.time()) < 5
    other.shift_to(START + timedelta(days=1))
    assert abs(one.now() - START - timedelta(days=1)) < A_MOMENT
    file.unlink()
    assert abs(other.now() - datetime.now(UTC)) < A_MOMENT


def test_the_file_is_not_read_all_the_time(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    one, other = SystemClock(file, refresh=3600), SystemClock(file)
    one.now()
    other.shift_to(START)
    assert abs(one.now() - datetime.now(UTC)) < A_MOMENT


def test_a_shift_back_to_the_same_offset_is_seen_again(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    clock = SystemClock(file, refresh=0)
    clock.shift_to(START)
    clock.now()
    kept = file.rename(tmp_path / "kept")
    assert abs(clock.now() - datetime.now(UTC)) < A_MOMENT
    kept.rename(file)
    assert abs(clock.now() - START) < A_MOMENT


def test_a_fixed_clock_moves_when_told() -> None:
    clock = FixedClock(datetime(2021, 5, 17, 12, tzinfo=timezone(timedelta(hours=2))))
    assert (clock.now(), clock.real(), clock.monotonic()) == (START, START.timestamp(), 1000.0)
    clock.advance(minutes=1)
    assert (clock.now(), clock.real(), clock.monotonic()) == (START + timedelta(minutes=1), START.timestamp() + 60, 1060.0)
    clock.jump_to(START - timedelta(hours=1))
    assert (clock.now(), clock.real(), clock.monotonic()) == (START - timedelta(hours=1), START.timestamp() - 3600, 1060.0)


def test_conference_time_as_real_time(tmp_path: Path) -> None:
    clock = SystemClock(tmp_path / "clock.json", refresh=0)
    clock.shift_to(START)
    assert abs(to_real(clock, START + timedelta(minutes=15)) - time.time() - 900) < 5
