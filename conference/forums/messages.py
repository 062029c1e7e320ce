"""Handlers of the room's messages on `/live`. Who sends is known from the socket; ids in a message only name others.

PROTOCOL.md describes each message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, cast

from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.clock import to_real
from conference.base.errors import NotAllowed
from conference.doors.gate import ConferenceGate, SocketViewer
from conference.forums import actions, actions_floor, rules, store, view
from conference.forums.connections import told_of
from conference.forums.ice import ice_servers
from conference.forums.lookout import read_view
from conference.forums.messages_moderation import moderation_of
from conference.forums.naming import place_of, text_of
from conference.forums.presence import LINES, Showing
from conference.forums.rooms import RoomKeeper
from conference.forums.store import Room, Seated
from conference.live.audience import LiveSocket
from conference.live.socket import Handler, Message
from conference.people.model import Person


def handlers_of(rooms: RoomKeeper, gate: ConferenceGate) -> dict[str, Handler]:
    """Message type -> handler, for the live endpoint. Each asks its row of the doors' table first."""
    messages = _Messages(rooms)
    named: dict[str, Handler] = {
        "room.enter": messages.enter,
        "room.leave": messages.leave,
        "room.state": messages.state,
        "room.view": messages.look,
        "room.health": messages.health,
        "room.unmute": messages.unmute,
        "hand.raise": messages.raise_hand,
        "hand.lower": messages.lower_hand,
        "hand.lower_all": messages.lower_all,
        "hand.move": messages.move_hand,
        "hand.return": messages.return_to_queue,
        "floor.set": messages.set_floor,
        "floor.give": messages.give_floor,
        "floor.take": messages.take_floor,
        "room.mute": messages.mute,
        **moderation_of(rooms),
    }
    return gate.guarded(named)


async def snapshot(rooms: RoomKeeper, topic: str) -> Sequence[Mapping[str, Any]]:
    """The state of the topic `session:{id}`: the floor, and how many are here. People are told only to who has entered."""
    session_id = topic.partition(":")[2]
    async with rooms.services.db.read() as session:
        room = await store.room_of(session, session_id)
        seats = await store.seated_in(session, session_id)
    facts = rooms.presence.facts(session_id, rooms.services.clock.monotonic())
    return [{"kind": "room", "here": view.here_in(seats, facts), **view.floor_of(room)}]


class _Messages:
    def __init__(self, rooms: RoomKeeper) -> None:
        self._rooms = rooms
        self._services = rooms.services

    async def enter(self, socket: LiveSocket, message: Message) -> Mapping[str, Any]:
        session_id = text_of(message, "session")
        person = _person(socket)
        async with self._rooms.doorway.setdefault(session_id, asyncio.Lock()):
            busy = self._rooms.presence.open_seats(session_id, self._services.clock.monotonic())
            window = actions.Window(_optional(message, "window"), _optional(message, "choice"), busy)
            room, seated = await actions.enter(self._services, session_id, person, partial(self._others, person), window)
            if seated.seat.knocked is not None:
                self._rooms.knock(socket, seated)
                return {"waiting": True}
            self._rooms.seat(socket, seated)
        people = self._rooms.people(session_id)
        if people is None:
            await self._rooms.refresh(session_id)
            people = self._rooms.people(session_id) or {}
        staging = await self._rooms.staging(session_id) if room.is_plenary else None
        return {**self._entered(room, seated, people), "plenary": staging}

    def _entered(self, room: Room, seated: Seated, people: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
        session, clock = room.session.id, self._services.clock
        shown = self._rooms.people_list(session)
        if seated.seat.id not in people:
            shown = shown.plus(view.person_of(room, seated))
        ends = to_real(clock, rules.closes_at(room.slot, room.times))
        return {
            "you": view.own_of(room, seated),
            **view.front_of(room, {seated.seat.id, *people}),
            "people": shown,
            "speakers": list(self._rooms.presence.speakers(session)),
            **self._rooms.said_in(session),
            "slots": self._rooms.slots_of(session, seated.seat.id),
            "layers": self._rooms.layers_of(session, seated.seat.id),
            "media": {"ice_servers": ice_servers(self._services.settings, seated.seat.id, clock.real(), ends)},
            "now": clock.now().isoformat(),
            **view.clock_of(room),
        }

    async def leave(self, socket: LiveSocket, message: Message) -> None:
        session, seat = self._place(socket)
        self._rooms.unseat(session, seat)
        await actions.leave(self._services, session, seat)

    async def state(self, socket: LiveSocket, message: Message) -> None:
        self._place(socket)
        shows = {name: message.get(name) is True for name in ("microphone", "camera", "screen")}
        line = message.get("line")
        self._rooms.show(socket, Showing(**shows, line=line if line in LINES else None))

    async def look(self, socket: LiveSocket, message: Message) -> None:
        session, seat = self._place(socket)
        self._rooms.lookout.take(session, seat, read_view(message, seat))

    async def health(self, socket: LiveSocket, message: Message) -> Mapping[str, Any]:
        session_id, seat = self._place(socket)
        async with self._services.db.read() as session:
            await store.moderating(session, session_id, seat)
        peers = await self._rooms.connections.of(session_id)
        return {"people": told_of(peers, self._rooms.paused_in(session_id))}

    async def unmute(self, socket: LiveSocket, message: Message) -> None:
        await actions.unmute(self._services, *self._place(socket))

    async def raise_hand(self, socket: LiveSocket, message: Message) -> None:
        way = actions_floor.way_named(message.get("way"))
        await actions_floor.raise_hand(self._services, *self._place(socket), way)

    async def lower_hand(self, socket: LiveSocket, message: Message) -> None:
        whose = text_of(message, "seat") if message.get("seat") is not None else None
        await actions_floor.lower_hand(self._services, *self._place(socket), whose)

    async def lower_all(self, socket: LiveSocket, message: Message) -> None:
        await actions_floor.lower_all(self._services, *self._place(socket))

    async def move_hand(self, socket: LiveSocket, message: Message) -> None:
        before = text_of(message, "before") if message.get("before") is not None else None
        await actions_floor.move_hand(self._services, *self._place(socket), text_of(message, "seat"), before)

    async def return_to_queue(self, socket: LiveSocket, message: Message) -> None:
        await actions_floor.return_to_queue(self._services, *self._place(socket), text_of(message, "seat"))

    async def set_floor(self, socket: LiveSocket, message: Message) -> None:
        floor = actions_floor.floor_named(message.get("floor"))
        await actions_floor.set_floor(self._services, *self._place(socket), floor, message.get("microphones_free") is True)

    async def give_floor(self, socket: LiveSocket, message: Message) -> None:
        minutes = actions_floor.minutes_named(message.get("minutes"))
        await actions_floor.give_floor(self._services, *self._place(socket), text_of(message, "seat"), minutes)

    async def take_floor(self, socket: LiveSocket, message: Message) -> None:
        await actions_floor.take_floor(self._services, *self._place(socket), text_of(message, "seat"))

    async def mute(self, socket: LiveSocket, message: Message) -> None:
        await actions.mute(self._services, *self._place(socket), text_of(message, "seat"))

    def _place(self, socket: LiveSocket) -> tuple[str, str]:
        return place_of(self._rooms, socket)

    async def _others(self, person: Person, session: AsyncSession, room: Room) -> int:
        """How many others are here; while there are not even seats enough to fill the room, how many seats there are."""
        taken = await store.seats_taken(session, room.session.id)
        if taken < rules.capacity_of(room.floor):
            return taken
        seats = await store.seated_in(session, room.session.id)
        facts = self._rooms.presence.facts(room.session.id, self._services.clock.monotonic())
        return view.here_in(seats, facts, but=person.id)


def _person(socket: LiveSocket) -> Person:
    """Who enters. Whoever signs out or is removed loses the socket as well."""
    viewer = cast(SocketViewer, socket.viewer).visit.viewer
    if viewer.person is None:
        raise NotAllowed("strangers_have_no_seat")
    if viewer.unverified:  # from their seat they would moderate
        raise NotAllowed("second_factor")
    return viewer.person


def _optional(message: Message, name: str) -> str | None:
    return text_of(message, name) if message.get(name) is not None else None
