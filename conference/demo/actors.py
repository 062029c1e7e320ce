"""The demo's invented people, as a process: `python -m conference.demo.actors`.

They come in by their links over HTTP and `/live` as everybody does. Attendees take their seats (the room shows made-up people
without an open socket), now and then one raises a hand, and one adds a finding; a captioner in each forum hears who speaks and
types it. They come back for ever, and wait when the rooms are closed.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import os
import random
import signal
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from conference.demo.cast import Cast, Seat, read_cast
from conference.demo.contributing import contribute
from conference.demo.folder import ENVIRONMENT, demo_settings, origin
from conference.demo.guests import LOST, Guest, Room

logger = logging.getLogger("actors")
AGAIN = 8.0  # seconds until somebody who was refused or lost tries again
WORDS_AT_ONCE = 2
TYPING = 0.55  # seconds per group of words: somewhat faster than people speak
HEARING = 0.6  # seconds from a word to its letters
ONCE_PER = 12.0  # seconds: who pauses in the middle of a speech does not begin anew


class Shifts:
    """Tells when the demo's clock was shifted, so that nobody waits for what is already open."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._shifted = asyncio.Event()

    async def watch(self) -> None:
        before = None
        while True:
            with suppress(FileNotFoundError):
                stamp = self._file.stat().st_mtime_ns
                if stamp != before:
                    before = stamp
                    self._shifted.set()
                    self._shifted = asyncio.Event()
            await asyncio.sleep(0.5)

    async def pause(self, seconds: float) -> bool:
        """Wait about so long, or until the clock is shifted; whether it was."""
        shifted = self._shifted
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds * random.uniform(0.7, 1.3)):  # noqa: S311 -- no secret
                await shifted.wait()
        return shifted.is_set()


async def come_in(guests: Sequence[Guest], shifts: Shifts) -> None:
    """Everybody takes a seat, one after the other; again after each shift of the clock."""
    waiting = list(guests)
    while True:
        refused = []
        for guest in waiting:
            try:
                async with guest.in_room():
                    await asyncio.sleep(0.05)
            except LOST:
                refused.append(guest)
                if len(refused) > 2:  # the door is closed for all: no need to knock twenty times
                    refused = waiting[waiting.index(refused[0]) :]
                    break
        waiting = refused
        if await shifts.pause(AGAIN if waiting else 3600.0):
            waiting = list(guests)


async def raise_hands(guests: Sequence[Guest], shifts: Shifts) -> None:
    """In one room: a hand now and then; lowered after a while, or after having had the floor."""
    await shifts.pause(6.0)
    while True:
        try:
            async with random.choice(guests).in_room() as room:  # noqa: S311
                await room.say("hand.raise")
                await _until_floor(room, random.uniform(40.0, 80.0))  # noqa: S311
                await room.say("hand.lower")
        except LOST:
            await shifts.pause(AGAIN)
        await shifts.pause(40.0)


async def _until_floor(room: Room, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            async for message in room.messages():
                if message["type"] == "room.you" and message.get("floor"):
                    break
    with suppress(TimeoutError):  # go on reading, as a browser does
        async with asyncio.timeout(10.0):
            async for _message in room.messages():
                pass


class Captioner:
    """Types what the speakers of one room say. lines: name -> [{"at": seconds from the start of the clip, "text"}]."""

    def __init__(self, guest: Guest, lines: dict[str, list[dict[str, Any]]]) -> None:
        self._guest = guest
        self._lines = lines
        self._names: dict[str, str | None] = {}
        self._begun: dict[str, float] = {}
        self._turns: asyncio.Queue[tuple[str, float]] = asyncio.Queue()

    async def work(self, shifts: Shifts) -> None:
        while True:
            try:
                async with self._guest.in_room() as room, asyncio.TaskGroup() as tasks:
                    typing = tasks.create_task(self._type_for_ever(room))
                    await self._listen(room)
                    typing.cancel()
            except* LOST:
                pass
            await shifts.pause(AGAIN)

    async def _listen(self, room: Room) -> None:
        self._names = {person["seat"]: person["name"] for person in room.entered.get("people", ())}
        async for message in room.messages():
            if message["type"] == "room.people":
                self._names |= {person["seat"]: person["name"] for person in message["people"]}
            elif message["type"] == "room.speakers":
                self._hear(message["seats"])

    def _hear(self, seats: Sequence[str]) -> None:
        now = asyncio.get_running_loop().time()
        for name in (self._names.get(seat) for seat in seats):
            if name in self._lines and now - self._begun.get(name, float("-inf")) > ONCE_PER:
                self._begun[name] = now
                self._turns.put_nowait((name, now))

    async def _type_for_ever(self, room: Room) -> None:
        while True:
            name, began = await self._turns.get()
            lines = self._lines[name]
            for number, line in enumerate(lines):
                await _sleep_until(began + line["at"] - lines[0]["at"] + HEARING)
                for text, final in typed(line["text"] if number else f"{name}: {line['text']}"):
                    await room.say("caption", text=text, final=final)
                    await asyncio.sleep(TYPING)


def typed(line: str) -> list[tuple[str, bool]]:
    """What stands there after each group of words: [(text so far, whether it is the whole line)]."""
    words = line.split()
    ends = [*range(WORDS_AT_ONCE, len(words), WORDS_AT_ONCE), len(words)]
    return [(" ".join(words[:end]), end == len(words)) for end in ends]


async def _sleep_until(moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - asyncio.get_running_loop().time()))


def performances(cast: Cast, base: str, shifts: Shifts) -> list[Coroutine[Any, Any, None]]:
    """Everything that goes on, for ever."""

    def guest(seat: Seat) -> Guest:
        return Guest(base, cast.slug, seat.link, seat.session)

    sitting = sorted(cast.attendees, key=lambda seat: seat.session)
    rooms = [[guest(seat) for seat in seats] for _, seats in itertools.groupby(sitting, key=lambda seat: seat.session)]
    captioners = [
        Captioner(guest(seat), {name: json.loads(Path(file).read_text("utf-8")) for name, file in seat.lines.items()})
        for seat in cast.captioners
    ]
    return [
        shifts.watch(),
        # one of each room in turn, so that all rooms fill at the same time
        come_in([one for row in itertools.zip_longest(*rooms) for one in row if one is not None], shifts),
        *(raise_hands(guests, shifts) for guests in rooms),
        *(
            contribute(base, cast.slug, list(said), shifts.pause)
            for _, said in itertools.groupby(cast.contributions, key=lambda one: one.slug)
        ),
        *(captioner.work(shifts) for captioner in captioners),
    ]


async def perform(cast: Cast, base: str, clock_file: Path) -> None:
    """Until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each) for each in performances(cast, base, Shifts(clock_file))]
        await stop.wait()
        for task in tasks:
            task.cancel()


def main() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    settings = demo_settings(Path(os.environ[ENVIRONMENT]), os.environ)
    cast = read_cast(settings.data_dir)
    if cast is None:
        raise SystemExit("The demo has no cast yet. Start it with `meetingpoint demo`.")
    asyncio.run(perform(cast, origin(settings.host, settings.port), settings.data_dir / "clock.json"))


if __name__ == "__main__":
    main()
