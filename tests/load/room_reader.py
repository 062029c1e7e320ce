"""One page in a room under load: keeps the talk by the same rules as the page's own script, and notes when it heard what."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

from tests.load.room_hall import SLUG, Hall
from tests.load.room_visitor import Visitor, read

TOKEN = "Beitrag "  # what is said begins with it, so that it is known by its number


class Reader:
    """known: the change of each thing as it was told last; delays: seconds from the sending of a number to its arrival."""

    def __init__(self, hall: Hall, number: int, room: str, sent: dict[int, float]) -> None:
        self.number = number
        self.seat = ""
        self.here_since = float("inf")
        self.known: dict[str, int] = {}
        self.questions: dict[str, str] = {}  # id -> state
        self.polls: dict[str, str] = {}
        self.delays: list[float] = []
        self.people_frames: list[float] = []
        self.doubled = 0
        self.returned = 0
        self._hall, self._room, self._sent = hall, room, sent
        self._last: int | None = None
        self._told: set[tuple[str, int]] = set()
        self._visitor: Visitor | None = None

    @property
    def inside(self) -> bool:
        return self.here_since < float("inf")

    async def come(self) -> None:
        """Open the socket, enter, and read what was missed. Raises Refused, OSError, TimeoutError."""
        visitor = Visitor(self._hall.port, SLUG, self._hall.cookies[self.number], self._heard)
        self._visitor = visitor
        await visitor.connect()
        entered = await visitor.ask("room.enter", session=self._room, window=f"w{self.number}")
        self.seat = entered["you"]["seat"]
        answer = await visitor.ask("talk.open", last=self._last)
        if answer["whole"]:
            self.known.clear()
        self._take(answer)
        self._told.clear()  # what the answer brought may be told once more: it was on its way already
        self.here_since = time.monotonic()

    async def stop_reading(self, buffer: int = 4096) -> Visitor:
        """Enter, and read nothing from then on."""
        visitor = Visitor(self._hall.port, SLUG, self._hall.cookies[self.number])
        await visitor.connect(buffer)
        await visitor.ask("room.enter", session=self._room, window="deaf")
        visitor.transport.pause_reading()
        return visitor

    def lose(self) -> None:
        """The network breaks."""
        self.here_since = float("inf")
        assert self._visitor is not None
        self._visitor.close()

    async def come_back(self, after: float) -> None:
        self.lose()
        await asyncio.sleep(after)
        await self.come()
        self.returned += 1

    async def ask(self, kind: str, **fields: Any) -> dict[str, Any]:
        assert self._visitor is not None
        return await self._visitor.ask(kind, **fields)

    # -- what is heard --------------------------------------------------------------------------------------------------

    def _heard(self, payload: bytes, now: float) -> None:
        if payload.startswith(b'{"type":"room.people"'):
            self.people_frames.append(now)
        elif payload.startswith(b'{"type":"talk.changes"'):
            told = read(payload)
            for thing in things(told):
                mark = thing["id"], thing["change"]
                self.doubled += mark in self._told
                self._told.add(mark)
                number = number_of(thing)
                if thing["id"] not in self.known and number in self._sent and self._sent[number] > self.here_since:
                    self.delays.append(now - self._sent[number])
            self._take(told)

    def _take(self, told: dict[str, Any]) -> None:
        for thing in things(told):
            self.known[thing["id"]] = max(thing["change"], self.known.get(thing["id"], 0))
        self.questions.update((each["id"], each["state"]) for each in told["questions"] if not each.get("gone"))
        self.polls.update((each["id"], each["state"]) for each in told["polls"] if not each.get("gone"))
        self._last = max(self._last or 0, told["last"])


def things(told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for kind in ("lines", "questions", "polls"):
        yield from told[kind]


def number_of(thing: dict[str, Any]) -> int:
    """The number in what was said; -1 when there is none."""
    _, found, number = str(thing.get("text", "")).partition(TOKEN)
    return int(number.partition(" ")[0]) if found else -1
