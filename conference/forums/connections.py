"""How the connections of a room are doing, for its moderators."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from typing import Any

from conference.base.clock import Clock
from conference.base.errors import Unavailable
from conference.forums import rules
from media.gateway import Direction, MediaError, MediaGateway, PeerHealth

FRESH = 2.0  # seconds; pages ask every three


class Connections:
    """One question to the node per room, however many moderators look."""

    def __init__(self, media: MediaGateway, clock: Clock) -> None:
        self._media = media
        self._clock = clock
        self._asked: dict[str, tuple[float, asyncio.Task[list[PeerHealth]]]] = {}

    async def of(self, session: str) -> list[PeerHealth]:
        """The room's connections as they were at most two seconds ago. Raises Unavailable."""
        now = self._clock.monotonic()
        self._asked = {name: asked for name, asked in self._asked.items() if now - asked[0] < FRESH}
        if session not in self._asked:
            self._asked[session] = now, asyncio.create_task(self._media.peers(session), name="room connections")
        asked = self._asked[session][1]
        await asyncio.wait([asked])  # not `await asked`: one page that goes must not take the others' answer along
        try:
            return asked.result()
        except MediaError as error:
            raise Unavailable("media", retry_after=2) from error


def told_of(peers: Iterable[PeerHealth], paused: Collection[str] = ()) -> list[dict[str, Any]]:
    """What a moderator's page is told: per seat its quality and the figures behind it. No name of a connection: who knows
    it could meddle with it. paused: seats from which a picture is held back."""
    by_seat: dict[str, list[PeerHealth]] = {}
    for peer in peers:
        by_seat.setdefault(peer.peer, []).append(peer)
    return [
        {"seat": seat, "quality": rules.quality_of(theirs, seat in paused), "connections": _figures(theirs)}
        for seat, theirs in by_seat.items()
    ]


def _figures(theirs: list[PeerHealth]) -> list[dict[str, Any]]:
    return [
        {
            "direction": each.direction.value,
            "transport": each.transport,
            "loss": each.loss,
            "round_trip": each.round_trip,
            "bitrate": each.bitrate,
            "budget": each.budget,
            "first_packet": each.first_packet,
            "first_frame": each.first_frame,
            "layers": list(each.layers.values()),
        }
        for each in sorted(theirs, key=lambda one: one.direction is Direction.RECEIVE)
    ]
