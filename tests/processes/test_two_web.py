"""Two web processes on one PostgreSQL and one Redis: the run console of one adds up what happens in the rooms of the other, and
what is decided at one counts at both."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlmodel import col, select, update
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from conference.base.clock import SystemClock
from conference.base.db import Database, open_database
from conference.base.ids import RandomIds
from conference.people.actions import real_now, sign_in
from conference.people.model import Person, Role, RoleHeld, SignedIn
from conference.program.model import Session
from tests.browser.room_house import SLUG, fill
from tests.live.test_bus import redis_server
from tests.media.browsers.length import in_soak
from tests.processes.running import Running, environment, finished, running, until
from tests.services import Postgres, free_ports

DESK = f"/desk/{SLUG}"
WITHIN = 30.0  # seconds until a word from the other process must be there, on a machine that has much else to do


@dataclass
class Socket:
    """A page's live connection. `heard`: every frame so far."""

    line: ClientConnection
    heard: list[dict[str, Any]] = field(default_factory=list)

    async def until(self, fits: Callable[[dict[str, Any]], Any], what: str) -> dict[str, Any]:
        """The first frame that fits, of those that come from now on."""
        try:
            async with asyncio.timeout(WITHIN):
                while True:
                    self.heard.append(json.loads(await self.line.recv()))
                    if fits(self.heard[-1]):
                        return self.heard[-1]
        except TimeoutError:
            raise AssertionError(f"never heard: {what}; but {[each.get('type') for each in self.heard]}") from None

    async def ask(self, kind: str, **message: Any) -> dict[str, Any]:
        await self.line.send(json.dumps({"type": kind, "ref": kind, **message}))
        return await self.until(lambda frame: frame.get("ref") == kind, f"the answer to {kind}")

    async def closed(self) -> int | None:
        try:
            async with asyncio.timeout(WITHIN):
                while True:
                    await self.line.recv()
        except ConnectionClosed:
            return self.line.close_code


@dataclass
class Two:
    """Both processes behind one address, as a proxy has them; which one answers is chosen here (0 or 1)."""

    db: Database
    base: str
    ports: list[int]
    parts: list[Running]
    stack: AsyncExitStack

    async def person(self, name: str, *roles: Role) -> tuple[Person, str]:
        """Somebody of the conference, and their cookie."""
        ids, clock = RandomIds(), SystemClock()
        async with self.db.work() as work:
            email = f"{name.lower()}@example.org"
            person = Person(id=ids.new(), conference_id="c1", name=name, email=email, created=work.now)
            work.session.add(person)
            await work.session.flush()
            for role in roles or (Role.ATTENDEE,):
                work.session.add(RoleHeld(id=ids.new(), person_id=person.id, role=role))
            return person, await sign_in(work, ids, clock, person, None)

    def pages(self, at: int, cookie: str) -> httpx2.AsyncClient:
        headers = {
            "host": self.base.removeprefix("http://"), "origin": self.base, "accept": "text/html", "accept-language": "de",
            "cookie": f"meetingpoint={cookie}",
        }  # fmt: skip
        return httpx2.AsyncClient(base_url=f"http://127.0.0.1:{self.ports[at]}", headers=headers, timeout=WITHIN)

    async def socket(self, at: int, cookie: str, *topics: str) -> Socket:
        origin: Any = self.base
        address = f"ws://127.0.0.1:{self.ports[at]}/live?c={SLUG}"
        line = await self.stack.enter_async_context(
            connect(address, origin=origin, additional_headers={"Cookie": f"meetingpoint={cookie}"}, open_timeout=WITHIN)
        )
        await line.send(json.dumps({"type": "hello", "topics": list(topics), "last": None, "lang": "de"}))
        socket = Socket(line)
        await socket.until(lambda frame: frame["type"] == "welcome", "welcome")
        return socket

    async def enter(self, at: int, cookie: str) -> Socket:
        socket = await self.socket(at, cookie, "conference:c1", "session:forum")
        answer = await socket.ask("room.enter", session="forum")
        assert answer["type"] == "ok", answer
        return socket


@pytest.fixture
async def two(postgres: Postgres, tmp_path: Path) -> AsyncIterator[Two]:
    url, (redis, *ports) = postgres.create(), free_ports(3)
    base = f"http://127.0.0.1:{ports[0]}"
    settings = {"database_url": url, "bus_url": f"redis://127.0.0.1:{redis}/0", "base_url": base}
    environs = [environment(tmp_path, port=port, **settings) for port in ports]
    redis_folder = tmp_path / "redis"
    redis_folder.mkdir()
    with redis_server(redis, redis_folder):
        migrated = await asyncio.to_thread(finished, ["migrate"], environs[0])
        assert migrated.returncode == 0, migrated.stderr
        async with _filled(url) as db:
            with (
                running(["-m", "conference", "web"], environs[0], tmp_path / "one.log") as one,
                running(["-m", "conference", "web"], environs[1], tmp_path / "two.log") as other,
            ):
                for port, part in zip(ports, (one, other), strict=True):
                    await asyncio.to_thread(_answering, port, part)
                async with AsyncExitStack() as stack:
                    yield Two(db, base, ports, [one, other], stack)
    postgres.drop(url)


@asynccontextmanager
async def _filled(url: str) -> AsyncIterator[Database]:
    db = open_database(url, SystemClock())
    try:
        await fill(db)
        yield db
    finally:
        await db.aclose()


def _answering(port: int, part: Running) -> None:
    def answers() -> bool:
        try:
            return httpx2.get(f"http://127.0.0.1:{port}/healthz", timeout=2).status_code == 200
        except httpx2.HTTPError:
            return False

    try:
        until(answers, 60, "a web process answers")
    except AssertionError as error:
        raise AssertionError(f"{error}\n{part.text()[-3000:]}") from None


def here(number: int) -> Callable[[dict[str, Any]], bool]:
    """A frame of the console that says how many are in the forum."""

    def fits(frame: dict[str, Any]) -> bool:
        rooms = frame.get("data", {}).get("rooms", {}) if frame.get("topic") == "rooms:c1" else {}
        return bool(rooms.get("forum", {}).get("here") == number)

    return fits


def shown(page: str, key: str) -> int:
    """A number of the forum on the console's page."""
    line = page.split('data-session="forum"')[1].split("</ul>")[0]
    found = re.search(rf'data-number="{key}".*?<span class="count">(\d+)', line, re.DOTALL)
    assert found is not None, line
    return int(found[1])


@in_soak
@pytest.mark.slow
async def test_the_console_of_one_process_adds_up_the_rooms_of_both(two: Two) -> None:
    _, olga = await two.person("Olga", Role.ORGANISER)
    _, mo = await two.person("Mo", Role.MODERATOR)
    _anna, annas = await two.person("Anna")
    consoles = [await two.socket(at, olga, "desk:c1", "run:c1", "rooms:c1") for at in (0, 1)]
    inside = await two.enter(1, annas)
    for console in consoles:
        await console.until(here(1), "one is in the forum")
    moderator = await two.enter(0, mo)
    for console in consoles:
        await console.until(here(2), "two are in the forum")
        await console.until(lambda frame: frame.get("topic") == "run:c1" and frame["type"] == "fact", "lists drawn anew")
    async with two.db.read() as db:
        assert (await db.exec(select(Session.began).where(Session.id == "forum"))).one() is not None  # once, by either of them
    for at in (0, 1):
        async with two.pages(at, olga) as desk:
            page = (await desk.get(f"{DESK}/run")).text
            assert shown(page, "here") == 2, at
            people = (await desk.get(f"{DESK}/run/rooms/forum?show=here")).text
            assert ("Anna" in people, "Mo" in people) == (True, True), at

    # what is decided at one process is heard in the rooms of the other
    await moderator.ask("room.help", on=True)
    async with two.pages(1, olga) as desk:
        assert "Mo" in (await desk.get(f"{DESK}/run")).text.split('id="run-now"')[0]
    async with two.pages(0, olga) as desk:
        assert (await desk.post(f"{DESK}/run/rooms/forum", data={"act": "lock"})).status_code == 303
        form = {"de": "Bitte das Gebäude verlassen.", "en": "", "version": "1"}
        assert (await desk.post(f"{DESK}/run/emergency", data=form)).status_code == 303
    told = await inside.until(lambda frame: frame["type"] == "room.emergency", "the emergency text")
    assert told["text"] == "Bitte das Gebäude verlassen."
    _late, lates = await two.person("Late")
    refused = await (await two.socket(1, lates, "session:forum")).ask("room.enter", session="forum")
    assert refused["type"] == "error", refused

    # a process that dies takes nobody along: its people come in at the other one, and count once
    two.parts[1].process.send_signal(signal.SIGKILL)
    assert await inside.closed() != 1000
    again = await two.enter(0, annas)
    async with two.pages(0, olga) as desk:
        assert shown((await desk.get(f"{DESK}/run")).text, "here") == 2
    await again.ask("room.leave")
    await consoles[0].until(here(1), "one is left")


@in_soak
@pytest.mark.slow
async def test_a_second_factor_that_is_asked_for_at_one_process_counts_at_both(two: Two) -> None:
    olga, olgas = await two.person("Olga", Role.ORGANISER)
    _, otto = await two.person("Otto", Role.ORGANISER)
    async with two.db.work() as work:
        shown_here = update(SignedIn).where(col(SignedIn.person_id) == olga.id)
        await work.session.exec(shown_here.values(verified=real_now(SystemClock())))
    console = await two.socket(1, olgas, "rooms:c1")
    rooms = [await two.enter(at, otto) for at in (1,)]
    await console.until(here(1), "Otto is in the forum")
    async with two.pages(0, olgas) as desk:
        asked = await desk.post(f"{DESK}/access", data={"do": "factor", "wanted": "yes"})
        assert asked.headers["location"] == f"{DESK}/access?asked"
    assert await rooms[0].closed() == 1012
    await console.until(here(0), "nobody is in the forum")
    refused = await (await two.socket(0, otto, "session:forum")).ask("room.enter", session="forum")
    assert (refused["type"], refused["code"]) == ("error", "second_factor")
    assert (await (await two.socket(0, olgas, "session:forum")).ask("room.enter", session="forum"))["type"] == "ok"
