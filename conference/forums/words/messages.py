"""Handlers of the messages on words. PROTOCOL.md describes each."""

from __future__ import annotations

from conference.base.errors import Invalid, NotAllowed
from conference.doors.gate import ConferenceGate
from conference.forums import rules as room_rules
from conference.forums.naming import place_of, switch_of, text_of
from conference.forums.rooms import RoomKeeper
from conference.forums.words import actions, rules
from conference.forums.words.keeper import Words
from conference.live.audience import LiveSocket
from conference.live.socket import Handler, Message

STROKES = 600  # messages of one writer in a minute
AT_ONCE = 60
LINES = 60  # finished ones of one writer in a minute
LINES_AT_ONCE = 20


def handlers_of(rooms: RoomKeeper, words: Words, gate: ConferenceGate) -> dict[str, Handler]:
    """Message type -> handler. Each asks its row of the doors' table first."""
    messages = _Messages(rooms, words)
    named: dict[str, Handler] = {
        "text.write": messages.write,
        "text.set": messages.set_text,
        "caption": messages.caption,
        "caption.correct": messages.correct,
        "caption.hand": messages.hand_captions,
        "signing.set": messages.sign,
        "signing.hand": messages.hand_interpreting,
    }
    return gate.guarded(named)


class _Messages:
    def __init__(self, rooms: RoomKeeper, words: Words) -> None:
        self._rooms = rooms
        self._words = words
        self._services = rooms.services

    async def write(self, socket: LiveSocket, message: Message) -> None:
        session, seat = self._place(socket)
        line, edit = text_of(message, "line"), rules.edit_of(message.get("text"))
        if edit is None:
            raise Invalid("typed_text")
        self._services.limits.check("text", seat, per_minute=STROKES, burst=AT_ONCE)
        permit = await self._words.permits.of(session, seat)
        if not permit.writes:
            raise NotAllowed("text_closed")
        whole, end = message.get("whole") is True, message.get("end") is True
        if end:
            self._services.limits.check("text lines", seat, per_minute=LINES, burst=LINES_AT_ONCE)
        self._words.write(session, seat, permit.name, line, edit, whole, end)

    async def set_text(self, socket: LiveSocket, message: Message) -> None:
        session, seat = self._place(socket)
        await actions.set_text(self._services, session, seat, switch_of(message))
        self._words.permits.forget(session)

    async def caption(self, socket: LiveSocket, message: Message) -> None:
        session, seat = self._place(socket)
        line = text_of(message, "line") if message.get("line") is not None else None
        text = _caption_of(message)
        self._services.limits.check("captions", seat, per_minute=STROKES, burst=AT_ONCE)
        permit = await self._words.permits.captioner(session, seat)
        await self._words.caption(session, seat, line, text, message.get("final") is True, permit)

    async def correct(self, socket: LiveSocket, message: Message) -> None:
        session, seat = self._place(socket)
        whose, line, text = text_of(message, "seat"), text_of(message, "line"), _caption_of(message)
        self._services.limits.check("captions", seat, per_minute=STROKES, burst=AT_ONCE)
        await self._words.permits.captioner(session, seat)
        self._words.correct(session, whose, line, text)

    async def hand_captions(self, socket: LiveSocket, message: Message) -> None:
        session, seat = self._place(socket)
        to = text_of(message, "seat") if message.get("seat") is not None else None
        self._words.handed(session, await actions.hand_captions(self._services, session, seat, to))

    async def sign(self, socket: LiveSocket, message: Message) -> None:
        session, seat = self._place(socket)
        whose = text_of(message, "seat") if message.get("seat") is not None else seat
        await actions.set_signing(self._services, session, seat, whose, switch_of(message))

    async def hand_interpreting(self, socket: LiveSocket, message: Message) -> None:
        await actions.hand_interpreting(self._services, *self._place(socket), text_of(message, "seat"))

    def _place(self, socket: LiveSocket) -> tuple[str, str]:
        return place_of(self._rooms, socket)


def _caption_of(message: Message) -> str:
    """Raises Invalid."""
    line = room_rules.caption_line(message.get("text"))
    if line is None:
        raise Invalid("caption_text")
    return line
