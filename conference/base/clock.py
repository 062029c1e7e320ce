"""The one place that asks the time.

Three times are told apart. *Conference time* (`now`) is what pages, windows and rules go by; a demo shifts it. *Real
time* (`real`) is Unix seconds of the machine: leases, signatures of the object store and grants to the media node use it.
*Monotonic time* measures how long something takes and never jumps.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """Conference time, aware, UTC."""
        ...

    def real(self) -> float:
        """Unix seconds of the machine."""
        ...

    def monotonic(self) -> float:
        """Seconds for measuring; survives jumps of the wall clock."""
        ...


def to_real(clock: Clock, instant: datetime) -> float:
    """The Unix second at which conference time will be `instant`, provided nobody shifts the clock meanwhile."""
    return clock.real() + (instant - clock.now()).total_seconds()


class SystemClock:
    """The machine's clock, in a demo shifted by the offset that stands in a file of the data folder.

    The file is looked at again at most every `refresh` seconds, so that all processes of a demo agree soon after the
    visitor chose another moment. Without a file (every real installation) the offset is zero and nothing is read.
    """

    def __init__(self, offset_file: Path | None = None, refresh: float = 0.2) -> None:
        self._file = offset_file
        self._refresh = refresh
        self._offset = timedelta()
        self._stamp: tuple[int, int] | None = None
        self._looked = float("-inf")

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset()

    def real(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    def offset(self) -> timedelta:
        if self._file is None:
            return self._offset
        looked = time.monotonic()
        if looked - self._looked >= self._refresh:
            self._looked = looked
            try:
                stat = self._file.stat()
                stamp = (stat.st_mtime_ns, stat.st_ino)
                if stamp != self._stamp:
                    self._offset = timedelta(seconds=json.loads(self._file.read_text())["offset_seconds"])
                    self._stamp = stamp
            except FileNotFoundError:
                self._offset = timedelta()
                self._stamp = None
        return self._offset

    def shift_to(self, instant: datetime) -> None:
        """Let conference time be `instant` from now on, for every process that shares the file (demo only)."""
        if self._file is None:
            raise RuntimeError("only a demo has a clock that can be shifted")
        offset = (instant - datetime.now(UTC)).total_seconds()
        fresh = self._file.with_suffix(".tmp")
        fresh.write_text(json.dumps({"offset_seconds": offset}))
        fresh.replace(self._file)
        self._looked = float("-inf")


class FixedClock:
    """A clock for tests: stands still until it is moved. Real and monotonic time move along with it."""

    def __init__(self, now: datetime) -> None:
        self._now = now.astimezone(UTC)
        self._real = now.timestamp()
        self._monotonic = 1000.0

    def now(self) -> datetime:
        return self._now

    def real(self) -> float:
        return self._real

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, **delta: float) -> None:
        """Let time pass, e.g. `advance(minutes=5)`."""
        step = timedelta(**delta)
        self._now += step
        self._real += step.total_seconds()
        self._monotonic += step.total_seconds()

    def jump_to(self, now: datetime) -> None:
        """Set the wall clock, forward or back, as a bad time server would: monotonic time does not notice."""
        self._real += (now - self._now).total_seconds()
        self._now = now.astimezone(UTC)
