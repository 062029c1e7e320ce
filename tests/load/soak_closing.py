"""`make soak`: the closing date is moved to now while people are inside, and all of them are out within five seconds.

    python -m tests.load.soak_closing [--people 500]

A real `serve`; each person is signed in and listens on /live in a room. An organiser ends the day and moves the closing date in
the desk's forms. Measured from sending the second one until the last socket has ended; after it every page says farewell.
Prints a report, writes reports/soak_closing.json, exits with 1 if a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from conference.base.clock import SystemClock
from conference.base.db import Database, open_database
from conference.base.ids import RandomIds
from conference.people.actions import sign_in
from conference.people.model import Person, Role, RoleHeld
from tests.browser.room_house import SLUG, fill, wait_until_ready
from tests.processes.running import environment, running
from tests.site import migrated_database

OUT_WITHIN = 5.0  # seconds
AT_ONCE = 50  # who come in at the same time
PATIENCE = 60.0


@dataclass
class Report:
    """seconds: from the organiser's click to the last socket's end; codes: how they ended; broken: promises not kept."""

    people: int
    inside: int = 0
    seconds: float = 0.0
    codes: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)


async def people_of(db: Database, count: int) -> list[str]:
    """An organiser and `count` attendees: their cookies, the organiser's first."""
    ids, clock = RandomIds(), SystemClock()
    cookies = []
    async with db.work() as work:
        for number in range(count + 1):
            role = Role.ATTENDEE if number else Role.ORGANISER
            person = Person(
                id=ids.new(), conference_id="c1", name=f"Änne {number}", email=f"a{number}@example.org", created=work.now
            )
            work.session.add(person)
            await work.session.flush()
            work.session.add(RoleHeld(id=ids.new(), person_id=person.id, role=role))
            cookies.append(await sign_in(work, ids, clock, person, None))
    return cookies


async def come_in(stack: AsyncExitStack, base: str, cookie: str) -> ClientConnection:
    """One person's socket, once it hears the room."""
    origin: Any = base
    address = f"{base.replace('http', 'ws', 1)}/live?c={SLUG}"
    headers = {"Cookie": f"meetingpoint={cookie}"}
    line = await stack.enter_async_context(
        connect(address, origin=origin, additional_headers=headers, proxy=None, open_timeout=30)
    )
    await line.send(json.dumps({"type": "hello", "topics": ["conference:c1", "session:forum"], "last": None}))
    await line.recv()
    return line


async def gone(line: ClientConnection) -> tuple[str, float]:
    """How and when a socket ends."""
    try:
        while True:
            await line.recv()
    except ConnectionClosed:
        return str(line.close_code), time.monotonic()


async def close_the_day(desk: httpx2.AsyncClient) -> float:
    """In the desk's forms: the day is over, and so is the access. When the second form was sent."""
    minute = datetime.now(UTC).astimezone(ZoneInfo("Europe/Berlin")).strftime("%Y-%m-%dT%H:%M")
    form = await _form_at(desk, f"/desk/{SLUG}/settings/times")
    answer = await desk.post(f"/desk/{SLUG}/settings/times", data=form | {"archive": minute})
    assert answer.status_code == 303, answer.text
    sent = time.monotonic()
    answer = await desk.post(f"/desk/{SLUG}/closing", data={"until": minute, "reason": "Probe"})
    assert answer.status_code == 303, answer.text
    return sent


async def _form_at(desk: httpx2.AsyncClient, path: str) -> dict[str, str]:
    text = (await desk.get(path)).text.partition("<main")[2]
    tags = (dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in re.findall(r"<input [^>]*>", text))
    return {tag["name"]: tag.get("value", "") for tag in tags if tag.get("type") != "checkbox"}


async def soak(people: int) -> Report:
    report = Report(people)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = folder / "data"
        data.mkdir()
        await asyncio.to_thread(migrated_database, data / "meetingpoint.sqlite3")
        db = open_database(f"sqlite:///{data / 'meetingpoint.sqlite3'}", SystemClock())
        try:
            await fill(db)
            cookies = await people_of(db, people)
        finally:
            await db.aclose()
        environ = environment(data)
        base = environ["MEETINGPOINT_BASE_URL"]
        with running(["-m", "conference", "serve"], environ, folder / "serve.log") as process:
            await asyncio.to_thread(wait_until_ready, base, process)
            await _through_the_door(report, base, cookies)
    return report


async def _through_the_door(report: Report, base: str, cookies: list[str]) -> None:
    headers = {"origin": base, "accept": "text/html", "accept-language": "de"}

    def client(cookie: str) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=base, headers=headers | {"cookie": f"meetingpoint={cookie}"}, timeout=30)

    async with AsyncExitStack() as stack:
        lines: list[ClientConnection] = []
        for start in range(1, len(cookies), AT_ONCE):
            lines += await asyncio.gather(*(come_in(stack, base, cookie) for cookie in cookies[start : start + AT_ONCE]))
        report.inside = len(lines)
        watching = [asyncio.create_task(gone(line)) for line in lines]
        async with client(cookies[0]) as desk:
            sent = await close_the_day(desk)
        done, left = await asyncio.wait(watching, timeout=PATIENCE)
        ends = [task.result() for task in done]
        report.seconds = round(max((at for _, at in ends), default=sent) - sent, 2)
        for code, _at in ends:
            report.codes[code] = report.codes.get(code, 0) + 1
        if left:
            report.broken.append(f"{len(left)} are still inside")
            for task in left:
                task.cancel()
        async with client(cookies[1]) as somebody:
            for page in ("", "program", "sessions/forum/room"):
                status = (await somebody.get(f"/{SLUG}/{page}")).status_code
                if status != 410:
                    report.broken.append(f"/{page} answers {status}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=500)
    report = asyncio.run(soak(parser.parse_args().people))
    if report.seconds > OUT_WITHIN:
        report.broken.append(f"the last one was out after {report.seconds} s")
    reports = Path("reports")
    reports.mkdir(exist_ok=True)
    (reports / "soak_closing.json").write_text(json.dumps(asdict(report), indent=2) + "\n")
    sys.stdout.write(json.dumps(asdict(report)) + "\n")
    return 1 if report.broken or report.inside != report.people else 0


if __name__ == "__main__":
    sys.exit(main())
