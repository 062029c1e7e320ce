"""Handlers of the plenary's messages on `/live`. Each action asks for itself who may. PROTOCOL.md describes each message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conference.base.errors import Invalid
from conference.doors.gate import ConferenceGate
from conference.forums.naming import place_of, switch_of, text_of
from conference.forums.plenary import actions, order_actions
from conference.forums.rooms import RoomKeeper
from conference.live.audience import LiveSocket
from conference.live.socket import Handler, Message


def handlers_of(rooms: RoomKeeper, gate: ConferenceGate) -> dict[str, Handler]:
    """Message type -> handler, for the live endpoint. Each asks its row of the doors' table first."""
    plenary = _PlenaryMessages(rooms)
    named: dict[str, Handler] = {
        "plenary.curtain": plenary.curtain,
        "plenary.place": plenary.place,
        "plenary.hear": plenary.hear,
        "plenary.thirds": plenary.thirds,
        "plenary.deputy": plenary.deputy,
        "plenary.take_over": plenary.take_over,
        "plenary.feed": plenary.feed,
        "plenary.add": plenary.add,
        "plenary.edit": plenary.edit,
        "plenary.move": plenary.move,
        "plenary.drop": plenary.drop,
        "plenary.restore": plenary.restore,
        "plenary.turn": plenary.turn,
        "plenary.show_now": plenary.show_now,
    }
    return gate.guarded(named)


class _PlenaryMessages:
    def __init__(self, rooms: RoomKeeper) -> None:
        self._rooms = rooms
        self._services = rooms.services

    async def curtain(self, socket: LiveSocket, message: Message) -> None:
        place = self._place(socket)
        closed = switch_of(message, "closed")
        await actions.set_curtain(self._services, *place, closed, message.get("text"), message.get("minutes"))

    async def place(self, socket: LiveSocket, message: Message) -> None:
        place = self._place(socket)
        await actions.place(self._services, *place, _named(message, "seat"), switch_of(message, "behind"))

    async def hear(self, socket: LiveSocket, message: Message) -> None:
        await actions.hear(self._services, *self._place(socket), text_of(message, "seat"))

    async def thirds(self, socket: LiveSocket, message: Message) -> None:
        place = self._place(socket)
        await actions.set_thirds(self._services, *place, switch_of(message, "auto"), _named(message, "seat"))

    async def deputy(self, socket: LiveSocket, message: Message) -> None:
        await actions.set_deputy(self._services, *self._place(socket), _named(message, "seat"))

    async def take_over(self, socket: LiveSocket, message: Message) -> None:
        await actions.take_over(self._services, *self._place(socket))

    async def feed(self, socket: LiveSocket, message: Message) -> None:
        place = self._place(socket)
        await actions.show_feed(self._services, *place, actions.feed_named(message.get("feed")))

    async def add(self, socket: LiveSocket, message: Message) -> Mapping[str, Any]:
        place = self._place(socket)
        return {"greeting": (await order_actions.add(self._services, *place, _entry(message))).id}

    async def edit(self, socket: LiveSocket, message: Message) -> None:
        place = self._place(socket)
        await order_actions.edit(self._services, *place, text_of(message, "greeting"), _entry(message))

    async def move(self, socket: LiveSocket, message: Message) -> None:
        place = self._place(socket)
        await order_actions.move(self._services, *place, text_of(message, "greeting"), _named(message, "before"))

    async def drop(self, socket: LiveSocket, message: Message) -> None:
        await order_actions.drop(self._services, *self._place(socket), text_of(message, "greeting"))

    async def restore(self, socket: LiveSocket, message: Message) -> None:
        await order_actions.restore(self._services, *self._place(socket), text_of(message, "greeting"))

    async def turn(self, socket: LiveSocket, message: Message) -> None:
        await order_actions.turn(self._services, *self._place(socket), _named(message, "greeting"))

    async def show_now(self, socket: LiveSocket, message: Message) -> None:
        await order_actions.show_now(self._services, *self._place(socket), switch_of(message))

    def _place(self, socket: LiveSocket) -> tuple[str, str]:
        return place_of(self._rooms, socket)


def _named(message: Message, field: str) -> str | None:
    """A field that names something, or null. Raises Invalid, also when it is missing: nobody takes all by a slip."""
    if field not in message:
        raise Invalid("field", field=field)
    return text_of(message, field) if message[field] is not None else None


def _entry(message: Message) -> Message:
    if message.get("seat") is not None:
        text_of(message, "seat")
    return {name: message.get(name) for name in ("name", "function", "organisation", "minutes", "seat")}
