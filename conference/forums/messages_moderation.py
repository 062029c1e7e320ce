"""Handlers of the moderators' messages on `/live`. Each action asks for itself who may. PROTOCOL.md describes each message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conference.forums import actions_moderation as actions
from conference.forums.naming import place_of, switch_of, text_of
from conference.forums.rooms import RoomKeeper
from conference.live.audience import LiveSocket
from conference.live.socket import Handler, Message


def moderation_of(rooms: RoomKeeper) -> dict[str, Handler]:
    """Message type -> handler; the door in front of them is the caller's."""
    moderation = _Moderation(rooms)
    return {
        "room.extend": moderation.extend,
        "room.end": moderation.end,
        "room.remove": moderation.remove,
        "room.ban": moderation.ban,
        "room.lift_ban": moderation.lift_ban,
        "room.lock": moderation.lock,
        "room.lobby": moderation.lobby,
        "room.admit": moderation.admit,
        "room.refuse": moderation.refuse,
        "room.spotlight": moderation.spotlight,
        "room.promote": moderation.promote,
        "room.notes": moderation.notes,
        "room.help": moderation.help,
        "room.help_done": moderation.help_done,
    }


class _Moderation:
    def __init__(self, rooms: RoomKeeper) -> None:
        self._rooms = rooms
        self._services = rooms.services

    async def extend(self, socket: LiveSocket, message: Message) -> Mapping[str, Any]:
        return {"ends": (await actions.extend(self._services, *self._place(socket))).isoformat()}

    async def end(self, socket: LiveSocket, message: Message) -> Mapping[str, Any]:
        return {"ends": (await actions.end(self._services, *self._place(socket))).isoformat()}

    async def remove(self, socket: LiveSocket, message: Message) -> None:
        await actions.remove(self._services, *self._place(socket), text_of(message, "seat"))

    async def ban(self, socket: LiveSocket, message: Message) -> None:
        await actions.remove(self._services, *self._place(socket), text_of(message, "seat"), ban=True)

    async def lift_ban(self, socket: LiveSocket, message: Message) -> None:
        await actions.lift_ban(self._services, *self._place(socket), text_of(message, "seat"))

    async def lock(self, socket: LiveSocket, message: Message) -> None:
        await actions.lock(self._services, *self._place(socket), switch_of(message))

    async def lobby(self, socket: LiveSocket, message: Message) -> None:
        await actions.set_lobby(self._services, *self._place(socket), switch_of(message))

    async def admit(self, socket: LiveSocket, message: Message) -> None:
        await actions.answer_knock(self._services, *self._place(socket), text_of(message, "seat"), admit=True)

    async def refuse(self, socket: LiveSocket, message: Message) -> None:
        await actions.answer_knock(self._services, *self._place(socket), text_of(message, "seat"), admit=False)

    async def spotlight(self, socket: LiveSocket, message: Message) -> None:
        seat = text_of(message, "seat") if message.get("seat") is not None else None
        await actions.spotlight(self._services, *self._place(socket), seat)

    async def promote(self, socket: LiveSocket, message: Message) -> None:
        await actions.promote(self._services, *self._place(socket), text_of(message, "seat"), switch_of(message))

    async def notes(self, socket: LiveSocket, message: Message) -> Mapping[str, Any]:
        place = self._place(socket)
        return await actions.write_notes(self._services, *place, message.get("text"), message.get("seen"))

    async def help(self, socket: LiveSocket, message: Message) -> None:
        await actions.call_for_help(self._services, *self._place(socket), switch_of(message))

    async def help_done(self, socket: LiveSocket, message: Message) -> None:
        await actions.help_done(self._services, *self._place(socket), text_of(message, "session"))

    def _place(self, socket: LiveSocket) -> tuple[str, str]:
        return place_of(self._rooms, socket)
