"""The bus: small signals between the processes of an installation. Fire and forget: the database is what is true.

A lost signal costs at most half a second (the hub looks by itself) or one passing fact; so nothing here waits or is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import NamedTuple, Protocol

WAKE = "outbox"
PASSING = "passing"
CATCH_UP = "catch-up"
LARGEST = 1 << 20
WAITING = 1000


class Heard(NamedTuple):
    """A signal. With the channel CATCH_UP it says: signals may have been missed here, look for yourself."""

    channel: str
    data: bytes


class Bus(Protocol):
    def publish(self, channel: str, data: bytes) -> None:
        """Send to every subscriber of `channel`, in this process at once and in the others soon. Never blocks or raises."""
        ...

    def subscribe(self, *channels: str) -> AsyncIterator[Heard]:
        """Everything published on `channels` from now on (not from the first step of the loop on)."""
        ...

    async def aclose(self) -> None:
        """End all subscriptions and the connection."""
        ...


class Subscription:
    """One listener's queue. When it is not emptied in time, its contents shrink to one CATCH_UP."""

    def __init__(self, channels: frozenset[str]) -> None:
        self.channels = channels
        self._queue: asyncio.Queue[Heard | None] = asyncio.Queue()

    def put(self, heard: Heard) -> None:
        if self._queue.qsize() >= WAITING:
            while not self._queue.empty():
                self._queue.get_nowait()
            heard = Heard(CATCH_UP, b"")
        self._queue.put_nowait(heard)

    def end(self) -> None:
        self._queue.put_nowait(None)

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> Heard:
        heard = await self._queue.get()
        if heard is None:
            raise StopAsyncIteration
        return heard


class MemoryBus:
    """A bus within one process; the other buses add a wire to it."""

    def __init__(self) -> None:
        self._subscriptions: list[Subscription] = []
        self._closed = False

    def publish(self, channel: str, data: bytes) -> None:
        self._hear(Heard(channel, data))

    def subscribe(self, *channels: str) -> AsyncIterator[Heard]:
        subscription = Subscription(frozenset(channels))
        self._subscriptions.append(subscription)
        if self._closed:
            subscription.end()
        return subscription

    async def aclose(self) -> None:
        self._closed = True
        for subscription in self._subscriptions:
            subscription.end()

    def _hear(self, heard: Heard) -> None:
        for subscription in self._subscriptions:
            if heard.channel in subscription.channels or heard.channel == CATCH_UP:
                subscription.put(heard)


def pack(channel: str, data: bytes) -> bytes:
    """Channel and data as one piece for a wire."""
    return channel.encode() + b"\0" + data


def unpack(packed: bytes) -> Heard | None:
    """The signal in `packed`, None when it is none."""
    channel, found, data = packed.partition(b"\0")
    if not found or not channel.isascii():
        return None
    return Heard(channel.decode(), data)


def open_bus(url: str) -> Bus:
    """The bus at `unix:PATH`, `redis://...`, `rediss://...` or `memory:`. It connects by itself, as soon as it is used."""
    scheme, _, rest = url.partition(":")
    if scheme == "unix":
        from conference.live.unix_bus import UnixBus

        return UnixBus(rest)
    if scheme in ("redis", "rediss"):
        from conference.live.redis_bus import RedisBus

        return RedisBus(url)
    if scheme == "memory":
        return MemoryBus()
    raise ValueError(f"no bus for {scheme}:")
