"""Handlers of the messages on decks and clips. Who sends is known from the socket; ids only name pieces of the sender's room.

PROTOCOL.md describes each message.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from conference.base.errors import Invalid
from conference.doors.gate import ConferenceGate
from conference.forums import store as rooms_store
from conference.forums.naming import place_of, switch_of, text_of
from conference.forums.rooms import RoomKeeper
from conference.forums.slides import actions, rules, store, view
from conference.live.audience import LiveSocket
from conference.live.socket import Handler, Message
from conference.people.model import Role


def handlers_of(rooms: RoomKeeper, gate: ConferenceGate) -> dict[str, Handler]:
    """Message type -> handler, for the live endpoint. Each asks its row of the doors' table first."""
    slides = _SlidesMessages(rooms)
    named: dict[str, Handler] = {
        "slides.open": slides.open,
        "slides.show": slides.show,
        "slides.turn": slides.turn,
        "slides.play": slides.play,
        "slides.move": slides.move,
        "slides.remove": slides.remove,
    }
    return gate.guarded(named)


class _SlidesMessages:
    def __init__(self, rooms: RoomKeeper) -> None:
        self._rooms = rooms
        self._services = rooms.services

    async def open(self, socket: LiveSocket, message: Message) -> Mapping[str, Any]:
        session_id, seat = place_of(self._rooms, socket)
        known = (self._rooms.people(session_id) or {}).get(seat)  # as all are told: asked by everybody who comes in
        async with self._services.db.read() as session:
            role = Role(known["role"]) if known else (await rooms_store.acting(session, session_id, seat)).role
            programme = await store.programme_of(session, session_id)
        presents = rules.may_present(role)
        return {"presents": presents, **view.told(programme, presents, actions.real_now(self._services))}

    async def show(self, socket: LiveSocket, message: Message) -> None:
        place = place_of(self._rooms, socket)
        piece = text_of(message, "piece") if message.get("piece") is not None else None
        await actions.show(self._services, *place, piece)

    async def turn(self, socket: LiveSocket, message: Message) -> Mapping[str, Any]:
        place, piece, page = place_of(self._rooms, socket), text_of(message, "piece"), message.get("page")
        if type(page) is not int:
            raise Invalid("field", field="page")
        return {"page": await actions.turn(self._services, *place, piece, page)}

    async def play(self, socket: LiveSocket, message: Message) -> None:
        place, piece, at = place_of(self._rooms, socket), text_of(message, "piece"), message.get("at")
        if at is not None and (isinstance(at, bool) or not isinstance(at, int | float) or not math.isfinite(at)):
            raise Invalid("field", field="at")
        await actions.play(self._services, *place, piece, switch_of(message, "playing"), at)

    async def move(self, socket: LiveSocket, message: Message) -> None:
        place = place_of(self._rooms, socket)
        await actions.move(self._services, *place, text_of(message, "piece"), switch_of(message, "up"))

    async def remove(self, socket: LiveSocket, message: Message) -> None:
        place = place_of(self._rooms, socket)
        await actions.remove(self._services, *place, text_of(message, "piece"))
