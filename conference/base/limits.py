"""Limits of rate, kept in this process: token buckets by name and key, in bounded memory."""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from dataclasses import dataclass

from conference.base.clock import Clock
from conference.base.errors import TooMany

MOST_BUCKETS = 20_000
PREFIXES = {4: 24, 6: 48}


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled: float


class Limits:
    """Each web process counts for itself: with n processes a limit is up to n times as high."""

    def __init__(self, clock: Clock, most: int = MOST_BUCKETS) -> None:
        self._clock = clock
        self._most = most
        self._buckets: OrderedDict[tuple[str, str], _Bucket] = OrderedDict()

    def check(self, name: str, key: str, *, per_minute: float, burst: int | None = None) -> None:
        """Take one token of `key` (an address, which is shortened first, or an id) in the bucket `name`.

        At most `burst` at once (per_minute, at least 1, unless told), then `per_minute`, evenly.
        Raises TooMany("rate", limit=name, retry_after=seconds).
        """
        size = float(burst or max(1, math.floor(per_minute)))
        rate = per_minute / 60
        now = self._clock.monotonic()
        place = (name, shorten(key))
        bucket = self._buckets.pop(place, None) or _Bucket(size, now)
        bucket.tokens = min(size, bucket.tokens + (now - bucket.filled) * rate)
        bucket.filled = now
        self._buckets[place] = bucket
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)  # the one that nobody asked about for the longest time
        if bucket.tokens < 1:
            raise TooMany("rate", limit=name, retry_after=math.ceil((1 - bucket.tokens) / rate))
        bucket.tokens -= 1


def shorten(address: str) -> str:
    """The network of an address: /24 (IPv4), /48 (IPv6), enough for limits and no longer a person. Others stay as they are."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return str(ipaddress.ip_network((int(parsed), PREFIXES[parsed.version]), strict=False))
