"""One direction of a bad network, without a clock and without sockets: which packets arrive, and when."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Condition:
    """How bad it is. All shares are 0-1, all times seconds.

    loss: share of packets lost, each by itself. burst: share of packets lost in bursts of `burst_length` on average
    (Gilbert's model). delay: of every packet. jitter: up to so much more, order kept. reorder: share of packets that come
    `late` seconds later than they should, behind others. rate: bit/s that the line carries; what waits longer than
    `queue` for it is dropped. cut: nothing arrives.
    """

    loss: float = 0.0
    burst: float = 0.0
    burst_length: float = 4.0
    delay: float = 0.0
    jitter: float = 0.0
    reorder: float = 0.0
    late: float = 0.03
    rate: float | None = None
    queue: float = 0.25
    cut: bool = False


class Wire:
    """`condition` may be changed at any time; what is on its way arrives as it was decided."""

    def __init__(self, seed: int, condition: Condition | None = None) -> None:
        self.condition = condition or Condition()
        self._random = random.Random(seed)
        self._bursting = False
        self._free_at = 0.0
        self._last = 0.0

    def carry(self, size: int, now: float) -> float | None:
        """When a packet of `size` bytes that is sent now arrives; None: never."""
        condition = self.condition
        if condition.cut or self._lost(condition):
            return None
        arrival = now
        if condition.rate is not None:
            if self._free_at - now > condition.queue:
                return None
            self._free_at = arrival = max(now, self._free_at) + size * 8 / condition.rate
        arrival += condition.delay
        if condition.jitter:
            arrival += self._random.uniform(0.0, condition.jitter)
        if condition.reorder and self._random.random() < condition.reorder:
            return arrival + condition.late  # the only one that others may overtake
        self._last = arrival = max(arrival, self._last)
        return arrival

    def _lost(self, condition: Condition) -> bool:
        if condition.burst:
            leave = 1 / condition.burst_length
            enter = leave * condition.burst / (1 - condition.burst)
            self._bursting = self._random.random() >= leave if self._bursting else self._random.random() < enter
            if self._bursting:
                return True
        else:
            self._bursting = False
        return bool(condition.loss) and self._random.random() < condition.loss
