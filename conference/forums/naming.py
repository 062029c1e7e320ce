"""How messages name things: the sender's own place by the socket, others by an id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conference.base.errors import Invalid, NotAllowed
from conference.forums.rooms import RoomKeeper
from conference.live.audience import LiveSocket


def place_of(rooms: RoomKeeper, socket: LiveSocket) -> tuple[str, str]:
    """Session and seat of the sender. Raises NotAllowed for who has not entered."""
    place = rooms.place(socket)
    if place is None:
        raise NotAllowed("not_in_room")
    return place


def text_of(message: Mapping[str, Any], name: str) -> str:
    """A field that names something. Raises Invalid."""
    value = message.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 64:
        raise Invalid("field", field=name)
    return value


def switch_of(message: Mapping[str, Any], name: str = "on") -> bool:
    """A field that is true or false. Raises Invalid."""
    value = message.get(name)
    if not isinstance(value, bool):
        raise Invalid("field", field=name)
    return value
