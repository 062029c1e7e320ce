"""Browsers whose rights have shrunk while a room was open in them: of organisers who have not shown the second factor that their
conference asks for now, and of those who look at the pages as somebody else. They leave their rooms and calls."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import cast

from sqlmodel import select

from conference.access.model import Conference
from conference.doors.gate import ConferenceGate, SocketViewer, came_with
from conference.forums.rooms import RoomKeeper
from conference.live.audience import LiveSocket
from conference.people.actions import real_now
from conference.people.store import unverified_browsers
from conference.program.model import Session

AGAIN = {"type": "restart", "within": 5}  # the page comes back, and reads why it may not enter


async def put_out_unverified(rooms: RoomKeeper, gate: ConferenceGate, conference_id: str) -> None:
    """After roles, factors or the demand for one have changed. Costs little where none is asked for."""
    services = rooms.services
    async with services.db.read() as reading:
        conference = await reading.get(Conference, conference_id)
        if conference is None or conference.second_factor is None:
            return
        found = await unverified_browsers(reading, conference_id, real_now(services.clock))
        sessions = list(await reading.exec(select(Session.id).where(Session.conference_id == conference_id)))
    for browser, people in found.items():
        await services.live.recheck(gate, partial(_is_of, browser))
        _put_out(rooms, browser, people, sessions)


def put_out_restricted(rooms: RoomKeeper, browser: str) -> None:
    """After the sockets of this browser (the digest of its cookie) were checked again."""
    concerned = _restricted(rooms, browser)
    people = {socket.viewer.person_id for socket in concerned if socket.viewer.person_id is not None}
    _put_out(rooms, browser, people, [place[0] for socket in concerned if (place := rooms.place(socket)) is not None])


def _put_out(rooms: RoomKeeper, browser: str, people: Collection[str], sessions: Collection[str]) -> None:
    """End what these people have in these rooms by this browser."""
    for person in people:
        rooms.ending.device(person, browser, sessions)
    for socket in _restricted(rooms, browser):
        if rooms.place(socket) is not None:
            socket.close(1012, AGAIN)


def _is_of(browser: str, socket: LiveSocket) -> bool:
    return came_with(socket.viewer, browser)


def _restricted(rooms: RoomKeeper, browser: str) -> list[LiveSocket]:
    """Open sockets of the browser that have lost rights as it is."""
    theirs = [socket for socket in rooms.services.live.audience.sockets if _is_of(browser, socket)]
    viewers = [cast(SocketViewer, socket.viewer).visit.viewer for socket in theirs]
    return [socket for socket, viewer in zip(theirs, viewers, strict=True) if viewer.unverified or viewer.looks_as is not None]
