"""Who sends wrong checks too often. Constant size: a stranger's datagram makes no entry anywhere."""

from __future__ import annotations

import secrets
from typing import Any

from media.rtc.tcp import source_of

WRONG = 50  # wrong checks in a second after which a source is not listened to until the next one
_BUCKETS = 256


class Doubt:
    """Sources (an IPv4 address, a network of IPv6 ones) share a bucket by a hash that nobody outside can foresee."""

    def __init__(self) -> None:
        self._salt = secrets.token_bytes(8)
        self._wrong = [0] * _BUCKETS
        self._second = 0

    def excludes(self, address: Any, now: float) -> bool:
        """Whether this source has used up its second. address: as sockets give it; now: seconds of any steady clock."""
        if int(now) != self._second:
            self._second = int(now)
            self._wrong = [0] * _BUCKETS
        return self._wrong[self._bucket(address)] >= WRONG

    def count(self, address: Any) -> None:
        """A check from this source was wrong."""
        self._wrong[self._bucket(address)] += 1

    def _bucket(self, address: Any) -> int:
        return hash((self._salt, source_of(address[0]))) % _BUCKETS
