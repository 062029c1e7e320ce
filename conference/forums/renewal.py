"""Keeps what the media node was told of each seat equal to what the rules say now: roles, tokens and times change behind an
open room's back (a table of people read in again, a revoked token, a moved end)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from conference.forums.grants import grant_for, regrant
from conference.forums.store import Room, Seated
from conference.web.services import Services
from media.gateway import Grant

CLOSE = 1.0  # seconds: an end that was computed again is never exactly the same


class GrantRenewal:
    """For one web process. Never waits for the node: one that stands still must not keep the other rooms from being told."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._told: dict[str, dict[str, Grant]] = {}  # session -> seat
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def look(self, room: Room, sending: Iterable[Seated]) -> None:
        """Compare, and tell the node what is new, or what it knows from another process. sending: seats with connections;
        all others bring a fresh grant along when they make one."""
        session = room.session.id
        if session in self._tasks:
            return  # the room is looked at again soon
        seats = {seated.seat.id: seated for seated in sending}
        wanted = {seat: grant_for(seated, room, self._services.clock) for seat, seated in seats.items()}
        told = {seat: grant for seat, grant in self._told.get(session, {}).items() if seat in seats}
        self._told[session] = told
        news = [seat for seat, grant in wanted.items() if not _same(told.get(seat), grant)]
        if news:
            task = asyncio.create_task(self._tell(room, [seats[seat] for seat in news]), name=f"grants of {session}")
            self._tasks[session] = task
            task.add_done_callback(lambda _: self._tasks.pop(session, None))

    def forget(self, session: str) -> None:
        self._told.pop(session, None)

    async def stop(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _tell(self, room: Room, seats: list[Seated]) -> None:
        grants = {seated.seat.id: grant_for(seated, room, self._services.clock) for seated in seats}
        await regrant(self._services.media, self._services.clock, room, seats)
        self._told.setdefault(room.session.id, {}).update(grants)


def _same(told: Grant | None, grant: Grant) -> bool:
    if told is None:
        return False
    same = told.sources == grant.sources and told.priority == grant.priority
    return same and abs(told.not_after - grant.not_after) <= CLOSE
