"""How loud a publisher is (RFC 6464 levels), who speaks, and the order of voices when audio slots are short."""

from __future__ import annotations

import math
from typing import Protocol, TypeVar

ATTACK, RELEASE = 0.05, 0.4  # seconds: a syllable counts at once, a breath does not end a sentence
STARTS, ENDS = 85.0, 77.0  # dB above the floor of -127 dBov
LINGER = 0.5  # a speaker stays one for this long after the level fell
HOLD, MARGIN = 0.3, 3.0  # a voice keeps its place for 300 ms and against anyone less than 3 dB louder


class Voice:
    """Smoothed loudness of one audio track: 0 is silence, 127 the loudest possible."""

    __slots__ = ("_heard", "_loud", "loudness", "moved", "speaking")

    def __init__(self, now: float) -> None:
        self.loudness = 0.0
        self.speaking = False
        self.moved = -math.inf
        self._heard = now
        self._loud = now

    def hear(self, level: int, now: float) -> None:
        """Take in the level of one packet (0 loudest, 127 silence)."""
        value = 127 - level
        elapsed = min(max(now - self._heard, 0.01), 0.5)
        self._heard = now
        pace = ATTACK if value > self.loudness else RELEASE
        self.loudness += (value - self.loudness) * (1 - math.exp(-elapsed / pace))

    def settle(self, now: float) -> bool:
        """Fade when packets stopped and decide whether this is a speaker. True when that changed."""
        if now - self._heard > 0.2:
            self.hear(127, now)
        if self.loudness >= ENDS:
            self._loud = now
        before = self.speaking
        if self.loudness >= STARTS:
            self.speaking = True
        elif now - self._loud > LINGER:
            self.speaking = False
        return self.speaking != before


class Voiced(Protocol):
    @property
    def voice(self) -> Voice: ...


Track = TypeVar("Track", bound=Voiced)


def settle_order(order: list[Track], now: float) -> bool:
    """Let louder voices climb, in place. One pass from the back: somebody loud reaches the front in one go.

    A voice that has just climbed holds its place for HOLD seconds, though murmur never against speech, and a difference
    below MARGIN moves nobody.
    True when the order changed.
    """
    changed = False
    for index in range(len(order) - 1, 0, -1):
        ahead, behind = order[index - 1].voice, order[index].voice
        held = now - ahead.moved < HOLD and (ahead.speaking or not behind.speaking)
        if behind.loudness > ahead.loudness + MARGIN and not held:
            order[index - 1], order[index] = order[index], order[index - 1]
            behind.moved = now
            changed = True
    return changed
