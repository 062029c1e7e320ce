"""Being put out, and losing a role, with all real processes: the socket is told and the packets stop within a second."""

from __future__ import annotations

import asyncio
import csv
import json
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from conference.program.model import Floor
from media.playing import PlayingPublisher
from media.rtc.counting import CountingReceiver
from media.rtc.dtls import Identity
from tests.load.room_hall import SLUG, Hall, prepare
from tests.load.room_visitor import Visitor
from tests.media import clips
from tests.processes.running import finished, running, until

pytestmark = pytest.mark.slow

ROOM = "room-1"
WITHIN = 1.0
MODERATOR, KICKED, DEMOTED, LISTENER = range(4)


@dataclass
class Person:
    """One of the hall's people with a page in the room. told: what the socket heard, with the moment."""

    hall: Hall
    number: int
    told: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    seat: str = ""

    async def enter(self) -> Person:
        self.visitor = Visitor(self.hall.port, SLUG, self.hall.cookies[self.number], self._heard)
        await self.visitor.connect()
        entered = await self.visitor.ask("room.enter", session=ROOM, window="w")
        self.seat = entered["you"]["seat"]
        return self

    def _heard(self, payload: bytes, now: float) -> None:
        self.told.append((now, json.loads(payload)))

    async def offer(self, way: str, sdp: str) -> str:
        """The node's answer to an offer by whip or whep."""
        return await asyncio.to_thread(self._offer, way, sdp)

    def _offer(self, way: str, sdp: str) -> str:
        line = HTTPConnection("127.0.0.1", self.hall.port, timeout=10)
        with closing(line):
            cookie = f"meetingpoint={self.hall.cookies[self.number]}"
            head = {"Content-Type": "application/sdp", "Cookie": cookie, "Sec-Fetch-Site": "same-origin"}
            line.request("POST", f"/{SLUG}/sessions/{ROOM}/{way}", sdp, head)
            answer = line.getresponse()
            text = answer.read().decode()
        assert answer.status == 201, text
        return text

    async def hear(self, fits: Callable[[dict[str, Any]], bool], since: float) -> float:
        """The moment at which the socket was told something that fits, after `since`."""
        async with asyncio.timeout(10):
            while True:
                for at, message in self.told:
                    if at >= since and fits(message):
                        return at
                await asyncio.sleep(0.005)


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    hall = await asyncio.to_thread(prepare, tmp_path, 4, floor=Floor.STAGE, bus_url=None)
    make(hall, {KICKED: "speaker", DEMOTED: "speaker"})
    with running(["-m", "conference", "serve"], hall.environ, tmp_path / "serve.log") as serve:
        await asyncio.to_thread(until, lambda: " ready " in serve.text(), 60, "serve is ready")
        yield hall


def table(hall: Hall, roles: dict[int, str]) -> Path:
    """A table of people that gives them these roles."""
    file = hall.folder / "people.csv"
    with file.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["name", "email", "roles"])
        writer.writerows([f"Beispiel Person {number}", f"person-{number}@example.org", role] for number, role in roles.items())
    return file


def make(hall: Hall, roles: dict[int, str]) -> None:
    done = finished(["people", "import", SLUG, str(table(hall, roles))], hall.environ)
    assert done.returncode == 0, done.stderr


@asynccontextmanager
async def showing(person: Person, listener: CountingReceiver, identity: Identity) -> AsyncIterator[PlayingPublisher]:
    """Camera and microphone that arrive at the listener."""
    publisher = PlayingPublisher(clips.video(), clips.audio(), identity)
    await publisher.client.connect(await person.offer("whip", publisher.client.offer()))
    playing = asyncio.create_task(publisher.play())
    try:
        before = media(listener)
        async with asyncio.timeout(10):
            while media(listener) < before + 50:
                await asyncio.sleep(0.01)
        yield publisher
    finally:
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        await publisher.client.close()


def media(listener: CountingReceiver) -> int:
    """Packets of sound and picture; what the node tries the way with is none of them."""
    return sum(listener.of(mid).packets for mid in ("a0", "a1", "v0", "v1"))


async def last_packet(listener: CountingReceiver) -> float:
    """When the last packet had come, once none has come for a while."""
    async with asyncio.timeout(10):
        last, count = time.monotonic(), media(listener)
        while time.monotonic() - last < 1.0:
            await asyncio.sleep(0.005)
            if media(listener) != count:
                last, count = time.monotonic(), media(listener)
    return last


TAKING = f"""
from conference.cli_desk import with_services
from conference.people.actions import take_role
from conference.people.model import Person, Role

async def act(services):
    async with services.db.work() as work:
        person = await work.session.get_one(Person, "p{DEMOTED}")
        assert await take_role(work, services.outbox, person, Role.SPEAKER, by=None)

with_services(None, act)
"""


async def takes_the_role(hall: Hall) -> float:
    """Another process takes it, as the desk does; the moment of the commit."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", TAKING, env=hall.environ)
    query = "SELECT count(*) FROM roleheld WHERE person_id = ? AND role = 'speaker'"
    with closing(sqlite3.connect(f"file:{hall.database}?mode=ro", uri=True)) as connection:
        async with asyncio.timeout(20):
            while connection.execute(query, (f"p{DEMOTED}",)).fetchone()[0]:
                await asyncio.sleep(0.005)
    committed = time.monotonic()
    assert await process.wait() == 0
    return committed


async def test_put_out_and_demoted_within_a_second(hall: Hall) -> None:
    moderator, kicked, demoted, listening = [await Person(hall, number).enter() for number in range(4)]
    identity = Identity()
    listener = CountingReceiver(2, 2, identity=identity)
    await listener.connect(await listening.offer("whep", listener.client.offer()))
    async with showing(demoted, listener, identity):
        committed = await takes_the_role(hall)
        told = await demoted.hear(lambda said: said["type"] == "room.you" and not said["may"], committed)
        silent = await last_packet(listener)
        print(f"role: told after {told - committed:.2f} s, silent after {silent - committed:.2f} s")
        assert told - committed <= WITHIN
        assert silent - committed <= WITHIN
    async with showing(kicked, listener, identity) as publisher:
        began = time.monotonic()
        await moderator.visitor.ask("room.remove", seat=kicked.seat)
        told = await kicked.hear(lambda said: said == {"type": "room.removed", "banned": False}, began)
        silent = await last_packet(listener)
        print(f"put out: told after {told - began:.2f} s, silent after {silent - began:.2f} s")
        assert told - began <= WITHIN
        assert silent - began <= WITHIN
        await asyncio.wait_for(publisher.client.ended.wait(), 5)
    await listener.close()
    for person in (moderator, kicked, demoted, listening):
        person.visitor.close()
