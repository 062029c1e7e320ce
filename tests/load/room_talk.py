"""A room of many sockets in which people talk, ask and vote without pause; nothing may be lost, doubled or late.

    python -m tests.load.room_talk [--sockets 200] [--per-second 20] [--seconds 120]

Meanwhile hands go up and down, one socket after the other breaks and comes back, and one never reads a byte. At the end each
page's picture is compared with the database, thing by thing. Delivery is measured from the sender's word to the readers', in one
process. Prints a report, writes reports/soak_room.json, exits with 1 if a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvloop

from tests.load.machine import cpu_seconds
from tests.load.room_hall import Hall, prepare, served
from tests.load.room_reader import TOKEN, Reader
from tests.load.room_visitor import Refused, Visitor

ROOM = "room-1"
P95 = 0.25
PEOPLE_FRAMES = 2.0  # a second
WINDOW = 5.0  # seconds over which frames are counted
SETTLE = 20.0
TURN = ("say", "vote", "say", "ballot", "say", "vote", "say", "ask", "say", "ballot")
OPTIONS = ["Räume", "Geld", "Zeit", "Menschen"]


@dataclass
class Report:
    """delays in seconds, from the word of the sender to the word at a reader."""

    sockets: int
    per_second: int
    seconds: float
    acts: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    delivered: int = 0
    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    worst: float = 0.0
    answer_p95: float = 0.0
    lost: int = 0
    doubled: int = 0
    unwritten: int = 0
    returned: int = 0
    people_frames: float = 0.0
    deaf: str = ""
    server_busy: float = 0.0
    load: float = 0.0
    broken: list[str] = field(default_factory=list)


class Talk:
    """The people of one run. `reader` 0 moderates."""

    def __init__(self, hall: Hall, report: Report) -> None:
        self.report = report
        self.sent: dict[int, float] = {}
        self.readers = [Reader(hall, number, ROOM, self.sent) for number in range(report.sockets)]
        self.deaf = Reader(hall, report.sockets, ROOM, self.sent)
        self.answered: list[float] = []
        self.written: set[str] = set()
        self._hall = hall
        self._numbers = iter(range(10**9))
        self._turn = 0
        self._polls = 0

    async def gather(self) -> Visitor:
        """Let everybody in, a few at a time; returns the one who will not read."""
        for start in range(0, len(self.readers), 10):
            await asyncio.gather(*(reader.come() for reader in self.readers[start : start + 10]))
        moderator = self.readers[0]
        await moderator.ask("talk.set", approval=False, keeps_chat=None)
        poll = (await moderator.ask("poll.draft", question="Was fehlt?", options=OPTIONS, multiple=False))["poll"]
        await moderator.ask("poll.set", poll=poll, state="open")
        return await self.deaf.stop_reading()

    async def run(self) -> None:
        """Everything at once, for `report.seconds`."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._every(1 / self.report.per_second, self._act, tasks))
            tasks.create_task(self._every(0.15, self._raise_or_lower, tasks))
            tasks.create_task(self._every(max(0.5, self.report.seconds / 60), self._break_one, tasks))

    async def _every(self, pause: float, act: Any, tasks: asyncio.TaskGroup) -> None:
        began, number = time.monotonic(), 0
        while (now := time.monotonic()) - began < self.report.seconds:
            tasks.create_task(act())
            number += 1
            await asyncio.sleep(max(0.0, began + number * pause - now))

    def _next(self) -> Reader:
        self._turn += 1
        inside = [reader for reader in self.readers if reader.inside]
        return inside[self._turn % len(inside)]

    async def _act(self) -> None:
        number = next(self._numbers)
        what, reader = TURN[number % len(TURN)], self._next()
        began = time.monotonic()
        try:
            if what == "say":
                self.sent[number] = began
                text = f"{TOKEN}{number} und was dazu zu sagen ist"
                self.written.add((await reader.ask("chat.say", text=text, client=f"c{number}", reply_to=None))["line"])
            elif what == "ask":
                self.sent[number] = began
                text, unnamed = f"{TOKEN}{number} wie geht das?", number % 3 == 0
                self.written.add((await reader.ask("question.ask", text=text, client=f"q{number}", unnamed=unnamed))["question"])
            elif what == "vote":
                await self._vote(reader, number)
            else:
                await reader.ask("poll.vote", poll=next(iter(reader.polls)), choices=[number % len(OPTIONS)])
        except Refused as refused:
            if reader.inside:  # else its socket was broken while the answer was on its way
                self.report.refused[f"{what}: {refused}"] += 1
        else:
            self.answered.append(time.monotonic() - began)
            self.report.acts[what] += 1

    async def _vote(self, reader: Reader, number: int) -> None:
        open_ones = [question for question, state in reader.questions.items() if state == "approved"]
        if open_ones:
            await reader.ask("question.vote", question=open_ones[number % len(open_ones)], up=number % 4 != 0)

    async def _raise_or_lower(self) -> None:
        reader = self._next()
        try:
            await reader.ask("hand.raise" if self._turn % 3 else "hand.lower")
            await reader.ask("room.state", microphone=False, camera=self._turn % 2 == 0, screen=False)
        except Refused as refused:
            if reader.inside:
                self.report.refused[f"hand: {refused}"] += 1

    async def _break_one(self) -> None:
        reader = self._next()
        if reader.number:
            await reader.come_back(0.3)

    # -- the verdict ----------------------------------------------------------------------------------------------------

    async def judge(self, deaf: Visitor) -> None:
        """Wait until all is delivered, or for a while, and write the report."""
        report, end = self.report, time.monotonic() + SETTLE
        rows = self._rows()
        while (missing := self._missing(rows)) and time.monotonic() < end:
            await asyncio.sleep(0.1)
        report.lost = missing
        report.unwritten = len(self.written - rows.keys())
        report.doubled = sum(reader.doubled for reader in self.readers)
        report.returned = sum(reader.returned for reader in self.readers)
        delays = sorted(delay for reader in self.readers for delay in reader.delays)
        report.delivered = len(delays)
        report.p50, report.p95, report.p99 = (share_of(delays, share) for share in (0.5, 0.95, 0.99))
        report.worst = delays[-1] if delays else 0.0
        report.answer_p95 = share_of(sorted(self.answered), 0.95)
        report.people_frames = max(most_in(reader.people_frames, WINDOW) for reader in self.readers) / WINDOW
        report.deaf = f"closed with {deaf.code}" if deaf.lost.is_set() else "still connected, or told so later"
        deaf.close()

    def _rows(self) -> dict[str, int]:
        """The change that touched each thing last, as the database has it; polls are named "poll ID"."""
        with closing(sqlite3.connect(f"file:{self._hall.database}?mode=ro", uri=True)) as connection:
            rows = connection.execute("SELECT id, change FROM chatline UNION ALL SELECT id, change FROM question").fetchall()
            polls = connection.execute("SELECT 'poll ' || id, change FROM poll").fetchall()
        return dict(rows + polls)

    def _missing(self, rows: dict[str, int]) -> int:
        return sum(
            reader.known.get(name.removeprefix("poll ")) != change for reader in self.readers for name, change in rows.items()
        )


def share_of(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def most_in(moments: list[float], window: float) -> int:
    """The largest number of moments within any span of `window` seconds."""
    most = begin = 0
    for at, moment in enumerate(moments):
        while moment - moments[begin] >= window:
            begin += 1
        most = max(most, at - begin + 1)
    return most


def expectations(report: Report, p95: float = P95) -> list[str]:
    """The promises that this run broke. p95: seconds."""
    within = [
        (report.lost == 0, f"{report.lost} things did not arrive"),
        (report.doubled == 0, f"{report.doubled} things came twice"),
        (report.unwritten == 0, f"{report.unwritten} acknowledged things are not in the database"),
        (not report.refused, f"refused: {dict(report.refused)}"),
        (report.p95 <= p95, f"delivery p95 {1000 * report.p95:.0f} ms"),
        # One frame more may fall into a window, since frames do not take equally long.
        (report.people_frames <= PEOPLE_FRAMES + 1 / WINDOW, f"{report.people_frames:.1f} presence frames a second"),
        (report.delivered > 0, "nothing was delivered"),
    ]
    return [words for held, words in within if not held]


async def talk(hall: Hall, server: int, report: Report) -> None:
    people = Talk(hall, report)
    deaf = await people.gather()
    await asyncio.sleep(1)
    before, began = cpu_seconds(server), time.monotonic()
    await people.run()
    report.server_busy = (cpu_seconds(server) - before) / (time.monotonic() - began)
    await people.judge(deaf)
    for reader in people.readers:
        reader.lose()


def measure(sockets: int, per_second: int, seconds: float, p95: float = P95) -> Report:
    """A run against a web process of its own."""
    report = Report(sockets, per_second, seconds, load=os.getloadavg()[0])
    with tempfile.TemporaryDirectory(prefix="meetingpoint-room-") as name:
        hall = prepare(Path(name), sockets + 1)
        with served(hall) as server:
            uvloop.run(talk(hall, server, report))
    report.broken = expectations(report, p95)
    return report


def show(report: Report) -> None:
    acts = ", ".join(f"{count} {what}" for what, count in sorted(report.acts.items()))
    print(
        f"{report.sockets} sockets, {report.per_second} acts a second for {report.seconds:.0f} s ({acts}); load {report.load:.1f}"
    )
    returned = f"{report.returned} sockets broke and came back"
    print(f"  {report.delivered:,} deliveries: {report.lost} lost, {report.doubled} doubled; {returned}")
    times = (report.p50, report.p95, report.p99, report.worst)
    print("  delivery p50 {:.0f}, p95 {:.0f}, p99 {:.0f}, worst {:.0f} ms; ".format(*(1000 * each for each in times)), end="")
    print(f"answer p95 {1000 * report.answer_p95:.0f} ms; server busy {100 * report.server_busy:.0f} % of a core")
    print(f"  presence frames at most {report.people_frames:.1f} a second; the one who never reads: {report.deaf}")
    print("broken: " + "; ".join(report.broken) if report.broken else "kept every promise")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sockets", type=int, default=200)
    parser.add_argument("--per-second", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=120.0)
    options = parser.parse_args()
    report = measure(options.sockets, options.per_second, options.seconds)
    show(report)
    Path("reports").mkdir(exist_ok=True)
    Path("reports/soak_room.json").write_text(json.dumps(vars(report), indent=1))
    return 1 if report.broken else 0


if __name__ == "__main__":
    sys.exit(main())
