"""How much one socket, one person and one address may ask for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits of `/live`. Sizes in bytes, times in seconds. Sockets are counted per web process."""

    frame: int = 65_536
    depth: int = 8
    hello_within: float = 10
    messages_per_second: float = 20
    burst: int = 40
    answer_within: float = 10
    topics: int = 50
    sockets_per_person: int = 5
    strangers_per_address: int = 200
    sockets: int = 10_000
    waiting_frames: int = 64
    waiting_bytes: int = 1 << 20
    held_frames: int = 1_000
    replayed_rows: int = 200
    last_words: float = 5


class Allowance:
    """A token bucket: `rate` a second on average, `burst` at once. Times are monotonic seconds."""

    def __init__(self, rate: float, burst: int, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._left = float(burst)
        self._seen = now

    def take(self, now: float) -> bool:
        """Whether one more is allowed now; counts it if so."""
        self._left = min(self._burst, self._left + (now - self._seen) * self._rate)
        self._seen = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
