"""The words of all rooms in the memory of one web process. Passing: they travel by the bus, and nothing of them is written down.

Each process keeps the same lines; one that has just started asks the others for theirs.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from conference.base.errors import NotFound
from conference.forums.rooms import RoomKeeper
from conference.forums.words import actions, rules
from conference.forums.words.lines import CAPTIONS, TYPED, Line, Lines
from conference.forums.words.permits import Permit, Permits

CHANNEL = "words"
APART = 0.1  # seconds between two frames on what is typed in a room
SWEEP = 5.0
ABANDONED = 20.0  # seconds after which the line of somebody who has gone ends as it stands
FORGOTTEN = 3 * 3600.0  # seconds after the last word in a room
SILENT = 15.0  # seconds after which software that sends captions counts as gone


class Words:
    """One per web process. `run` keeps it going."""

    def __init__(self, rooms: RoomKeeper) -> None:
        self._rooms = rooms
        self._services = rooms.services
        self.permits = Permits(rooms.services)
        self._process = rooms.services.ids.new()
        self._typed: dict[str, Lines] = {}
        self._captions: dict[str, Lines] = {}
        self._moved: dict[tuple[str, str], float] = {}  # session, seat -> when they wrote last
        self._news: dict[str, dict[tuple[str, str], Line]] = {}
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled."""
        signals = self._services.bus.subscribe(CHANNEL)
        self._publish({"asked": True})
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tell_for_ever(), name="words tell")
            tasks.create_task(self._sweep_for_ever(), name="words sweep")
            async for heard in signals:
                self._hear(heard.data)

    def known(self, session: str) -> dict[str, Any]:
        """What somebody who comes in gets to read."""
        typed, captions = self._typed.get(session), self._captions.get(session)
        return {
            "text": [_told(line) for line in typed.latest()] if typed else [],
            "captions": [_caption(line) for line in captions.latest()] if captions else [],
        }

    # -- real-time text ------------------------------------------------------------------------------------------------

    def write(self, session: str, seat: str, name: str | None, line: str, edit: str, whole: bool, end: bool) -> None:
        """Go on with a line, or begin it. whole: `edit` is all of it so far; end: and now it is finished."""
        typed = self._typed.get(session)
        before = typed.open.get(seat) if typed else None
        known = before if before is not None and before.line == line else None
        text = rules.edited("" if whole or known is None else known.text, edit)
        at = known.at if known is not None else self._services.clock.now().isoformat()
        self._say(session, text=asdict(Line(seat, line, text, end, at, name)))

    # -- captions ------------------------------------------------------------------------------------------------------

    async def caption(self, session: str, seat: str, line: str | None, text: str, final: bool, permit: Permit) -> None:
        """A line of captions as it stands now. line: its name (None: the writer's open one, or a new one). Raises Conflict
        while somebody else writes the captions."""
        if permit.captioner != seat:
            before = await actions.begin_captions(self._services, session, seat, self._gone(session, permit.captioner))
            self.handed(session, before)
        known = self._captions.get(session)
        opened = known.open.get(seat) if known else None
        name = line or (opened.line if opened is not None else self._services.ids.new())
        self._say(session, caption=asdict(Line(seat, name, text, final)))

    def correct(self, session: str, seat: str, line: str, text: str) -> None:
        """Another text for one of the last captions, whoever wrote it. Raises NotFound."""
        known = self._captions.get(session)
        if known is None or (seat, line) not in known.finished:
            raise NotFound("caption", line=line)
        self._say(session, correct=[seat, line, text])

    def handed(self, session: str, before: str | None) -> None:
        """Somebody else writes from now on: what the one before was writing stands as it is."""
        self.permits.forget(session)
        if before is not None:
            self._say(session, ended=before)

    def _gone(self, session: str, seat: str | None) -> list[str]:
        """The writer of captions, if there is no page of theirs and no software has sent anything for a while."""
        if seat is None:
            return []
        now = self._services.clock.monotonic()
        fact = self._rooms.presence.facts(session, now).get(seat)
        writes = now - self._moved.get((session, seat), float("-inf")) < SILENT
        return [] if writes or (fact is not None and fact.here) else [seat]

    # -- between processes -----------------------------------------------------------------------------------------------

    def _say(self, session: str, **said: Any) -> None:
        """Take it in here at once, since its writer's next message may have come already and goes on from it; tell the others."""
        self._take(session, said)
        self._publish({"session": session, **said})

    def _publish(self, said: Mapping[str, Any]) -> None:
        said = {"process": self._process, **said}
        self._services.bus.publish(CHANNEL, json.dumps(said, separators=(",", ":")).encode())

    def _hear(self, data: bytes) -> None:
        try:
            said = json.loads(data)
            if said.get("asked"):
                self._answer(said["process"])
            elif "all" in said:
                if said["to"] == self._process:
                    self._learn(said["all"])
            elif said["process"] != self._process:
                self._take(said["session"], said)
        except (ValueError, TypeError, KeyError):
            pass  # from another version, or nothing (CATCH_UP): what is typed next tells the whole line

    def _take(self, session: str, said: Mapping[str, Any]) -> None:
        typed = self._typed.setdefault(session, Lines(TYPED))
        captions = self._captions.setdefault(session, Lines(CAPTIONS))
        if "text" in said:
            self._typed_news(session, typed.take(self._moving(session, said["text"])))
        elif "caption" in said:
            self._caption_news(session, captions.take(self._moving(session, said["caption"])))
        elif "correct" in said:
            seat, line, text = said["correct"]
            corrected = captions.correct((seat, line), text)
            self._caption_news(session, [corrected] if corrected is not None else [])
        elif "ended" in said:
            self._caption_news(session, captions.end(said["ended"]))

    def _moving(self, session: str, packed: Mapping[str, Any]) -> Line:
        line = Line(**packed)
        self._moved[session, line.seat] = self._services.clock.monotonic()
        return line

    def _answer(self, process: str) -> None:
        if process == self._process:
            return
        for session in {*self._typed, *self._captions}:
            kept = {
                "session": session,
                "typed": [asdict(line) for line in self._typed.get(session, Lines(TYPED)).all()],
                "captions": [asdict(line) for line in self._captions.get(session, Lines(CAPTIONS)).all()],
            }
            self._publish({"to": process, "all": kept})

    def _learn(self, told: Mapping[str, Any]) -> None:
        session = told["session"]
        typed = self._typed.setdefault(session, Lines(TYPED))
        captions = self._captions.setdefault(session, Lines(CAPTIONS))
        for packed in told["typed"]:
            self._typed_news(session, typed.take(self._moving(session, packed)))
        for packed in told["captions"]:
            self._caption_news(session, captions.take(self._moving(session, packed)))

    # -- to the browsers ---------------------------------------------------------------------------------------------------

    def _caption_news(self, session: str, lines: list[Line]) -> None:
        for line in lines:
            self._rooms.tell(session, _caption(line))

    def _typed_news(self, session: str, lines: list[Line]) -> None:
        news = self._news.setdefault(session, {})
        for line in lines:
            news[line.key] = line
        self._wake.set()

    async def _tell_for_ever(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            news, self._news = self._news, {}
            for session, lines in news.items():
                if lines:
                    self._rooms.tell(session, {"type": "room.text", "lines": [_told(line) for line in lines.values()]})
            await asyncio.sleep(APART)

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(SWEEP)
            self.sweep()

    def sweep(self) -> None:
        """End the lines of who has gone, and forget the words of rooms that are silent for hours."""
        now = self._services.clock.monotonic()
        silent = {place for place, at in self._moved.items() if now - at > ABANDONED}
        for session in {session for session, _ in silent}:
            typed, captions = self._typed[session], self._captions[session]
            left = [seat for seat in {*typed.open, *captions.open} if (session, seat) in silent]
            facts = self._rooms.presence.facts(session, now) if left else {}  # of everybody there: once, and seldom
            for seat in left:
                if seat not in facts or not facts[seat].here:
                    self._typed_news(session, typed.end(seat, left=True))
                    self._caption_news(session, captions.end(seat, left=True))
        for place in silent:
            if now - self._moved[place] > FORGOTTEN:
                del self._moved[place]
        spoken = {session for session, _ in self._moved}
        for kept in (self._typed, self._captions):
            for session in kept.keys() - spoken:
                del kept[session]


def _told(line: Line) -> dict[str, Any]:
    return asdict(line)


def _caption(line: Line) -> dict[str, Any]:
    return {"type": "room.caption", "seat": line.seat, "line": line.line, "text": line.text, "final": line.final}
